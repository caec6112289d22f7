"""Categories, made where they are needed."""

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.catalog.models import Category


class CategoryNameWrong(Refused):
    """A category needs a name of at most 30 characters."""

    code, kind, sentence = "category_name_wrong", Kind.INVALID, _("分类名要填 1 到 30 个字。")


def add_category(*, name: str) -> Category:
    """Add a category at the end, or return the one of this name. :raises CategoryNameWrong:"""
    wanted = " ".join(name.split())
    if not 1 <= len(wanted) <= 30:
        raise CategoryNameWrong(fields={"name": [CategoryNameWrong.sentence]})
    last = Category.objects.aggregate(last=Max("position"))["last"]
    category, _is_new = Category.objects.get_or_create(
        name=wanted, defaults={"position": 0 if last is None else last + 1}
    )
    return category
