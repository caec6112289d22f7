"""At a year's end old points go; who has some is told before."""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext

from kit.ports.messages import send_store_sms
from kit.tenancy import current_store
from tenants.points.models import MoveKind, PointsMove, Purse
from tenants.points.selectors import WARN_DAYS, ends_next, points_rule, today, with_old_points, year_end
from tenants.points.services.gain import held_purses
from tenants.points.worth import kept_since

_BATCH = 500


def expire_points(*, now: datetime) -> int:
    """Take a batch of points whose year is over out of their purses; return how many purses. Safe to repeat.

    What waits in an unpaid basket is left to it, and goes the next day if it comes back.
    """
    rule = points_rule()
    if not rule.is_on or rule.years_kept is None:
        return 0
    since = kept_since(now=now, years_kept=rule.years_kept, zone=current_store().timezone)
    with transaction.atomic(durable=True):
        due = with_old_points(since).filter(balance__gt=0).order_by("pk").values_list("member", flat=True)
        purses = held_purses(list(due[:_BATCH]))
        # looked at again under the lock: a basket may have spent them meanwhile
        old = {purse.member_id: purse.old for purse in with_old_points(since).filter(member__in=purses)}
        moves = []
        for member_id, purse in purses.items():
            if gone := min(old.get(member_id, 0), purse.free):
                purse.balance -= gone
                moves.append(PointsMove(member_id=member_id, kind=MoveKind.EXPIRE, points=-gone, at=now))
        Purse.objects.bulk_update(purses.values(), ["balance"])
        PointsMove.objects.bulk_create(moves)
    return len(moves)


def warn_of_year_end(*, now: datetime) -> int:
    """Tell a batch of members what of their points ends with this year, once a year; return how many were told."""
    rule, last = points_rule(), year_end(now)
    if not rule.is_on or rule.years_kept is None or (last - today(now)).days > WARN_DAYS:
        return 0
    with transaction.atomic(durable=True):
        untold = with_old_points(ends_next(rule, now)).exclude(warned_year=last.year)
        due = list(untold.select_related("member").select_for_update(of=("self",), skip_locked=True)[:_BATCH])
        store = current_store()
        for purse in due:
            text = gettext("您有 %(points)s 积分将在 %(day)s 到期，下单可抵现金，别忘了用。") % {
                "points": purse.old,
                "day": f"{last:%Y-%m-%d}",
            }
            send = partial(
                send_store_sms.delay,
                store=str(store.merchant_id),
                phone=purse.member.phone,
                text=f"【{store.name}】{text}",
            )
            transaction.on_commit(send)
        Purse.objects.filter(pk__in=[purse.pk for purse in due]).update(warned_year=last.year)
    return len(due)
