"""商品编辑: one product with its SKUs, parameters and pictures."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from control.merchants.limits import PlanLimitReached, limit_of
from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import UNPROCESSABLE, done, is_htmx, say
from kit.web.refusals import STATUS
from tenants.backoffice.forms_product_editor import ProductForms, groups_in
from tenants.backoffice.forms_skus import SkuForm, matrix_rows
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.backoffice.views_product_drafts import editor_of
from tenants.backoffice.views_products import limit_page
from tenants.campaigns.evidence import prices_asked
from tenants.catalog.editing import draft_of
from tenants.catalog.models import EditorDraft, Product
from tenants.catalog.selectors import pictures_of, product_of, skus_counted
from tenants.catalog.services.add_picture import MOST_PICTURES, add_picture
from tenants.catalog.services.arrange_pictures import (
    move_picture,
    order_pictures,
    remove_picture,
    restore_picture,
)
from tenants.catalog.services.drafts import MOST_SKUS
from tenants.catalog.services.editor_drafts import drop_draft
from tenants.catalog.services.encode_picture import MOST_BYTES, PictureTooLarge
from tenants.catalog.services.keep_video import video_shown
from tenants.catalog.services.update_product import ChangedMeanwhile
from tenants.catalog.services.warn_prices import warn_prices
from tenants.inventory.selectors import stock_of
from tenants.inventory.services.save_stocked_product import save_stocked_product


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def new(request: HttpRequest) -> HttpResponse:
    """Write a new product."""
    refusal = _no_room(request)
    if refusal is not None and request.method == "GET":
        return limit_page(request, refusal)
    draft = _draft(request, None)
    forms = ProductForms(request.POST or _taken_up(request, draft), currency=_currency(request))
    if request.method == "POST" and forms.is_valid():
        try:
            product = save_stocked_product(draft=forms.draft(), now=clock.now(), by_name=_by(request))
        except PlanLimitReached as reached:
            return _editor(request, forms, status=STATUS[reached.kind], reached=reached.facts)
        except Refused as refused:
            forms.tell(refused.fields, refused)
            return _editor(request, forms, status=UNPROCESSABLE)
        drop_draft(editor=editor_of(request), product_id=None)
        _hang(request, product)
        _warn(request, product.pk)
        to = reverse("backoffice:product", args=[product.pk])
        return done(request, to=to, sentence=_("“%(title)s”已保存。") % {"title": product.title})
    return _editor(request, forms, draft=draft, status=UNPROCESSABLE if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def edit(request: HttpRequest, product_id: UUID) -> HttpResponse:
    """Change a product, unless somebody else just did."""
    product = product_of(product_id)
    draft = _draft(request, product_id)
    posted = request.POST or _taken_up(request, draft)
    forms = ProductForms(posted, product=product, currency=_currency(request))
    if request.method != "POST":
        return _editor(request, forms, product=product, draft=draft)
    if not forms.is_valid():
        return _editor(request, forms, product=product, status=UNPROCESSABLE)
    try:
        saved = save_stocked_product(
            product_id=product_id,
            draft=forms.draft(),
            version=_version(request),
            now=clock.now(),
            by_name=_by(request),
        )
    except ChangedMeanwhile as changed:
        return _editor(request, forms, product=product, status=STATUS[changed.kind], changed=changed.facts)
    except PlanLimitReached as reached:
        return _editor(request, forms, product=product, status=STATUS[reached.kind], reached=reached.facts)
    except Refused as refused:
        forms.tell(refused.fields, refused)
        return _editor(request, forms, product=product, status=UNPROCESSABLE)
    drop_draft(editor=editor_of(request), product_id=product_id)
    _warn(request, product_id)
    to = reverse("backoffice:products")
    return done(request, to=to, sentence=_("“%(title)s”已保存。") % {"title": saved.title})


@require_POST
@staff_only
@changers_only
def matrix(request: HttpRequest, product_id: UUID | None = None) -> HttpResponse:
    """Make the SKU rows anew from the specification groups, or put one value into all of them; writes nothing."""
    product = product_of(product_id) if product_id else None
    forms = ProductForms(request.POST, product=product, currency=_currency(request))
    rows = _typed_rows(request)
    groups = groups_in(forms.groups)
    if request.POST.get("do") == "fill":
        filled = {name: request.POST.get(f"fill-{name}", "").strip() for name in forms.fill.fields}
        rows = [{**row, **{name: value for name, value in filled.items() if value}} for row in rows]
    elif groups:
        rows = matrix_rows(groups, rows)[: MOST_SKUS + 1]
    forms = ProductForms(request.POST, product=product, currency=_currency(request), rows=rows)
    if not is_htmx(request):
        return _editor(request, forms, product=product)
    context = {"sku_rows": _with_stock(product, forms), "product": product, "too_many": len(rows) > MOST_SKUS}
    return render(request, "backoffice/products/_sku_rows.html", {**context, "most_skus": MOST_SKUS})


@require_POST
@staff_only
@changers_only
def upload(request: HttpRequest, product_id: UUID) -> HttpResponse:
    """Add pictures to a product."""
    product_of(product_id)
    wrong = _add_pictures(request, product_id)
    return _strip(request, product_id, wrong=wrong, status=UNPROCESSABLE if wrong else 200)


@require_POST
@staff_only
@changers_only
def arrange(request: HttpRequest, product_id: UUID) -> HttpResponse:
    """Show the pictures in the posted order, or move one of them a place."""
    moved, step = request.POST.get("move", ""), request.POST.get("by", "0")
    if moved:
        move_picture(product_id=product_id, picture_id=_uuid(moved), by=-1 if step.startswith("-") else 1)
    else:
        order_pictures(product_id=product_id, picture_ids=[_uuid(one) for one in request.POST.getlist("ids")])
    return _strip(request, product_id)


@require_POST
@staff_only
@changers_only
def remove(request: HttpRequest, product_id: UUID, picture_id: UUID) -> HttpResponse:
    """Take a picture away, with a way back."""
    remove_picture(product_id=product_id, picture_id=picture_id, now=clock.now())
    return _strip(request, product_id, removed=picture_id)


@require_POST
@staff_only
@changers_only
def restore(request: HttpRequest, product_id: UUID, picture_id: UUID) -> HttpResponse:
    """Bring a removed picture back."""
    restore_picture(product_id=product_id, picture_id=picture_id)
    return _strip(request, product_id)


def _draft(request: HttpRequest, product_id: UUID | None) -> EditorDraft | None:
    if request.method == "POST":
        return None
    return draft_of(person_id=editor_of(request).person_id, product_id=product_id)


def _taken_up(request: HttpRequest, draft: EditorDraft | None) -> QueryDict | None:
    """What was typed before, if the person asks to go on with it."""
    if draft is None or "draft" not in request.GET:
        return None
    words = QueryDict(mutable=True)
    for name, values in draft.words.items():
        words.setlist(name, values)
    return words


def _editor(
    request: HttpRequest,
    forms: ProductForms,
    *,
    product: Product | None = None,
    draft: EditorDraft | None = None,
    status: int = 200,
    **said: Any,
) -> HttpResponse:
    is_taken_up = draft is not None and "draft" in request.GET
    opened = draft.words.get("version", []) if draft and is_taken_up else []
    context = desk_context(
        request,
        forms=forms,
        product=product,
        draft=None if is_taken_up else draft,
        version=_version(request) or _whole(opened) or (product.version if product else 0),
        sku_rows=_with_stock(product, forms),
        most_skus=MOST_SKUS,
        pictures=pictures_of(product.pk) if product else [],
        video=video_shown(product) if product else None,
        most_pictures=MOST_PICTURES,
        crumbs=[
            (_("商品"), reverse("backoffice:products")),
            (product.title if product else _("新增商品"), ""),
        ],
        **said,
    )
    return render(request, "backoffice/products/editor.html", context, status=status)


def _with_stock(product: Product | None, forms: ProductForms) -> list[tuple[Any, Any]]:
    stock = stock_of(sku.pk for sku in product.shown_skus) if product else {}  # type: ignore[attr-defined]
    return [(form, stock.get(_sku_of(form))) for form in forms.skus]


def _typed_rows(request: HttpRequest) -> list[dict[str, Any]]:
    total = request.POST.get("sku-TOTAL_FORMS", "")
    count = min(int(total), MOST_SKUS) if total.isdigit() and len(total) < 4 else 0
    names = SkuForm.base_fields
    rows = [{name: request.POST.get(f"sku-{row}-{name}", "") for name in names} for row in range(count)]
    return [row for row in rows if any(row.values())]


def _warn(request: HttpRequest, product_id: UUID) -> None:
    # Saved all the same: the merchant answers for the price, and was told
    asked = prices_asked(product_id=product_id, now=clock.now())
    for sentence in warn_prices(product_id=product_id, now=clock.now(), by_name=_by(request), asked=asked):
        say(request, sentence, tone="warning")


def _strip(request: HttpRequest, product_id: UUID, *, status: int = 200, **said: Any) -> HttpResponse:
    if not is_htmx(request):  # a browser without script sees the whole page again
        for sentence in said.get("wrong", []):
            say(request, sentence, tone="error")
        return redirect("backoffice:product", product_id)
    context = {"product": product_of(product_id), "pictures": pictures_of(product_id), "most_pictures": MOST_PICTURES}
    return render(request, "backoffice/products/_pictures.html", {**context, **said}, status=status)


def _hang(request: HttpRequest, product: Product) -> None:
    for sentence in _add_pictures(request, product.pk):
        say(request, sentence, tone="warning")


def _add_pictures(request: HttpRequest, product_id: UUID) -> list[str]:
    wrong = []
    for file in request.FILES.getlist("pictures")[:MOST_PICTURES]:
        try:
            if (file.size or 0) > MOST_BYTES:
                raise PictureTooLarge
            add_picture(product_id=product_id, upload=file.read(), now=clock.now())
        except Refused as refused:
            wrong.append(f"{file.name}：{refused}")
    return wrong


def _no_room(request: HttpRequest) -> PlanLimitReached | None:
    limit = limit_of(merchant_id=request.store.merchant_id, what="skus")  # type: ignore[attr-defined]
    used = skus_counted() if limit is not None else 0
    return PlanLimitReached(what="skus", limit=limit, used=used) if limit is not None and used >= limit else None


def _sku_of(form: Any) -> Any:
    value = form["sku_id"].value()
    return _uuid(str(value)) if value else None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _version(request: HttpRequest) -> int:
    # The button "save mine all the same" carries the version that somebody else made
    text = request.POST.get("take_version") or request.POST.get("version", "")
    return _whole([text])


def _whole(texts: list[str]) -> int:
    return int(texts[0]) if texts and texts[0].isdigit() and len(texts[0]) < 10 else 0


def _currency(request: HttpRequest) -> str:
    currency: str = request.store.currency  # type: ignore[attr-defined]
    return currency


def _by(request: HttpRequest) -> str:
    return str(request.person)  # type: ignore[attr-defined]
