"""What a merchant wants to offer, and whether it can be offered like that."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.tenancy import current_store
from kit.web.format import day
from tenants.campaigns.models import CampaignKind
from tenants.catalog.models import ProductState, Sku
from tenants.catalog.offering import ready_on

# Art. 7 of the regulation against pyramid selling leaves real commissions far below; the store's cap is 30 % of a line.
MOST_COMMISSION_PPM = 300_000
MOST_ITEMS = 300
LONGEST_FLASH = timedelta(hours=24)
DEPOSITS = range(1, 91)
# Civil Code, art. 586: of an earnest (定金) only what is within a fifth of the price may be kept
MOST_KEPT_PERCENT = 20
TEAM_SIZES = range(2, 51)
TEAM_HOURS = range(1, 73)
_Problems = dict[str, list[Any]]


@dataclass(frozen=True)
class ItemDraft:
    """One SKU as it shall be offered. Amounts in minor units of the store's currency."""

    sku_id: UUID
    price_minor: int
    strike_minor: int | None = None
    quota: int | None = None
    per_member_limit: int | None = None
    commission_ppm: int | None = None
    min_form_quantity: int | None = None


@dataclass(frozen=True)
class CampaignDraft:
    """A group buy as it shall be."""

    name: str
    opens_at: datetime
    cutoff_at: datetime
    pickup_date: date
    notice: str = ""
    items: Sequence[ItemDraft] = ()
    kind: str = CampaignKind.DAILY
    shows_names: bool = False
    team_size: int | None = None
    team_hours: int | None = None
    deposit_percent: int | None = None
    balance_from: datetime | None = None
    balance_until: datetime | None = None
    keeps_deposit: bool = False


class CampaignInvalid(Refused):
    """Something in the draft cannot be. ``fields`` says what, items as ``items.<position>.<field>``."""

    code, kind, sentence = "campaign_invalid", Kind.INVALID, _("还有几处需要修改，请看标红的地方。")


def check_draft(*, draft: CampaignDraft, for_sale: bool, now: datetime) -> None:
    """Check a draft; ``for_sale`` also asks for what shoppers need: goods on sale, a cut-off still to come.

    :raises CampaignInvalid: with every problem at once.
    """
    problems: _Problems = defaultdict(list)
    _check_times(draft, problems)
    for position, item in enumerate(draft.items):
        _check_item(item, f"items.{position}", problems)
    _check_skus(draft, problems, for_sale=for_sale)
    if not draft.name.strip():
        problems["name"].append(_("请填写团期名称。"))
    if len(draft.items) > MOST_ITEMS:
        problems["items"].append(_("一个团期最多 300 个规格。"))
    if for_sale:
        if not draft.items:
            problems["items"].append(_("请至少添加一个商品。"))
        if draft.cutoff_at <= now:
            problems["cutoff_at"].append(_("截单时间已经过去，请选一个将来的时间。"))
    if draft.kind == CampaignKind.FLASH:
        _check_flash(draft, problems)
    if draft.kind == CampaignKind.TEAM:
        _check_team(draft, problems)
    if draft.kind == CampaignKind.PRESALE and draft.deposit_percent is not None:
        _check_deposit(draft, problems)
    if problems:
        raise CampaignInvalid(fields=dict(problems))


def _check_flash(draft: CampaignDraft, problems: _Problems) -> None:
    """A flash sale is short, and everybody gets a chance: so many pieces, so many for one person.

    Its pieces go by the same guarded UPDATE as any other: oversold is impossible whatever is in front of it, a basket
    costs one statement, and 200 buyers are told within two seconds. Ten buckets a row would be twice as fast
    (performance.md 2.1), but the last pieces would have to be swept together, and every refund would need its bucket.
    """
    if draft.cutoff_at - draft.opens_at > LONGEST_FLASH:
        problems["cutoff_at"].append(_("秒杀最长 24 小时。"))
    for position, item in enumerate(draft.items):
        if item.quota is None:
            problems[f"items.{position}.quota"].append(_("秒杀要填限量。"))
        if item.per_member_limit is None:
            problems[f"items.{position}.per_member_limit"].append(_("秒杀要填每人限购。"))


def _check_team(draft: CampaignDraft, problems: _Problems) -> None:
    """A team is made of neighbours who paid, never of invented ones: there is no completion without them."""
    if draft.team_size not in TEAM_SIZES:
        problems["team_size"].append(_("成团人数要在 2 到 50 人之间。"))
    if draft.team_hours not in TEAM_HOURS:
        problems["team_hours"].append(_("拼团时长要在 1 到 72 小时之间。"))
    for position, item in enumerate(draft.items):
        if item.min_form_quantity is not None:
            problems[f"items.{position}.min_form_quantity"].append(_("拼团按人数成团，起订量请留空。"))


