"""The latest time billing has seen: it never works backwards."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models.parking import ClockMark
from kit.errors import Kind, Refused

SLACK = timedelta(minutes=2)  # what two servers' clocks may differ by


class ClockMovedBack(Refused):
    """The time is before one at which billing already ran. Facts: ``now``, ``seen``."""

    code, kind, sentence = "clock_moved_back", Kind.CONFLICT, _("系统时间被调回了过去，出账已停止，请先校准时间。")


def keep_time(*, now: datetime) -> None:
    """Note that billing runs at this time. :raises ClockMovedBack: it ran later before; nothing is written."""
    with transaction.atomic(durable=True):
        mark, is_new = ClockMark.objects.select_for_update().get_or_create(
            name="billing", defaults={"last_run_at": now}
        )
        if is_new:
            return
        if now < mark.last_run_at - SLACK:
            raise ClockMovedBack(now=now.isoformat(), seen=mark.last_run_at.isoformat())
        if now > mark.last_run_at:
            mark.last_run_at = now
            mark.save(update_fields=["last_run_at"])
