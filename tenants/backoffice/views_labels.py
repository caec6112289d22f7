"""标签和品牌: the words hung on goods."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.lists import Column, page_of
from kit.web.refusals import tell_form
from tenants.backoffice.forms_shelves import BrandForm, TagForm
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.catalog.models import Brand, Tag
from tenants.catalog.selectors import brands, tags
from tenants.catalog.services import labels as stories

TAG_COLUMNS = [
    Column(gettext_lazy("标签")), Column(gettext_lazy("商品数"), align="num"), Column("")
]  # fmt: skip
BRAND_COLUMNS = [
    Column(gettext_lazy("品牌")), Column(gettext_lazy("商品数"), align="num"), Column("")
]  # fmt: skip


@require_safe
@staff_only
def labels(request: HttpRequest) -> HttpResponse:
    """List tags and brands with how many products carry each."""
    context = desk_context(
        request,
        tag_columns=TAG_COLUMNS,
        tags=tags(),
        brand_columns=BRAND_COLUMNS,
        brands=page_of(brands(), request.GET, size=50),
    )
    return render(request, "backoffice/shelves/labels.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def tag(request: HttpRequest, tag_id: UUID | None = None) -> HttpResponse:
    """Make a tag, or change one."""
    known = Tag.objects.filter(pk=tag_id).first() if tag_id else None
    if tag_id and known is None:
        raise stories.LabelMissing
    shown = TagForm.of(known) if known else TagForm()
    form = TagForm(request.POST) if request.method == "POST" else shown
    if form.is_bound and form.is_valid():
        try:
            stories.save_tag(tag_id=tag_id, **form.cleaned_data, now=clock.now(), by_name=_by(request))
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return _saved(request, form.cleaned_data["name"])
    return _label(request, form, known.name if known else _("新建标签"))


@require_POST
@staff_only
@changers_only
def remove_tag(request: HttpRequest, tag_id: UUID) -> HttpResponse:
    """Take a tag away."""
    stories.remove_tag(tag_id=tag_id, now=clock.now(), by_name=_by(request))
    return done(request, to=reverse("backoffice:tags"), sentence=_("标签已删除。"))


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def brand(request: HttpRequest, brand_id: UUID | None = None) -> HttpResponse:
    """Make a brand, or give one another name."""
    known = Brand.objects.filter(pk=brand_id).first() if brand_id else None
    if brand_id and known is None:
        raise stories.LabelMissing
    shown = BrandForm(initial={"name": known.name}) if known else BrandForm()
    form = BrandForm(request.POST) if request.method == "POST" else shown
    if form.is_bound and form.is_valid():
        try:
            stories.save_brand(brand_id=brand_id, **form.cleaned_data, now=clock.now(), by_name=_by(request))
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return _saved(request, form.cleaned_data["name"])
    return _label(request, form, known.name if known else _("新建品牌"))


@require_POST
@staff_only
@changers_only
def remove_brand(request: HttpRequest, brand_id: UUID) -> HttpResponse:
    """Take a brand away."""
    stories.remove_brand(brand_id=brand_id, now=clock.now(), by_name=_by(request))
    return done(request, to=reverse("backoffice:tags"), sentence=_("品牌已删除。"))


def _label(request: HttpRequest, form: Any, title: str) -> HttpResponse:
    crumbs = [(_("标签和品牌"), reverse("backoffice:tags")), (title, "")]
    context = desk_context(request, form=form, page_title=title, crumbs=crumbs)
    show = again if form.is_bound else render
    return show(request, "backoffice/shelves/label.html", context)


def _saved(request: HttpRequest, name: str) -> HttpResponse:
    return done(request, to=reverse("backoffice:tags"), sentence=_("“%(name)s”已保存。") % {"name": name})


def _by(request: HttpRequest) -> str:
    return str(request.person)  # type: ignore[attr-defined]
