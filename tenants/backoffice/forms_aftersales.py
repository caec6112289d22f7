"""What is typed about after-sales: the decision, who bears it, what may be given back at once."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kit.ids import new_id
from kit.money import PPM
from kit.web.forms import MoneyField
from tenants.aftersales.models import AfterSale, Party, Reason, Remedy
from tenants.aftersales.services.ask import Asked
from tenants.aftersales.services.decide import Decision
from tenants.backoffice.fields import PercentField
from tenants.orders.models import Order

_MOST_MINOR = 10_000_000
_WORDS = {"rows": 3}


class AfterSaleFilters(forms.Form):
    """The filter above the queue."""

    q = forms.CharField(
        label=_("单号、商品、顾客或团长"),
        required=False,
        max_length=50,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    reason = forms.ChoiceField(label=_("原因"), required=False, choices=[("", _("全部原因")), *Reason.choices])

    def wanted(self) -> dict[str, Any]:
        """Say what is looked for; a filter that makes no sense filters nothing."""
        self.is_valid()
        return {"query": self.cleaned_data.get("q", ""), "reason": self.cleaned_data.get("reason", "")}


class DecisionForm(forms.Form):
    """What the store grants, who bears it, and the amount that was seen before it was confirmed."""

    remedy = forms.ChoiceField(label=_("处理方式"), choices=Remedy.choices)
    amount = MoneyField(
        label=_("退款金额"), required=False, least_minor=1, help_text=_("不填就按申请的份数全额退。换货不用填。")
    )
    restock = forms.BooleanField(label=_("没拆封，可以再卖"), required=False)
    answer = forms.CharField(label=_("给顾客的话"), required=False, max_length=200, widget=forms.Textarea(attrs=_WORDS))
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, after_sale: AfterSale) -> None:
        initial = {"remedy": after_sale.remedy, "amount": after_sale.asked_minor, f"share_{Party.STORE.value}": PPM}
        super().__init__(data, initial=initial)
        for party in Party:
            self.fields[f"share_{party.value}"] = PercentField(label=party.label, required=False, most_ppm=PPM)

    def clean(self) -> dict[str, Any]:
        """Refuse shares that make no whole."""
        words: dict[str, Any] = super().clean() or {}
        if not self.errors and sum(self._shares(words).values()) != PPM:
            raise ValidationError(_("各方承担比例加起来要等于 100%。"))
        return words

    def decision(self) -> Decision:
        """Say what was decided."""
        words = self.cleaned_data
        is_refund = words["remedy"] != Remedy.REPLACE
        return Decision(
            remedy=Remedy(words["remedy"]),
            amount_minor=words["amount"] if is_refund else None,
            restock=words["restock"],
            answer=words["answer"],
            liability=self._shares(words),
        )

    def share_fields(self) -> list[Any]:
        """The parties' fields, for the page."""
        return [self[f"share_{party.value}"] for party in Party]

    def _shares(self, words: dict[str, Any]) -> dict[Party, int]:
        typed = {party: words.get(f"share_{party.value}") or 0 for party in Party}
        return {party: share for party, share in typed.items() if share}


class RejectForm(forms.Form):
    """Why not."""

    answer = forms.CharField(
        label=_("拒绝的原因"),
        max_length=200,
        widget=forms.Textarea(attrs=_WORDS),
        help_text=_("顾客看得到，可以在 3 天内申诉。"),
        error_messages={"required": _("请写明拒绝的原因，顾客看得到。")},
    )


class ReturnedForm(forms.Form):
    """How the goods came back."""

    is_unopened = forms.BooleanField(label=_("没拆封，可以再卖"), required=False)


class InstantForm(forms.Form):
    """How much may be given back at once."""

    most_minor = MoneyField(label=_("单笔不超过"), most_minor=_MOST_MINOR, help_text=_("填 0 关闭。"))
    member_month_minor = MoneyField(label=_("每位顾客 30 天内共不超过"), most_minor=_MOST_MINOR)
    leader_month_minor = MoneyField(label=_("每位团长的顾客 30 天内共不超过"), most_minor=_MOST_MINOR)


class AskForForm(forms.Form):
    """A request that the staff makes for a member."""

    line_id = forms.TypedChoiceField(label=_("商品"), coerce=UUID, error_messages={"required": _("请选择商品。")})
    reason = forms.ChoiceField(label=_("原因"), choices=Reason.choices)
    remedy = forms.ChoiceField(label=_("处理方式"), choices=Remedy.choices)
    quantity = forms.IntegerField(
        label=_("售后份数"), min_value=1, error_messages={"required": _("请填写整数。"), "invalid": _("请填写整数。")}
    )
    amount_minor = MoneyField(label=_("退款金额"), required=False, least_minor=1, help_text=_("不填就按份数全额退。"))
    words = forms.CharField(label=_("情况说明"), required=False, max_length=200, widget=forms.Textarea(attrs=_WORDS))
    key = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, order: Order) -> None:
        super().__init__(data, initial={"key": str(new_id()), "quantity": 1})
        choices = [
            (str(line.pk), f"{line.title} {line.sku_label} × {line.quantity - line.refunded_quantity}")
            for line in order.lines.all()
            if line.quantity > line.refunded_quantity
        ]
        self.fields["line_id"].choices = choices  # type: ignore[attr-defined]

    def asked(self) -> tuple[Asked, str]:
        """Say what is asked for, and the key of the form."""
        words = dict(self.cleaned_data)
        key = words.pop("key")
        return Asked(**{**words, "reason": Reason(words["reason"]), "remedy": Remedy(words["remedy"])}), key
