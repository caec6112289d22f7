"""What is typed about a group buy: its head, and one row for each thing on the list."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.errors import Refused
from kit.web.forms import MoneyField
from kit.web.refusals import tell_form
from tenants.backoffice.fields import PercentField
from tenants.campaigns.models import Campaign, CampaignItem, CampaignKind
from tenants.campaigns.services.check_draft import MOST_COMMISSION_PPM, MOST_ITEMS, CampaignDraft, ItemDraft
from tenants.campaigns.times import CampaignTimes

_MOMENT = "%Y-%m-%dT%H:%M"


class CampaignFilters(forms.Form):
    """The filter above the list."""

    q = forms.CharField(
        label=gettext_lazy("团期名称"), required=False, max_length=50, widget=forms.TextInput(attrs={"type": "search"})
    )


class CallOffForm(forms.Form):
    """Why a group buy is called off."""

    reason = forms.CharField(
        label=gettext_lazy("取消原因"),
        max_length=60,
        help_text=gettext_lazy("顾客会在退款里看到，例如“大雪封路，车进不来”。"),
        error_messages={"required": gettext_lazy("请写明取消原因，顾客会在退款里看到。")},
    )


class CampaignForm(forms.Form):
    """The head of a group buy; times in the store's zone."""

    name = forms.CharField(
        label=gettext_lazy("团期名称"), max_length=60, error_messages={"required": gettext_lazy("请填写团期名称。")}
    )
    opens_at = forms.DateTimeField(
        label=gettext_lazy("开团时间"),
        input_formats=[_MOMENT],
        error_messages={"required": gettext_lazy("请选开团时间。"), "invalid": gettext_lazy("时间写得不对。")},
        widget=forms.DateTimeInput(format=_MOMENT, attrs={"type": "datetime-local"}),
    )
    cutoff_at = forms.DateTimeField(
        label=gettext_lazy("截单时间"),
        input_formats=[_MOMENT],
        help_text=gettext_lazy("到这一刻停止下单。"),
        error_messages={"required": gettext_lazy("请选截单时间。"), "invalid": gettext_lazy("时间写得不对。")},
        widget=forms.DateTimeInput(format=_MOMENT, attrs={"type": "datetime-local"}),
    )
    pickup_date = forms.DateField(
        label=gettext_lazy("提货日期"),
        error_messages={"required": gettext_lazy("请选提货日期。"), "invalid": gettext_lazy("日期写得不对。")},
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    kind = forms.TypedChoiceField(
        label=gettext_lazy("团期类型"),
        choices=CampaignKind.choices,
        coerce=str,
        empty_value=CampaignKind.DAILY,
        required=False,
        initial=CampaignKind.DAILY,
        help_text=gettext_lazy(
            "接龙有公开名单，付款后按顺序发跟团号；秒杀每样要填限量和限购，5 分钟内付款；拼团人数不够自动退款。"
        ),
    )
    team_size = forms.IntegerField(
        label=gettext_lazy("成团人数"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": gettext_lazy("请填写整数。")},
        help_text=gettext_lazy("拼团才填，2 到 50 人。只算真付款的人，没有虚拟成团。"),
    )
    team_hours = forms.IntegerField(
        label=gettext_lazy("拼团时长（小时）"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": gettext_lazy("请填写整数。")},
        help_text=gettext_lazy("拼团才填，从团主付款算起；到截单还没成团也退款。"),
    )
    shows_names = forms.BooleanField(
        label=gettext_lazy("接龙名单公开昵称"),
        required=False,
        help_text=gettext_lazy("不勾选时只显示第一个字，例如“王**”。"),
    )
    deposit_percent = forms.IntegerField(
        label=gettext_lazy("定金比例 %"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": gettext_lazy("请填写整数。")},
        help_text=gettext_lazy("预售才填，例如 20；全款预售请留空。"),
    )
    keeps_deposit = forms.BooleanField(
        label=gettext_lazy("尾款到期未付，定金不退"),
        required=False,
        help_text=gettext_lazy("不勾选时定金原路退回。顾客付定金前会看到。"),
    )
    balance_from = forms.DateTimeField(
        label=gettext_lazy("尾款开始"),
        required=False,
        input_formats=[_MOMENT],
        help_text=gettext_lazy("截单以后，到时短信提醒顾客。"),
        error_messages={"invalid": gettext_lazy("时间写得不对。")},
        widget=forms.DateTimeInput(format=_MOMENT, attrs={"type": "datetime-local"}),
    )
    balance_until = forms.DateTimeField(
        label=gettext_lazy("尾款截止"),
        required=False,
        input_formats=[_MOMENT],
        help_text=gettext_lazy("提货日前付完。"),
        error_messages={"invalid": gettext_lazy("时间写得不对。")},
        widget=forms.DateTimeInput(format=_MOMENT, attrs={"type": "datetime-local"}),
    )
    notice = forms.CharField(
        label=gettext_lazy("团期公告"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("显示在顾客的今日团上，例如“今天鲜鱼 18 点后到”。"),
    )


class ItemForm(forms.Form):
    """One row of the list."""

    sku_id = forms.UUIDField(widget=forms.HiddenInput)
    price = MoneyField(label=gettext_lazy("团购价"), error_messages={"required": gettext_lazy("请填写团购价。")})
    strike = MoneyField(label=gettext_lazy("划线价"), required=False)
    quota = forms.IntegerField(label=gettext_lazy("限量"), required=False, widget=forms.TextInput)
    per_member_limit = forms.IntegerField(label=gettext_lazy("每人限购"), required=False, widget=forms.TextInput)
    minimum = forms.IntegerField(label=gettext_lazy("起订量"), required=False, widget=forms.TextInput)
    rate = PercentField(label=gettext_lazy("佣金 %"), required=False, most_ppm=MOST_COMMISSION_PPM)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("quota", "per_member_limit", "minimum"):
            self.fields[name].widget.attrs.update({"inputmode": "numeric", "autocomplete": "off"})
            self.fields[name].error_messages["invalid"] = _("请填写整数。")
        for name in _AS_TYPED.values():
            # the column's head is the label for the eye; a screen reader needs it at each input
            self.fields[name].widget.attrs.update(
                {"size": "6", "class": "input input-sm w-full", "aria-label": str(self.fields[name].label)}
            )
        margin = f"#margin-{self.prefix}"
        self.fields["price"].widget.attrs.update(
            {"hx-post": "", "hx-trigger": "change", "hx-vals": '{"do":"recount"}', "hx-target": margin,
             "hx-select": margin, "hx-swap": "outerHTML"}
        )  # fmt: skip

    def draft(self) -> ItemDraft:
        """Say what was typed, once it is valid."""
        words = self.cleaned_data
        return ItemDraft(
            sku_id=words["sku_id"],
            price_minor=words["price"],
            strike_minor=words["strike"],
            quota=words["quota"],
            per_member_limit=words["per_member_limit"],
            commission_ppm=words["rate"],
            min_form_quantity=words["minimum"],
        )


ItemRows = forms.formset_factory(ItemForm, extra=0, max_num=MOST_ITEMS, absolute_max=MOST_ITEMS + 50)
_AS_TYPED = {
    "price_minor": "price",
    "strike_minor": "strike",
    "quota": "quota",
    "per_member_limit": "per_member_limit",
    "commission_ppm": "rate",
    "min_form_quantity": "minimum",
}


def head_of(times: CampaignTimes, *, name: str = "") -> dict[str, Any]:
    """Fill the head for a new list."""
    day = times.cutoff_at
    usual = _("%(month)d月%(day)d日 今日团") % {"month": day.month, "day": day.day}
    return {
        "name": name or usual,
        "opens_at": times.opens_at,
        "cutoff_at": times.cutoff_at,
        "pickup_date": times.pickup_date,
    }


def head_of_campaign(campaign: Campaign) -> dict[str, Any]:
    """Fill the head from a known list."""
    return {field: getattr(campaign, field) for field in CampaignForm.base_fields}


def rows_of_campaign(items: Sequence[CampaignItem]) -> list[dict[str, Any]]:
    """Fill the rows from a known list."""
    return [
        {"sku_id": item.sku_id, **{typed: getattr(item, field) for field, typed in _AS_TYPED.items()}} for item in items
    ]


def rows_as_typed(posted: Mapping[str, str]) -> list[dict[str, Any]]:
    """Take the rows as they were typed, right or wrong, to show them again after one was added or removed."""
    total = posted.get("form-TOTAL_FORMS", "")
    count = min(int(total), MOST_ITEMS) if total.isdecimal() else 0
    names = ("sku_id", *_AS_TYPED.values())
    return [{name: posted.get(f"form-{row}-{name}", "") for name in names} for row in range(count)]


def draft_of(head: CampaignForm, rows: Any) -> CampaignDraft:
    """Say what was typed in a valid head and valid rows."""
    return CampaignDraft(**head.cleaned_data, items=[row.draft() for row in rows])


def tell_editor(head: CampaignForm, rows: Any, refusal: Refused) -> list[str]:
    """Put a refusal's sentences beside the fields they are of; what is of the whole list is returned."""
    of_list: list[str] = []
    of_head: dict[str, list[Any]] = {}
    for name, sentences in refusal.fields.items():
        place = name.split(".")
        if place[0] == "items" and len(place) == 3 and int(place[1]) < len(rows.forms):
            field = _AS_TYPED.get(place[2])
            for sentence in sentences:
                rows.forms[int(place[1])].add_error(field, str(sentence))
        elif name == "items":
            of_list += [str(sentence) for sentence in sentences]
        else:
            of_head[name] = sentences
    if of_head or not refusal.fields:
        tell_form(head, type(refusal)(refusal.sentence, fields=of_head))
    return of_list
