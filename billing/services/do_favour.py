"""A discount on a merchant's next invoice: asked for by one operator, approved by another, taken off once."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.drafts import DraftLine
from billing.line_discounts import Discount
from billing.models.agreements import BillingAccount
from billing.models.favours import Favour, FavourOn
from billing.models.invoices import Invoice, LineKind
from billing.services.grant_promo import NotWaiting, SamePerson
from control.audit.services import record_act
from kit.errors import Kind, Refused
from kit.money import PPM


class FavourRefused(Refused):
    """Neither a share nor a sum, or both, or without a reason."""

    code, kind, sentence = (
        "favour_refused",
        Kind.INVALID,
        _("请填写 1–100 的减免比例或大于 0 的减免金额，二选一，并写明原因。"),
    )


def request_favour(
    *,
    merchant_id: UUID,
    on: FavourOn,
    percent_ppm: int | None,
    amount_minor: int | None,
    reason: str,
    key: UUID,
    by: str,
    now: datetime,
) -> Favour:
    """Ask for a discount on a merchant's next invoice; it counts once another operator approves. The key asks once.

    :raises FavourRefused:
    """
    is_share = percent_ppm is not None and 0 < percent_ppm <= PPM and amount_minor is None
    is_sum = amount_minor is not None and amount_minor > 0 and percent_ppm is None
    if not reason.strip() or not (is_share or is_sum):
        raise FavourRefused
    with transaction.atomic(durable=True):
        payer = BillingAccount.objects.select_for_update().get(merchant_id=merchant_id)
        if known := Favour.objects.filter(key=key, billing_account=payer).first():
            return known
        favour = Favour.objects.create(
            billing_account=payer,
            on=on,
            percent_ppm=percent_ppm,
            amount_minor=amount_minor,
            currency=payer.currency,
            reason=reason.strip()[:200],
            key=key,
            requested_by=by,
            requested_at=now,
        )
        _remember("favour.asked", favour, by, now)
        return favour


def approve_favour(*, favour_id: UUID, by: str, now: datetime) -> Favour:
    """Approve what another operator asked for: the next invoice with such lines is less.

    :raises NotWaiting, SamePerson:
    """
    with transaction.atomic(durable=True):
        favour = _waiting(favour_id)
        if favour.requested_by == by:
            raise SamePerson
        favour.approved_by, favour.approved_at = by, now
        favour.save(update_fields=["approved_by", "approved_at"])
        _remember("favour.approved", favour, by, now)
        return favour


def withdraw_favour(*, favour_id: UUID, by: str, now: datetime) -> Favour:
    """Take a wish back before it is approved. :raises NotWaiting:"""
    with transaction.atomic(durable=True):
        favour = _waiting(favour_id)
        favour.withdrawn_at = now
        favour.save(update_fields=["withdrawn_at"])
        _remember("favour.withdrawn", favour, by, now)
        return favour


def favours_for(*, billing_account: BillingAccount, drafts: Sequence[DraftLine], at: datetime) -> list[Favour]:
    """Hold the favours that an invoice of these lines takes, in the caller's transaction, the oldest first.

    Those approved by the invoice's own instant count, so that a late clock takes the same.
    """
    kinds = {draft.kind.value for draft in drafts if draft.gross_minor > 0}
    open_ones = Favour.objects.select_for_update().filter(
        billing_account=billing_account, invoice=None, withdrawn_at=None, approved_at__lte=at, on__in=kinds
    )
    return list(open_ones.order_by("approved_at", "id"))


def discounts_of(favours: Sequence[Favour]) -> list[Discount]:
    """Put favours into the words of the invoice."""
    return [
        Discount(ppm=each.percent_ppm, amount_minor=each.amount_minor, kinds=frozenset({LineKind(each.on)}))
        for each in favours
    ]


def note_taken(*, favours: Sequence[Favour], invoice: Invoice) -> None:
    """Write down which invoice took the favours, in the caller's transaction."""
    Favour.objects.filter(pk__in=[each.pk for each in favours]).update(invoice=invoice)


def _waiting(favour_id: UUID) -> Favour:
    favour = (
        Favour.objects.select_for_update(of=("self",)).select_related("billing_account").filter(pk=favour_id).first()
    )
    if favour is None or not favour.is_waiting:
        raise NotWaiting
    return favour


def _remember(what: str, favour: Favour, by: str, now: datetime) -> None:
    record_act(
        what=what,
        actor=by,
        now=now,
        merchant_id=favour.billing_account.merchant_id,
        reason=favour.reason,
        on=favour.on,
        percent_ppm=favour.percent_ppm or 0,
        amount_minor=favour.amount_minor or 0,
        currency=favour.currency,
    )
