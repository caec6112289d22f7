"""What the operator types about prices, coupons, gifts and a merchant's subscription."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models.addons import AddOn, AddOnPrice
from billing.models.catalogue import Edition, Feature, Interval, Limit, PriceVersion, TaxedPrice
from billing.models.changes import Movement
from billing.models.coupons import CouponDuration
from billing.services.make_coupon import CouponDraft
from billing.services.publish_add_on import AddOnPriceDraft
from billing.services.publish_price import PriceDraft
from control.console.forms import ReasonForm
from kit.money import EXPONENTS, NotAnAmount, minor_units
from kit.web.forms import MoneyField

OUR_ZONE = ZoneInfo("Asia/Shanghai")
_PPM_OF_PERCENT = 10_000
_INCLUDED, _ON_TOP = "included", "on_top"
_WHEN = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class PercentField(forms.DecimalField):
    """A percentage typed like "0.6", cleaned to parts per million."""

    def clean(self, value: Any) -> Any:
        """Read the rate."""
        percent = super().clean(value)
        return None if percent is None else int(percent * _PPM_OF_PERCENT)


def _tax_in(help_text: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=gettext_lazy("税怎么算"),
        choices=[(_INCLUDED, gettext_lazy("价格含税")), (_ON_TOP, gettext_lazy("税另加"))],
        initial=_INCLUDED,
        help_text=help_text,
    )


class PriceForm(ReasonForm):
    """A new version of a price. Empty limits mean as many as wanted."""

    edition = forms.ChoiceField(label=gettext_lazy("套餐"))
    currency = forms.ChoiceField(label=gettext_lazy("币种"), choices=[(code, code) for code in EXPONENTS])
    interval = forms.ChoiceField(label=gettext_lazy("付款周期"), choices=Interval.choices)
    amount = MoneyField(label=gettext_lazy("价格"), least_minor=None)
    tax = PercentField(label=gettext_lazy("税率（%）"), min_value=0, max_value=99, initial=6)
    tax_in = _tax_in(gettext_lazy("税另加时，订阅费和服务费都按不含税计算，税在账单上逐行加上。"))
    tiers = forms.CharField(
        label=gettext_lazy("服务费分档"),
        help_text=gettext_lazy("一行一档：“到多少元 费率”，最后一档只写费率。例如：100000 0.6，换行再写 0.45"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    included = MoneyField(label=gettext_lazy("包含的成交额"), required=False)
    fixed = MoneyField(label=gettext_lazy("每单固定"), required=False)
    order_cap = MoneyField(label=gettext_lazy("单笔封顶"), required=False)
    order_floor = MoneyField(label=gettext_lazy("单笔最低"), required=False)
    interval_cap = MoneyField(label=gettext_lazy("每期封顶"), required=False)
    staff = forms.IntegerField(label=Limit.STAFF.label, required=False)
    skus = forms.IntegerField(label=Limit.SKUS.label, required=False)
    leaders = forms.IntegerField(label=Limit.LEADERS.label, required=False)
    cities = forms.IntegerField(label=Limit.CITIES.label, required=False)
    domains = forms.IntegerField(label=Limit.DOMAINS.label, required=False)
    features = forms.MultipleChoiceField(
        label=gettext_lazy("功能"), choices=Feature.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    valid_from = forms.DateTimeField(label=gettext_lazy("从什么时候起卖"), widget=_WHEN)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        editions = [(edition.code, str(edition)) for edition in Edition.objects.all()]
        self.fields["edition"].choices = editions  # type: ignore[attr-defined]

    def clean_tiers(self) -> list[list[int | None]]:
        """Read the tiers. :raises ValidationError:"""
        try:
            return [_tier(line.split()) for line in self.cleaned_data["tiers"].splitlines() if line.strip()]
        except (NotAnAmount, InvalidOperation, ValueError):
            raise forms.ValidationError(_("看不懂这一档，例如：100000 0.6")) from None

    def draft(self) -> PriceDraft:
        """The price as it was typed."""
        given = self.cleaned_data
        return PriceDraft(
            edition=given["edition"],
            currency=given["currency"],
            interval=given["interval"],
            amount_minor=given["amount"],
            tax_ppm=given["tax"],
            tax_inclusive=given["tax_in"] == _INCLUDED,
            tiers=given["tiers"],
            included_minor=given["included"] or 0,
            fixed_minor=given["fixed"] or 0,
            order_cap_minor=given["order_cap"],
            order_floor_minor=given["order_floor"] or 0,
            interval_cap_minor=given["interval_cap"],
            limits={what: given[what] for what in Limit.values},
            features=given["features"],
            valid_from=_ours(given["valid_from"]),
        )


def price_initial(price: PriceVersion, now: datetime) -> dict[str, Any]:
    """Say what the form begins with: the version it follows."""
    tiers = [
        f"{up_to // 100} {Decimal(ppm) / _PPM_OF_PERCENT}" if up_to is not None else f"{Decimal(ppm) / _PPM_OF_PERCENT}"
        for up_to, ppm in price.tiers
    ]
    return {
        "edition": price.edition.code, "currency": price.currency, "interval": price.interval,
        "amount": price.amount_minor, "tax": Decimal(price.tax_ppm) / _PPM_OF_PERCENT,
        "tax_in": _said(price), "tiers": "\n".join(tiers),
        "included": price.included_minor, "fixed": price.fixed_minor, "order_cap": price.order_cap_minor,
        "order_floor": price.order_floor_minor, "interval_cap": price.interval_cap_minor,
        "features": price.features, "valid_from": now.astimezone(OUR_ZONE),
        **{what: price.limits.get(what) for what in Limit.values},
    }  # fmt: skip


class AddOnPriceForm(ReasonForm):
    """The price that follows one of an add-on: same add-on, currency and interval."""

    amount = MoneyField(label=gettext_lazy("一份的价格"), least_minor=None)
    tax = PercentField(label=gettext_lazy("税率（%）"), min_value=0, max_value=99)
    tax_in = _tax_in(gettext_lazy("税另加时，税在账单上逐行加上；可以和套餐不同。"))
    valid_from = forms.DateTimeField(label=gettext_lazy("从什么时候起卖"), widget=_WHEN)
    field_order = ("amount", "tax", "tax_in", "valid_from", "reason")

    def draft(self, *, follows: AddOnPrice) -> AddOnPriceDraft:
        """The price as it was typed."""
        given = self.cleaned_data
        return AddOnPriceDraft(
            add_on=follows.add_on.code,
            currency=follows.currency,
            interval=follows.interval,
            amount_minor=given["amount"],
            tax_ppm=given["tax"],
            tax_inclusive=given["tax_in"] == _INCLUDED,
            valid_from=_ours(given["valid_from"]),
        )


def add_on_initial(price: AddOnPrice, now: datetime) -> dict[str, Any]:
    """Say what the form begins with: the price it follows."""
    tax = Decimal(price.tax_ppm) / _PPM_OF_PERCENT
    return {"amount": price.amount_minor, "tax": tax, "tax_in": _said(price), "valid_from": now.astimezone(OUR_ZONE)}


class CouponForm(ReasonForm):
    """A coupon: a rate or an amount."""

    code = forms.CharField(label=gettext_lazy("优惠码"), max_length=30)
    percent = PercentField(label=gettext_lazy("减免比例（%）"), required=False, min_value=0, max_value=100)
    amount = MoneyField(
        label=gettext_lazy("减免金额（每期）"),
        required=False,
        help_text=gettext_lazy("从标价里减；税另加的价格，先减再加税。"),
    )
    currency = forms.ChoiceField(label=gettext_lazy("币种"), choices=[(code, code) for code in EXPONENTS])
    duration = forms.ChoiceField(label=gettext_lazy("优惠多久"), choices=CouponDuration.choices)
    months = forms.IntegerField(label=gettext_lazy("几个月"), required=False)
    redeem_by = forms.DateTimeField(label=gettext_lazy("领取截止"), required=False, widget=_WHEN)
    max_redemptions = forms.IntegerField(label=gettext_lazy("最多领取"), required=False)
    editions = forms.MultipleChoiceField(
        label=gettext_lazy("适用套餐"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("不选就是全部套餐。"),
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        editions = [(edition.code, str(edition)) for edition in Edition.objects.exclude(code="trial")]
        self.fields["editions"].choices = editions  # type: ignore[attr-defined]

    def draft(self) -> CouponDraft:
        """The coupon as it was typed."""
        given = self.cleaned_data
        return CouponDraft(
            code=given["code"],
            duration=given["duration"],
            percent_ppm=given["percent"],
            amount_minor=given["amount"],
            currency=given["currency"],
            months=given["months"],
            redeem_by=_ours(given["redeem_by"]) if given["redeem_by"] else None,
            max_redemptions=given["max_redemptions"],
            editions=tuple(given["editions"]),
        )


class GiftForm(ReasonForm):
    """More than the plan allows."""

    what = forms.ChoiceField(label=gettext_lazy("赠送什么"), choices=[*Limit.choices, *Feature.choices])
    amount = forms.IntegerField(label=gettext_lazy("数量"), initial=1, min_value=1)
    ends_at = forms.DateTimeField(label=gettext_lazy("到什么时候"), required=False, widget=_WHEN)

    def until(self) -> datetime | None:
        """When it ends, if it does."""
        ends_at = self.cleaned_data["ends_at"]
        return _ours(ends_at) if ends_at else None


class MovementForm(forms.Form):
    """What the operator does to a subscription; the address carries it."""

    movement = forms.ChoiceField(label=gettext_lazy("操作"), choices=Movement.choices)
    price = forms.ChoiceField(label=gettext_lazy("套餐价格"), required=False)
    add_on = forms.ChoiceField(label=gettext_lazy("增购"), required=False)
    quantity = forms.IntegerField(label=gettext_lazy("数量"), required=False, min_value=0, max_value=999)
    coupon = forms.CharField(label=gettext_lazy("优惠码"), required=False, max_length=30)

    def __init__(self, *args: Any, prices: Sequence[PriceVersion] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        named = [(str(price.pk), f"{price} {price.tax_note}".strip()) for price in prices]
        self.fields["price"].choices = [("", "–"), *named]  # type: ignore[attr-defined]
        add_ons = [(add_on.code, str(add_on)) for add_on in AddOn.objects.all()]
        self.fields["add_on"].choices = [("", "–"), *add_ons]  # type: ignore[attr-defined]


class QuoteForm(ReasonForm):
    """The quote that was shown, and why."""

    quote = forms.UUIDField(widget=forms.HiddenInput)


def _said(price: TaxedPrice) -> str:
    return _INCLUDED if price.tax_inclusive else _ON_TOP


def _tier(words: list[str]) -> list[int | None]:
    rate = int(Decimal(words[-1].rstrip("%")) * _PPM_OF_PERCENT)
    return [minor_units(words[0], "CNY") if len(words) > 1 else None, rate]


def _ours(moment: datetime) -> datetime:
    return moment.replace(tzinfo=OUR_ZONE)
