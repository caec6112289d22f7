"""Categories as a tree: made, named, moved, hidden and taken away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.catalog.models import Category, Product
from tenants.catalog.selectors import MOST_LEVELS, CategoryMissing, categories
from tenants.journal.services import Actor, record

ICONS = ("leaf", "package", "boxes", "gift", "sparkles", "tag", "store", "shopping-basket", "truck", "warehouse", "zap")
LONGEST_NAME = 30


class CategoryNameWrong(Refused):
    """A category needs a name of at most 30 characters, without the sign that divides levels."""

    code, kind, sentence = "category_name_wrong", Kind.INVALID, _("分类名要填 1 到 30 个字，不能带“/”。")


class CategoryNameTaken(Refused):
    """The same shelf has a category of this name."""

    code, kind, sentence = "category_name_taken", Kind.CONFLICT, _("同一级里已经有这个分类名了。")


class CategoryTooDeep(Refused):
    """Categories are three levels deep at most, and never inside themselves."""

    code, kind, sentence = "category_too_deep", Kind.INVALID, _("分类最多三级，也不能放进自己下面。")


class CategoryInUse(Refused):
    """A category with products or others below it stays. Facts: ``products``, ``below``."""

    code, kind, sentence = "category_in_use", Kind.CONFLICT, _("这个分类下面还有商品或子分类，先移走再删。")


@dataclass(frozen=True)
class CategoryDraft:
    """A category as somebody wants it."""

    name: str
    parent_id: UUID | None = None
    icon: str = ""
    is_hidden: bool = False


def add_category(*, name: str) -> Category:
    """Return the category of a path such as 蔬菜/叶菜, making what is missing of it at the end of its level.

    :raises CategoryNameWrong, CategoryTooDeep:
    """
    parent: Category | None = None
    words = [_checked_name(word) for word in name.split("/")]
    if len(words) > MOST_LEVELS:
        raise CategoryTooDeep(fields={"name": [CategoryTooDeep.sentence]})
    for word in words:
        parent, _is_new = Category.objects.get_or_create(
            name=word, parent=parent, defaults={"position": _next_position(parent.pk if parent else None)}
        )
    assert parent is not None
    return parent


def save_category(*, draft: CategoryDraft, category_id: UUID | None, now: datetime, by_name: str) -> Category:
    """Make a category, or change one.

    :raises CategoryMissing, CategoryNameWrong, CategoryNameTaken, CategoryTooDeep:
    """
    name = _checked_name(draft.name)
    with transaction.atomic(durable=True):
        known = {category.pk: category for category in categories().select_for_update()}
        category = known.get(category_id) if category_id else Category()
        if category is None or (draft.parent_id is not None and draft.parent_id not in known):
            raise CategoryMissing
        siblings = [one for one in known.values() if one.parent_id == draft.parent_id and one.pk != category.pk]
        if any(one.name == name for one in siblings):
            raise CategoryNameTaken(fields={"name": [CategoryNameTaken.sentence]})
        if category.parent_id != draft.parent_id or category_id is None:
            category.position = max((one.position for one in siblings), default=-1) + 1
        category.name, category.parent_id = name, draft.parent_id
        category.icon = draft.icon if draft.icon in ICONS else ""
        category.is_hidden = draft.is_hidden
        known[category.pk] = category
        _check_depth({one.pk: one.parent_id for one in known.values()})
        category.save()
        actor = Actor(kind="person", id="", name=by_name)
        record(what="category.saved", subject=category, at=now, actor=actor, name=name, hidden=draft.is_hidden)
    return category


def arrange_categories(*, places: Sequence[tuple[UUID, UUID | None]]) -> None:
    """Put categories into the posted order, each below the category beside its name (None: at the top).

    Categories not named keep their parent and follow in their old order.

    :raises CategoryTooDeep, CategoryNameTaken:
    """
    with transaction.atomic(durable=True):
        known = {category.pk: category for category in categories().select_for_update()}
        wanted = {key: parent for key, parent in places if key in known and (parent is None or parent in known)}
        parents = {key: wanted.get(key, one.parent_id) for key, one in known.items()}
        _check_depth(parents)
        names = {(parents[key], one.name) for key, one in known.items()}
        if len(names) < len(known):
            raise CategoryNameTaken
        order = [*wanted, *(key for key in known if key not in wanted)]
        for position, key in enumerate(order):
            known[key].parent_id, known[key].position = parents[key], position
        try:
            with transaction.atomic():
                Category.objects.bulk_update(known.values(), ["parent", "position"])
        except IntegrityError:  # two of one name that change shelves with each other would meet on the way
            raise CategoryNameTaken from None


def move_category(*, category_id: UUID, by: int) -> None:
    """Move a category one place among its siblings, to the front if ``by`` is negative. :raises CategoryMissing:"""
    known = list(categories())
    moved = next((one for one in known if one.pk == category_id), None)
    if moved is None:
        raise CategoryMissing
    siblings = [one.pk for one in known if one.parent_id == moved.parent_id]
    place = siblings.index(category_id)
    siblings.insert(max(0, place + (-1 if by < 0 else 1)), siblings.pop(place))
    arrange_categories(places=[(key, moved.parent_id) for key in siblings])


def remove_category(*, category_id: UUID, now: datetime, by_name: str) -> None:
    """Take an empty category away. :raises CategoryMissing, CategoryInUse:"""
    with transaction.atomic(durable=True):
        category = Category.objects.select_for_update().filter(pk=category_id).first()
        if category is None:
            raise CategoryMissing
        products = Product.objects.filter(category=category).count()
        below = Category.objects.filter(parent=category).count()
        if products or below:
            raise CategoryInUse(products=products, below=below)
        actor = Actor(kind="person", id="", name=by_name)
        record(what="category.removed", subject=category, at=now, actor=actor, name=category.name)
        category.delete()


def _checked_name(name: str) -> str:
    wanted = " ".join(name.split())
    if not 1 <= len(wanted) <= LONGEST_NAME or "/" in wanted:
        raise CategoryNameWrong(fields={"name": [CategoryNameWrong.sentence]})
    return wanted


def _next_position(parent_id: UUID | None) -> int:
    last = Category.objects.filter(parent=parent_id).aggregate(last=Max("position"))["last"]
    return 0 if last is None else int(last) + 1


def _check_depth(parents: Mapping[UUID, UUID | None]) -> None:
    for key in parents:
        above, levels = parents.get(key), 1
        while above is not None:
            levels += 1
            if levels > MOST_LEVELS or above == key:
                raise CategoryTooDeep(fields={"parent": [CategoryTooDeep.sentence]})
            above = parents.get(above)
