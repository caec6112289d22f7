"""The schedule of chasing an unpaid invoice, in the payer's local days. Pure.

Day 0 is the local day of the oldest overdue invoice; each step is due at ten in the payer's morning. Days that a
promise has put between are added to all that follows.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from billing.models.agreements import SubscriptionState
from billing.models.dunning import DunningStep

HOUR = time(10)
RETRY_DAYS = (1, 3, 7, 14)
DAY_OF: dict[DunningStep, int] = {
    DunningStep.PAST_DUE: 0,
    DunningStep.REMINDER: 3,
    DunningStep.WARNING: 7,
    DunningStep.LAST_CALL: 14,
    DunningStep.RESTRICTED: 15,
    DunningStep.CLOSING_SOON: 27,
    DunningStep.CLOSED: 30,
    DunningStep.ENDING_SOON: 53,
    DunningStep.ENDED: 60,
}
ORDER = tuple(DAY_OF)
# What a step does to the subscription, until another one does; the steps between only tell.
_STATES = {
    DunningStep.RESTRICTED: SubscriptionState.SUSPENDED,
    DunningStep.CLOSED: SubscriptionState.CLOSED,
    DunningStep.ENDED: SubscriptionState.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Due:
    """One step of one invoice's schedule."""

    step: DunningStep
    at: datetime


def schedule_of(first_day: date, *, shift_days: int, zone: ZoneInfo) -> list[Due]:
    """List every step with its instant. The first is due at once: it is the try that brought no money."""
    return [
        Due(
            step,
            datetime.combine(
                first_day + timedelta(days=day + (shift_days if day else 0)), HOUR if day else time.min, tzinfo=zone
            ),
        )
        for step, day in DAY_OF.items()
    ]


def stage_at(schedule: list[Due], now: datetime) -> DunningStep:
    """Name the last step that is due at an instant; before the first it is the first."""
    return next((due.step for due in reversed(schedule) if due.at <= now), DunningStep.PAST_DUE)


def next_after(schedule: list[Due], stage: DunningStep) -> Due | None:
    """Name the step after a stage; None after the last."""
    later = schedule[ORDER.index(stage) + 1 :]
    return later[0] if later else None


def state_in(stage: DunningStep) -> SubscriptionState:
    """Say what a subscription is while its account is in a stage."""
    passed = [step for step in _STATES if ORDER.index(step) <= ORDER.index(stage)]
    return _STATES[passed[-1]] if passed else SubscriptionState.PAST_DUE


def retry_at(first_day: date, *, tries: int, shift_days: int, zone: ZoneInfo) -> datetime | None:
    """Say when an invoice that was tried ``tries`` times is tried again; None when the tries are used up."""
    if tries > len(RETRY_DAYS):
        return None
    day = first_day + timedelta(days=RETRY_DAYS[max(tries, 1) - 1] + shift_days)
    return datetime.combine(day, HOUR, tzinfo=zone)
