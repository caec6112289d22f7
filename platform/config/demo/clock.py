"""Moving the demo's clock, and running at once what has become due on the way."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.module_loading import import_string
from rich.console import Console

from billing.models.collection import AttemptState, ChargeAttempt
from config.celery import app
from config.demo.stripe_levers import set_clock
from config.schedule import RHYTHM
from control.inbox.models import EventState, OutsideEvent
from kit import clock
from kit.tenancy import in_control

_PATIENCE = 30.0  # seconds for the Stripe fake's letters to arrive and be acted on


def move_clock(*, moment: datetime, console: Console) -> dict[str, Any]:
    """Move every process of the demo to ``moment``, run what is due, wait for the outside world's answers.

    The Stripe fake is moved too: a letter's signature carries its time.
    """
    offset = moment.astimezone(UTC) - datetime.now(UTC)
    clock.move(timedelta(seconds=round(offset.total_seconds())))
    set_clock(moment)
    # Here and now, in the order of the schedule, instead of when beat comes by.
    app.conf.task_always_eager = True
    app.conf.task_eager_propagates = True
    for number, (name, _seconds) in enumerate(RHYTHM, 1):
        console.print(f"[{number}/{len(RHYTHM)}] {name.rsplit('.', 1)[-1]} …")
        import_string(name)()
    answered = _wait_for_answers()
    return {"now": clock.now().isoformat(), "answers_arrived": answered}


def _wait_for_answers() -> bool:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        with in_control():
            waiting = ChargeAttempt.objects.filter(state__in=_UNDECIDED).exists()
            unread = OutsideEvent.objects.filter(state=EventState.RECEIVED).exists()
        if not waiting and not unread:
            return True
        time.sleep(0.2)
    return False


_UNDECIDED = (AttemptState.CREATED, AttemptState.PROCESSING, AttemptState.UNKNOWN)