def _check_deposit(draft: CampaignDraft, problems: _Problems) -> None:
    """The rest of a presale is paid after its cut-off and before its goods come."""
    if draft.deposit_percent is None or draft.deposit_percent not in DEPOSITS:
        problems["deposit_percent"].append(_("定金比例要在 1% 到 90% 之间，全款预售请留空。"))
    elif draft.keeps_deposit and draft.deposit_percent > MOST_KEPT_PERCENT:
        problems["deposit_percent"].append(_("不退的定金不能超过货款的 20%，超过部分法律上也要退。"))
    if draft.balance_from is None or draft.balance_until is None:
        problems["balance_from"].append(_("收定金要填尾款付款时间。"))
    else:
        if draft.balance_from < draft.cutoff_at:
            problems["balance_from"].append(_("尾款要在截单以后付。"))
        if draft.balance_until <= draft.balance_from:
            problems["balance_until"].append(_("尾款截止要晚于开始。"))
        if draft.balance_until.astimezone(ZoneInfo(current_store().timezone)).date() > draft.pickup_date:
            problems["balance_until"].append(_("尾款要在提货日前付完。"))
    for position, item in enumerate(draft.items):
        if item.min_form_quantity is not None:
            problems[f"items.{position}.min_form_quantity"].append(_("收定金的预售不设起订量，请留空。"))


def _check_times(draft: CampaignDraft, problems: _Problems) -> None:
    if draft.cutoff_at <= draft.opens_at:
        problems["cutoff_at"].append(_("截单时间要晚于开团时间。"))
    if draft.pickup_date < draft.cutoff_at.astimezone(ZoneInfo(current_store().timezone)).date():
        problems["pickup_date"].append(_("提货日期不能早于截单那天。"))


def _check_item(item: ItemDraft, name: str, problems: _Problems) -> None:
    if item.price_minor <= 0:
        problems[f"{name}.price_minor"].append(_("团购价要大于 0。"))
    if item.strike_minor is not None and item.strike_minor <= item.price_minor:
        problems[f"{name}.strike_minor"].append(_("划线价要高于团购价，不划线请留空。"))
    if item.quota is not None and item.quota < 1:
        problems[f"{name}.quota"].append(_("限量至少 1 份，不限量请留空。"))
    if item.per_member_limit is not None and item.per_member_limit < 1:
        problems[f"{name}.per_member_limit"].append(_("每人限购至少 1 份，不限购请留空。"))
    if item.min_form_quantity is not None:
        if item.min_form_quantity < 2:
            problems[f"{name}.min_form_quantity"].append(_("起订量至少 2 份，不设请留空。"))
        elif item.quota is not None and item.min_form_quantity > item.quota:
            problems[f"{name}.min_form_quantity"].append(_("起订量不能超过限量，否则永远不成团。"))
    if item.commission_ppm is not None and not 0 <= item.commission_ppm <= MOST_COMMISSION_PPM:
        problems[f"{name}.commission_ppm"].append(_("佣金比例要在 0% 到 30% 之间。"))


def _check_skus(draft: CampaignDraft, problems: _Problems, *, for_sale: bool) -> None:
    wanted = [item.sku_id for item in draft.items]
    known = Sku.objects.select_related("product").in_bulk(wanted)
    for position, sku_id in enumerate(wanted):
        sku = known.get(sku_id)
        if sku is None:
            problems[f"items.{position}.sku_id"].append(_("这个商品已被删除，请移除这一行。"))
        elif sku_id in wanted[:position]:
            problems[f"items.{position}.sku_id"].append(_("同一个规格只能出现一次，请移除这一行。"))
        elif for_sale and not (sku.is_active and sku.product.state == ProductState.ON_SALE):
            problems[f"items.{position}.sku_id"].append(_("这个商品没有上架，请先上架或移除这一行。"))
        elif for_sale:
            ready = ready_on(sku.product, cutoff_at=draft.cutoff_at, timezone=current_store().timezone)
            if sku.product.lead_days and ready > draft.pickup_date:
                words = {"days": sku.product.lead_days, "day": day(ready)}
                sentence = gettext("要备货 %(days)s 天，最早 %(day)s 能提，请推后提货日期或移除这一行。") % words
                problems[f"items.{position}.sku_id"].append(sentence)
