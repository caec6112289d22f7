"""每天自动开团: a list opens again by itself, as the one before it was in the end."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.tenancy import current_store
from tenants.campaigns.models import Campaign, CampaignItem, CampaignKind, CampaignState, Repetition
from tenants.campaigns.selectors_desk import lock_campaign
from tenants.campaigns.services.after_markdowns import end_markdowns, note_lasting_cuts
from tenants.campaigns.services.copy_campaign import goods_still_sold, write_copy
from tenants.campaigns.times import CampaignTimes, next_weekday, times_on
from tenants.catalog.offering import ready_on
from tenants.journal.services import Actor, record

AHEAD = timedelta(hours=12)  # neighbours see what comes tomorrow, and the shop may still change it
REPEATED_KINDS = (CampaignKind.DAILY, CampaignKind.SOLITAIRE)  # the others have times and rules of their own
_SYSTEM = Actor(kind="task", name="系统")


class NotRepeatable(Refused):
    """A flash sale, a team's or a presale's list, a draft, or one that was called off."""

    code, kind, sentence = "not_repeatable", Kind.CONFLICT, _("只有已发布的今日团和接龙可以每天自动开团。")


class NoWeekday(Refused):
    """No weekday was chosen."""

    code, kind, sentence = "no_weekday", Kind.INVALID, _("请至少选择一天。")


def repeat_campaign(*, campaign_id: UUID, name: str, weekdays: int, now: datetime, by_name: str) -> Repetition:
    """Let a published list open again on these weekdays, from the next one on; said again, it is changed.

    :param weekdays: a bit each, Monday the first.
    :raises CampaignMissing, NotRepeatable, NoWeekday:
    """
    if not 0 < weekdays < 1 << 7:
        raise NoWeekday(fields={"weekdays": [NoWeekday.sentence]})
    with transaction.atomic(durable=True):
        campaign = lock_campaign(campaign_id)
        if campaign.kind not in REPEATED_KINDS or campaign.state not in (
            CampaignState.PUBLISHED,
            CampaignState.PAUSED,
        ):
            raise NotRepeatable
        rule, _is_new = Repetition.objects.update_or_create(
            campaign=campaign,
            defaults={
                "name": name.strip()[:40],
                "weekdays": weekdays,
                "opens_at": campaign.opens_at,
                "cutoff_at": campaign.cutoff_at,
                "pickup_date": campaign.pickup_date,
                "next_on": next_weekday(max(_opened_on(campaign), _today(now)), weekdays),
                "problem": "",
                "by_name": by_name[:60],
                "at": now,
            },
        )
        actor = Actor(kind="person", name=by_name)
        record(what="campaign.repeated", subject=campaign, at=now, actor=actor, weekdays=weekdays)
    return rule


def stop_repeating(*, campaign_id: UUID, now: datetime, by_name: str) -> None:
    """Let a list open no more by itself; safe to repeat. :raises CampaignMissing:"""
    with transaction.atomic(durable=True):
        campaign = lock_campaign(campaign_id)
        gone, _rows = Repetition.objects.filter(campaign=campaign).delete()
        if gone:
            actor = Actor(kind="person", name=by_name)
            record(what="campaign.repeat_stopped", subject=campaign, at=now, actor=actor)


def open_repeated(*, now: datetime) -> int:
    """Publish the lists that open within half a day, each once; return how many.

    Safe to repeat and to be run by two at once. A day whose cut-off has passed is left out: the store was closed.
    """
    soon = (now + AHEAD).astimezone(ZoneInfo(current_store().timezone)).date()
    due = Repetition.objects.filter(next_on__lte=soon).order_by("pk").values_list("pk", flat=True)
    return sum(_open_due(rule_id, now) for rule_id in list(due))


def _open_due(rule_id: UUID, now: datetime) -> int:
    opened = 0
    with transaction.atomic(durable=True):
        locked = Repetition.objects.select_for_update(of=("self",), skip_locked=True).select_related("campaign")
        rule = locked.filter(pk=rule_id).first()
        while rule is not None and rule.next_on is not None:
            times = times_on(rule.next_on, like=_times_of(rule), timezone=current_store().timezone)
            if times.opens_at > now + AHEAD:
                break
            opened += _open_once(rule, rule.next_on, times, now)
        if rule is not None:
            rule.save(update_fields=["campaign", "next_on", "problem"])
    return opened


def _open_once(rule: Repetition, day: date, times: CampaignTimes, now: datetime) -> bool:
    """Open the list of one day, if there is something to open; either way the next day is the next."""
    source = rule.campaign
    if source.state == CampaignState.CANCELLED:
        rule.next_on, rule.problem = None, gettext("上一期已取消，自动开团已停止。")
        return False
    rule.next_on = next_weekday(day, rule.weekdays)
    if times.cutoff_at <= now:
        return False
    items = [item for item in goods_still_sold(source) if _is_ready(item, times)]
    if not items:
        rule.problem = gettext("上一期的商品都已下架，%(day)s 没有自动开团。") % {"day": f"{day:%m-%d}"}
        return False
    words = {"month": day.month, "day": day.day, "name": rule.name}
    copied = Campaign(
        name=gettext("%(month)d月%(day)d日 %(name)s") % words,
        state=CampaignState.PUBLISHED,
        opens_at=times.opens_at,
        cutoff_at=times.cutoff_at,
        pickup_date=times.pickup_date,
        created_at=now,
        created_by=rule.by_name,
    )
    lasting = end_markdowns(source=source, items=items)
    write_copy(source=source, copied=copied, items=items)
    note_lasting_cuts(copied=copied, lasting=lasting, now=now)
    record(what="campaign.opened", subject=copied, at=now, actor=_SYSTEM, items=len(items), source=str(source.pk))
    rule.campaign, rule.problem = copied, ""
    return True


def _is_ready(item: CampaignItem, times: CampaignTimes) -> bool:
    product = item.sku.product
    ready = ready_on(product, cutoff_at=times.cutoff_at, timezone=current_store().timezone)
    return not product.lead_days or ready <= times.pickup_date


def _times_of(rule: Repetition) -> CampaignTimes:
    return CampaignTimes(rule.opens_at, rule.cutoff_at, rule.pickup_date)


def _opened_on(campaign: Campaign) -> date:
    return campaign.opens_at.astimezone(ZoneInfo(current_store().timezone)).date()


def _today(now: datetime) -> date:
    return now.astimezone(ZoneInfo(current_store().timezone)).date()
