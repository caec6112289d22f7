"""A worker of billing in a process of its own that dies by SIGKILL at a chosen moment of its run.

``python -m tests.billing.killed_worker <ISO time> <place> <count>`` runs what beat runs and kills itself right before
the count-th call of ``place`` (or never, when the place is "nowhere"). The places are where a run talks to the
database or to Stripe; nothing is rolled back by us: the server sees a connection die, as when the power goes.
"""

import importlib
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

PLACES = {
    "nowhere": (),
    "before collecting": ("billing.services.close_period.collect_here",),
    "before rating": ("billing.services.rate_usage.rate_orders",),
    "before the fees are written": ("billing.services.rate_orders.run",),
    "before the number": ("billing.services.issue_invoice.take_number",),
    "before posting": ("billing.services.issue_invoice.post_entries",),
    "before the lines": ("billing.services.issue_invoice._write_lines",),
    "before closing the fees": ("billing.services.close_period.close_fees",),
    "before asking the card": ("billing.services.ask_card.charge_saved_card",),
    "after the card said yes": ("billing.services.ask_card.note_charge",),
    "before taking the money": ("billing.services.note_charge.take_payment",),
    "before a step is noted": ("billing.services.judge_subscription._take_steps",),
    "before writing the state down": ("billing.services.judge_subscription.write_down",),
    "before a letter": ("billing.services.tell_payer._tell_step",),
    "between two dues": ("billing.services.run_due._do",),
}


def dying(call: Callable[..., Any], count: int) -> Callable[..., Any]:
    """Let the count-th call be the last thing this process does."""
    left = [count]

    def wrapped(*args: Any, **given: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **given)

    return wrapped


def main(moment: str, place: str, count: int) -> None:
    import django
    from django.conf import settings

    settings.LINLI_STRIPE["api_base"] = os.environ["LINLI_STRIPE_API_BASE"]
    django.setup()
    from billing.services.look_after_charges import look_after_charges
    from billing.services.run_due import run_due
    from kit.tenancy import in_control

    for name in PLACES[place]:
        module, _dot, function = name.rpartition(".")
        home = importlib.import_module(module)
        setattr(home, function, dying(getattr(home, function), count))
    now = datetime.fromisoformat(moment)
    with in_control():
        run_due(now=now)
        look_after_charges(now=now)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
