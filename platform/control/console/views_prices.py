"""Plans and their prices as versions; moving a cohort from one to the next; coupons."""

from datetime import UTC, datetime
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from billing.cohorts import affected, count_by_add_on_price, count_by_price, holders
from billing.models.addons import AddOnPrice
from billing.models.catalogue import PriceVersion
from billing.models.coupons import Coupon
from billing.selectors import NotOnSale
from billing.services.make_coupon import make_coupon
from billing.services.migrate_cohort import DifferentOffers, migrate_cohort
from billing.services.publish_price import publish_price
from control.console.desk import console_context
from control.console.forms import ReasonForm
from control.console.forms_plans import CouponForm, PriceForm, price_initial
from control.people.doors import operator_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.lists import Column, page_of
from kit.web.refusals import tell_form

PRICE_COLUMNS = [
    Column(gettext_lazy("套餐")),
    Column(gettext_lazy("价格"), align="num"),
    Column(gettext_lazy("服务费"), align="num"),
    Column(gettext_lazy("从")),
    Column(gettext_lazy("到")),
    Column(gettext_lazy("在用商家"), align="num"),
    Column(""),
]
ADD_ON_COLUMNS = [
    Column(gettext_lazy("增购")),
    Column(gettext_lazy("价格"), align="num"),
    Column(gettext_lazy("从")),
    Column(gettext_lazy("到")),
    Column(gettext_lazy("在用商家"), align="num"),
    Column(""),
]
COHORT_COLUMNS = [
    Column(gettext_lazy("店铺")),
    Column(gettext_lazy("从什么时候起")),
    Column(gettext_lazy("现在"), align="num"),
    Column(gettext_lazy("以后"), align="num"),
    Column(gettext_lazy("差额"), align="num"),
]
COUPON_COLUMNS = [
    Column(gettext_lazy("优惠码")),
    Column(gettext_lazy("减免"), align="num"),
    Column(gettext_lazy("优惠多久")),
    Column(gettext_lazy("已领取"), align="num"),
    Column(gettext_lazy("领取截止")),
    Column(gettext_lazy("适用套餐")),
    Column(""),
]
_NEVER = datetime.max.replace(tzinfo=UTC)
_NAMES = {"amount_minor": "amount", "tax_ppm": "tax", "included_minor": "included", "fixed_minor": "fixed"}


@require_safe
@operator_only
def prices(request: HttpRequest) -> HttpResponse:
    """List every version of every price, with how many merchants are on it."""
    now = clock.now()
    versions = PriceVersion.objects.select_related("edition").order_by(
        "edition__rank", "currency", "interval", "-valid_from"
    )
    rows = page_of(versions, request.GET)
    counts = count_by_price(list(rows), now=now)
    on_sale = {price.pk for price in rows if price.valid_from <= now < (price.valid_until or _NEVER)}
    context = console_context(
        request,
        rows=[(price, counts.get(price.pk, 0), price.pk in on_sale) for price in rows],
        page=rows,
        columns=PRICE_COLUMNS,
        add_ons=_add_ons(now),
        add_on_columns=ADD_ON_COLUMNS,
    )
    return render(request, "console/prices.html", context)


def _add_ons(now: datetime) -> list[tuple[AddOnPrice, int, bool]]:
    found = list(AddOnPrice.objects.select_related("add_on").order_by("add_on__rank", "interval", "-valid_from"))
    counts = count_by_add_on_price(found, now=now)
    return [
        (
            price,
            counts.get(price.pk, 0),
            price.valid_from <= now and (price.valid_until is None or price.valid_until > now),
        )
        for price in found
    ]


@require_http_methods(["GET", "POST"])
@operator_only
def new_price(request: HttpRequest, price_id: UUID) -> HttpResponse:
    """Publish the version that follows one, after showing who stays on the old one."""
    now = clock.now()
    old = _price(price_id)
    form = PriceForm(request.POST or None, initial=price_initial(old, now))
    if form.is_bound and form.is_valid():
        try:
            made = publish_price(draft=form.draft(), actor=_by(request), reason=form.cleaned_data["reason"], now=now)
        except Refused as refusal:
            tell_form(form, refusal, names=_NAMES)
        else:
            to = reverse("console:cohort", args=[old.pk]) + f"?to={made.pk}"
            return done(request, to=to, sentence=_("新价格已发布，老商家仍按原价。要迁移的话，先看名单。"))
    context = console_context(
        request,
        form=form,
        price=old,
        holders=holders(price=old, now=now),
        crumbs=[(_("套餐与价格"), reverse("console:prices")), (_("新版本"), "")],
    )
    template = "console/price_new.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


class CohortForm(ReasonForm):
    """The number of merchants that the preview showed."""

    expected = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


@require_http_methods(["GET", "POST"])
@operator_only
def cohort(request: HttpRequest, price_id: UUID) -> HttpResponse:
    """Show who would move from a version to a newer one, from when and for how much; move them when confirmed."""
    now = clock.now()
    old = _price(price_id)
    others = PriceVersion.objects.filter(edition=old.edition, currency=old.currency, interval=old.interval)
    newer = list(others.select_related("edition").exclude(pk=old.pk).order_by("-valid_from"))
    wanted = request.GET.get("to", "")
    new = next((price for price in newer if str(price.pk) == wanted), newer[0] if newer else None)
    moving = affected(old=old, new=new, now=now) if new else []
    form = CohortForm(request.POST or None, initial={"expected": len(moving)})
    if form.is_bound and form.is_valid():
        try:
            if new is None:
                raise DifferentOffers
            moved = migrate_cohort(
                old_id=old.pk,
                new_id=new.pk,
                expected=form.cleaned_data["expected"],
                actor=_by(request),
                reason=form.cleaned_data["reason"],
                now=now,
            )
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            sentence = ngettext("已通知 %(n)d 家店。", "已通知 %(n)d 家店。", len(moved)) % {"n": len(moved)}
            return done(request, to=reverse("console:prices"), sentence=sentence)
    context = console_context(
        request,
        form=form,
        price=old,
        new=new,
        newer=newer,
        moving=moving,
        columns=COHORT_COLUMNS,
        sum_minor=sum(one.difference_minor for one in moving),
        crumbs=[(_("套餐与价格"), reverse("console:prices")), (_("迁移老商家"), "")],
    )
    template = "console/cohort.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


@require_safe
@operator_only
def coupons(request: HttpRequest) -> HttpResponse:
    """List the coupons."""
    context = console_context(request, rows=page_of(Coupon.objects.all(), request.GET), columns=COUPON_COLUMNS)
    return render(request, "console/coupons.html", context)


@require_http_methods(["GET", "POST"])
@operator_only
def new_coupon(request: HttpRequest) -> HttpResponse:
    """Make a coupon."""
    form = CouponForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            made = make_coupon(
                draft=form.draft(), actor=_by(request), reason=form.cleaned_data["reason"], now=clock.now()
            )
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            sentence = _("优惠码 %(code)s 已生成。") % {"code": made.code}
            return done(request, to=reverse("console:coupons"), sentence=sentence)
    crumbs = [(_("优惠码"), reverse("console:coupons")), (_("新优惠码"), "")]
    context = console_context(request, form=form, crumbs=crumbs)
    template = "console/coupon_new.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


def _price(price_id: UUID) -> PriceVersion:
    found = PriceVersion.objects.select_related("edition").filter(pk=price_id).first()
    if found is None:
        raise NotOnSale
    return found


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]
