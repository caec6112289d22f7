"""What the back office shows of payments: the stuck ones, failed refunds, statements and differences."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.payments.models import (
    OPEN_PAYMENT_STATES,
    OPEN_REFUND_STATES,
    Difference,
    DifferenceState,
    Payment,
    PaymentState,
    Refund,
    RefundState,
    Statement,
    TopUp,
)

_QUIET_FOR = timedelta(minutes=15)  # an order's time to pay; what is open after that is not a shopper still deciding


def stuck_payments(*, now: datetime, limit: int) -> list[Payment]:
    """List payments a person should look at: parked, unknown, or open though their order's time is long over."""
    parked = Q(parked_at__isnull=False) & ~Q(state__in=(PaymentState.SUCCEEDED, PaymentState.CANCELLED))
    silent = Q(state__in=OPEN_PAYMENT_STATES, created_at__lt=now - _QUIET_FOR)
    found = Payment.objects.select_related("order").filter(parked | silent | Q(state=PaymentState.UNKNOWN))
    return list(found.order_by("created_at")[:limit])


def stuck_refunds(*, now: datetime, limit: int) -> list[Refund]:
    """List refunds that failed, or of which nothing was heard for a quarter of an hour."""
    silent = Q(state__in=OPEN_REFUND_STATES, created_at__lt=now - _QUIET_FOR)
    found = Refund.objects.select_related("payment__order").filter(Q(state=RefundState.FAILED) | silent)
    return list(found.order_by("created_at")[:limit])


class RefundNotFailed(Refused):
    """There is no such refund that failed."""

    code, kind, sentence = "refund_not_failed", Kind.MISSING, _("没有找到这笔失败的退款，可能已经处理过了。")


def failed_refund(refund_id: UUID) -> Refund:
    """Read a refund that failed, with its order. :raises RefundNotFailed:"""
    failed = Refund.objects.select_related("payment__order").filter(pk=refund_id, state=RefundState.FAILED)
    found = failed.first()
    if found is None:
        raise RefundNotFailed
    return found


def statements(*, limit: int) -> list[Statement]:
    """List the latest statements."""
    return list(Statement.objects.order_by("-day", "provider")[:limit])


def differences(*, state: str) -> QuerySet[Difference]:
    """Return differences, the latest day first; all of them without a state."""
    found = Difference.objects.order_by("-day", "-found_at", "pk")
    return found.filter(state=state) if state in DifferenceState.values else found


class DifferenceMissing(Refused):
    """There is no such open difference."""

    code, kind, sentence = "difference_missing", Kind.MISSING, _("没有找到这条差异，可能已经处理过了。")


def open_difference(difference_id: UUID) -> Difference:
    """Read a difference nobody has explained yet. :raises DifferenceMissing:"""
    found = Difference.objects.filter(pk=difference_id, state=DifferenceState.OPEN).first()
    if found is None:
        raise DifferenceMissing
    return found


def top_ups(*, limit: int) -> list[TopUp]:
    """List the latest top-ups with their members."""
    return list(TopUp.objects.select_related("member").order_by("-at")[:limit])
