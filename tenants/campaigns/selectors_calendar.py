"""A month of group buys: what opens, is cut off and is fetched on each day."""

from calendar import Calendar
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants.campaigns.models import Campaign, CampaignState


class Happens(models.TextChoices):
    """What a group buy does on a day."""

    OPENS = "opens", _("开团")
    CUTOFF = "cutoff", _("截单")
    PICKUP = "pickup", _("提货")


@dataclass(frozen=True, slots=True)
class Event:
    """One group buy on one day; ``at`` is none for the pickup day, which has no hour."""

    campaign: Campaign
    what: Happens
    at: datetime | None


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of the weeks that are shown; ``is_outside`` is of the month before or after."""

    day: date
    is_outside: bool
    events: list[Event] = field(default_factory=list)


def month_of_campaigns(*, first: date, timezone: str) -> list[CalendarDay]:
    """List the days of a month in whole weeks from Monday, each with its events in their order: one statement.

    ``first`` is any day of the month; days begin at midnight in ``timezone``. What was called off is left out.
    """
    days = {
        day: CalendarDay(day, is_outside=day.month != first.month)
        for week in Calendar().monthdatescalendar(first.year, first.month)
        for day in week
    }
    zone, shown = ZoneInfo(timezone), sorted(days)
    since = datetime.combine(shown[0], time(), zone)
    until = datetime.combine(shown[-1] + timedelta(days=1), time(), zone)
    found = Campaign.objects.exclude(state=CampaignState.CANCELLED).filter(
        Q(opens_at__gte=since, opens_at__lt=until)
        | Q(cutoff_at__gte=since, cutoff_at__lt=until)
        | Q(pickup_date__range=(shown[0], shown[-1]))
    )
    for campaign in found.order_by("opens_at", "id"):
        moments = ((Happens.OPENS, campaign.opens_at), (Happens.CUTOFF, campaign.cutoff_at))
        for what, at in moments:
            if (one := days.get(at.astimezone(zone).date())) is not None:
                one.events.append(Event(campaign, what, at))
        if (one := days.get(campaign.pickup_date)) is not None:
            one.events.append(Event(campaign, Happens.PICKUP, None))
    for one in days.values():
        one.events.sort(key=lambda event: (event.at is not None, event.at or since))
    return [days[day] for day in shown]
