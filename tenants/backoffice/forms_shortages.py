"""What is typed when less came than was sold."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.ids import new_id
from kit.web.format import money
from tenants.aftersales.models import Ending, ShareRule
from tenants.backoffice.forms_stock import day, whole
from tenants.catalog.models import Sku

_MOST = 1_000_000


class ShortageForm(forms.Form):
    """How many can be handed out, who goes without, and what becomes of it."""

    there = whole(_("实际能交付几份"), min_value=0, max_value=_MOST, help_text=_("一份都没有填 0。"))
    rule = forms.TypedChoiceField(
        label=_("不够时怎么分"), coerce=ShareRule, choices=ShareRule.choices, initial=ShareRule.FIRST_PAID
    )
    ending = forms.TypedChoiceField(
        label=_("缺的怎么办"),
        coerce=Ending,
        choices=Ending.choices,
        initial=Ending.REFUND,
        help_text=_("换同类商品只换给下单时勾选过的顾客，其他人退款。"),
    )
    substitute = forms.TypedChoiceField(
        label=_("换成"),
        coerce=UUID,
        required=False,
        empty_value=None,
        help_text=_("价格不低于原商品，不用顾客补差价。"),
    )
    later_on = day(_("下一批提货日"), help_text=_("到同一个自提点取；顾客可以不等，改退款。"))
    reason = forms.CharField(
        label=_("原因"), max_length=40, required=False, help_text=_("顾客在退款里看得到，例如 产地断货。")
    )
    key = forms.CharField(widget=forms.HiddenInput, initial=new_id, max_length=64)
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)  # the plan that was shown

    def __init__(self, *args: Any, skus: Iterable[Sku], currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(str(sku.pk), _named(sku, currency)) for sku in skus]
        self.fields["substitute"].choices = [("", _("不换")), *choices]  # type: ignore[attr-defined]


def _named(sku: Sku, currency: str) -> str:
    words = {
        "goods": f"{sku.product.title} {sku.label}",
        "price": money(sku.price_minor, currency),
        "n": sku.left,  # type: ignore[attr-defined]  # counted by the selector
    }
    return gettext("%(goods)s（%(price)s，可用 %(n)s 份）") % words
