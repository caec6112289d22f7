"""A credit note takes back what a 发票 was made out for: the 发票 must follow."""

from datetime import datetime

from django.utils.translation import gettext as _

from billing.invoiceable import cash_kept, covered
from billing.models.credits import CreditNote
from billing.models.fapiao import Fapiao, FapiaoShare, FapiaoState, RedLetter
from billing.services.spend_wallet import locked_wallet


def need_red_letters(*, credit_note: CreditNote, now: datetime) -> None:
    """Lower the 发票 of an invoice to what is still paid for it, in the caller's transaction.

    A request that waits is simply made smaller (or falls away); one that was issued is marked for 红冲, for the
    operator to do at the tax office. The latest gives way first.
    """
    invoice = credit_note.invoice
    locked_wallet(billing_account=invoice.billing_account)
    over = covered([invoice.pk]).get(invoice.pk, 0) - cash_kept([invoice])[invoice.pk]
    shares = FapiaoShare.objects.filter(invoice=invoice, fapiao__state__in=[FapiaoState.REQUESTED, FapiaoState.ISSUED])
    ordered = sorted(
        shares.select_related("fapiao"),
        key=lambda share: (share.fapiao.state != FapiaoState.REQUESTED, -share.fapiao.requested_at.timestamp()),
    )
    for share in ordered:
        part = min(over, share.amount_minor - share.reversed_minor)
        if part <= 0:
            continue
        over -= part
        if share.fapiao.state == FapiaoState.REQUESTED:
            _shrink(share, part, now)
        else:
            share.reversed_minor += part
            share.save(update_fields=["reversed_minor"])
            RedLetter.objects.create(fapiao=share.fapiao, credit_note=credit_note, amount_minor=part, needed_at=now)


def _shrink(share: FapiaoShare, part: int, now: datetime) -> None:
    fapiao: Fapiao = share.fapiao
    left = fapiao.amount_minor - part
    if not left:
        fapiao.state, fapiao.closed_at = FapiaoState.WITHDRAWN, now
        fapiao.closed_because = _("账单已全部退款，不用再开票。")
        fapiao.save(update_fields=["state", "closed_at", "closed_because"])
        return
    fapiao.amount_minor = left
    fapiao.save(update_fields=["amount_minor"])
    if share.amount_minor == part:
        share.delete()
    else:
        share.amount_minor -= part
        share.save(update_fields=["amount_minor"])
