"""Writing down what the floors above decided about a merchant: its state and its limits."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.merchants.directory import forget
from control.merchants.models import BILLED_STATES, Merchant, MerchantState
from kit.errors import Kind, Refused

# Which state may follow which. Billing moves a store among the billed ones (``set_state``), provisioning opens it,
# operators do the rest (``move_store``, through control.lifecycle, which also writes the audit).
MOVES: Mapping[MerchantState, frozenset[MerchantState]] = {
    MerchantState.BUILDING: frozenset({MerchantState.TRIAL}),
    **{state: (BILLED_STATES - {state}) | {MerchantState.SUSPENDED} for state in BILLED_STATES},
    MerchantState.SUSPENDED: BILLED_STATES | {MerchantState.ARCHIVED, MerchantState.ERASED},
    MerchantState.ARCHIVED: frozenset({MerchantState.SUSPENDED, MerchantState.ERASED}),
    MerchantState.ERASED: frozenset(),
}


class NoSuchMerchant(Refused):
    """There is no such merchant."""

    code, kind, sentence = "no_such_merchant", Kind.MISSING, _("没有这家店铺。")


class MoveRefused(Refused):
    """The store's life does not go that way. Facts: ``state`` (where it is), ``to``."""

    code, kind, sentence = "move_refused", Kind.CONFLICT, _("店铺现在的状态不能这样操作。")


def set_state(*, merchant_id: UUID, state: MerchantState, now: datetime) -> bool:
    """Write down billing's verdict, in the caller's transaction; say whether the store moved.

    A store that is being built, or that an operator suspended or archived, is left where it is; the verdict is kept
    and counts as soon as the store is resumed.
    """
    Merchant.objects.filter(pk=merchant_id).exclude(billed_state=state).update(billed_state=state)
    moved = (
        Merchant.objects.filter(pk=merchant_id, state__in=BILLED_STATES)
        .exclude(state=state)
        .update(state=state, state_since=now)
    )
    if moved:
        transaction.on_commit(forget)
    return bool(moved)


def move_store(*, merchant_id: UUID, to: MerchantState, now: datetime) -> Merchant:
    """Move a store along ``MOVES``, in the caller's transaction; the row stays locked until it ends.

    :raises NoSuchMerchant, MoveRefused: it is not there, or may not go there from where it is.
    """
    merchant = locked_merchant(merchant_id)
    if to not in MOVES[MerchantState(merchant.state)]:
        raise MoveRefused(state=merchant.state, to=to.value)
    merchant.state, merchant.state_since = to, now
    merchant.save(update_fields=["state", "state_since"])
    transaction.on_commit(forget)
    return merchant


def locked_merchant(merchant_id: UUID) -> Merchant:
    """Read a merchant and hold its row until the transaction ends. :raises NoSuchMerchant:"""
    merchant = Merchant.objects.select_for_update().filter(pk=merchant_id).first()
    if merchant is None:
        raise NoSuchMerchant
    return merchant


def set_next_step(*, merchant_id: UUID, step: str, at: datetime | None) -> None:
    """Write down what follows if an overdue invoice stays unpaid, and when; empty when nothing is overdue."""
    moved = Merchant.objects.filter(pk=merchant_id).exclude(next_step=step, next_step_at=at)
    if moved.update(next_step=step, next_step_at=at):
        transaction.on_commit(forget)


def set_limits(*, merchant_id: UUID, limits: Mapping[str, object]) -> None:
    """Write a plan's limits and features into the merchant's record, where the store reads them; null: no limit."""
    Merchant.objects.filter(pk=merchant_id).update(limits=dict(limits))
