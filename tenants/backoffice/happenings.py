"""The journal, told to those who run the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from kit.web.format import moment
from tenants.journal.models import JournalEntry
from tenants.orders.selectors import Happening


@dataclass(frozen=True)
class Event:
    """One line of a timeline."""

    at: datetime
    sentence: str
    by: str = ""
    note: str = ""
    tone: str = ""


def campaign_events(entries: Sequence[JournalEntry]) -> list[Event]:
    """Tell what became of a group buy, latest first."""
    return [
        Event(at=entry.at, sentence=sentence, by=entry.actor_name, note=entry.reason)
        for entry in reversed(entries)
        if (sentence := _of_campaign(entry))
    ]


def order_events(happenings: Sequence[Happening]) -> list[Event]:
    """Tell what became of an order, latest first."""
    return [
        Event(at=one.at, sentence=one.sentence, by=one.by_name, tone=_TONES.get(one.what, ""))
        for one in reversed(happenings)
    ]


_TONES = {"order.paid": "good", "order.handed_over": "good", "order.refunded": "warn", "order.closed": "bad"}


def _of_campaign(entry: JournalEntry) -> str:
    match entry.what:
        case "campaign.drafted":
            return _("保存了草稿")
        case "campaign.copied":
            return _("从之前的清单复制")
        case "campaign.opened":
            return _("发布了 %(count)d 个规格") % {"count": entry.detail.get("items", 0)}
        case "campaign.edited":
            changes = len(entry.detail.get("changes", ()))
            return _("修改了 %(count)d 处价格或数量") % {"count": changes} if changes else _("修改了团期信息")
        case "campaign.prices_doubted":
            return _("提示过：%(said)s") % {"said": " ".join(entry.detail.get("sentences", ()))}
        case "campaign.repeated":
            return _("设为自动开团")
        case "campaign.repeat_stopped":
            return _("停止自动开团")
        case "campaign.paused":
            return _("暂停下单")
        case "campaign.resumed":
            return _("恢复下单")
        case "campaign.closed_early":
            planned = moment(datetime.fromisoformat(entry.detail["planned"]))
            return _("提前截单，原定 %(planned)s") % {"planned": planned}
        case "campaign.cut_off":
            names = _("、").join(entry.detail.get("failed", ()))
            return _("截单处理，未成团：%(names)s") % {"names": names} if names else _("截单处理，商品全部成团")
        case "campaign.pasted":
            return _("粘贴接龙，生成 %(count)d 张待确认的单") % {"count": entry.detail.get("drafts", 0)}
        case "campaign.called_off":
            return _("取消了团期，全部退款")
        case "campaign.cancelled":
            return _("取消了团期")
    return ""
