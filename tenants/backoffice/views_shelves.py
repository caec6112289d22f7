"""分类: the tree of categories."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done, is_htmx
from kit.web.refusals import tell_form
from tenants.backoffice.forms_shelves import CategoryForm
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.catalog.models import Category
from tenants.catalog.selectors import CategoryMissing, category_tree, products_by_category
from tenants.catalog.services.shelves import arrange_categories, move_category, remove_category, save_category


@require_safe
@staff_only
def shelves(request: HttpRequest) -> HttpResponse:
    """Show the categories as they stand in each other."""
    return render(request, "backoffice/shelves/list.html", desk_context(request, rows=_rows()))


@require_POST
@staff_only
@changers_only
def arrange(request: HttpRequest) -> HttpResponse:
    """Put the categories into the posted order, or move one of them a place."""
    moved = request.POST.get("move", "")
    if moved:
        move_category(category_id=_uuid(moved), by=-1 if request.POST.get("by", "").startswith("-") else 1)
    else:
        places = [part.partition(":") for part in request.POST.getlist("places")[:500]]
        arrange_categories(places=[(_uuid(key), _uuid(parent) if parent else None) for key, _sign, parent in places])
    if not is_htmx(request):
        return redirect("backoffice:categories")
    return render(request, "backoffice/shelves/_tree.html", desk_context(request, rows=_rows()))


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def category(request: HttpRequest, category_id: UUID | None = None) -> HttpResponse:
    """Make a category, or change one."""
    known = Category.objects.filter(pk=category_id).first() if category_id else None
    if category_id and known is None:
        raise CategoryMissing
    if request.method != "POST":
        blank = CategoryForm(initial={"parent": request.GET.get("in", "")})
        return render(
            request,
            "backoffice/shelves/category.html",
            _page(request, CategoryForm.of(known) if known else blank, known),
        )
    form = CategoryForm(request.POST, category=known)
    if form.is_valid():
        try:
            saved = save_category(draft=form.draft(), category_id=category_id, now=clock.now(), by_name=_by(request))
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            sentence = _("“%(name)s”已保存。") % {"name": saved.name}
            return done(request, to=reverse("backoffice:categories"), sentence=sentence)
    return again(request, "backoffice/shelves/category.html", _page(request, form, known))


@require_POST
@staff_only
@changers_only
def remove(request: HttpRequest, category_id: UUID) -> HttpResponse:
    """Take an empty category away."""
    remove_category(category_id=category_id, now=clock.now(), by_name=_by(request))
    return done(request, to=reverse("backoffice:categories"), sentence=_("分类已删除。"))


def _rows() -> list[dict[str, Any]]:
    counts = products_by_category()
    return [{"shelf": shelf, "products": counts.get(shelf.category.pk, 0)} for shelf in category_tree()]


def _page(request: HttpRequest, form: CategoryForm, known: Category | None) -> dict[str, Any]:
    title = known.name if known else _("新建分类")
    crumbs = [(_("分类"), reverse("backoffice:categories")), (title, "")]
    return desk_context(request, form=form, category=known, page_title=title, crumbs=crumbs)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _by(request: HttpRequest) -> str:
    return str(request.person)  # type: ignore[attr-defined]
