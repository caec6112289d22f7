"""A card was typed in on the card company's page: from now on it is the one we charge."""

from datetime import datetime

from django.db import transaction

from billing.models.agreements import CardSetup, SavedCard
from billing.models.invoices import Invoice, InvoiceState
from billing.services.collect_invoice import collect_invoice
from control.audit.services import record_act
from kit.gateway.cards import SavedCard as ReadCard
from kit.gateway.cards import read_card_setup


def save_card(*, setup_ref: str, now: datetime) -> SavedCard | None:
    """Keep the card of a visit, and charge what is overdue to it; None when there is no card, or no such visit of ours.

    Called when the merchant returns and when the webhook tells, in either order and any number of times. Only the
    card company's own answer is believed, and only for the payer who opened the visit.

    :raises GatewayUnknown: no answer; call again.
    """
    visit = CardSetup.objects.select_related("billing_account").filter(gateway_ref=setup_ref).first()
    if visit is None:
        return None
    read = read_card_setup(setup_id=setup_ref)
    if read is None or read.customer_ref != visit.billing_account.gateway_ref:
        return None
    card, is_new = _keep(visit, read, now)
    if is_new:
        overdue = Invoice.objects.filter(billing_account=visit.billing_account, state=InvoiceState.OPEN)
        for invoice_id in overdue.order_by("issued_at").values_list("pk", flat=True):
            collect_invoice(invoice_id=invoice_id, now=now)
    return card


def _keep(visit: CardSetup, read: ReadCard, now: datetime) -> tuple[SavedCard, bool]:
    with transaction.atomic(durable=True):
        # The payer's row is the lock: two visits that end at once take turns
        billing_account = visit.billing_account
        type(billing_account).objects.select_for_update().get(pk=billing_account.pk)
        if known := SavedCard.objects.filter(gateway_ref=read.payment_method_ref).first():
            return known, False
        SavedCard.objects.filter(billing_account=billing_account, replaced_at=None).update(replaced_at=now)
        card = SavedCard.objects.create(
            billing_account=billing_account,
            gateway_ref=read.payment_method_ref,
            brand=read.brand,
            last4=read.last4,
            exp_month=read.exp_month,
            exp_year=read.exp_year,
            added_at=now,
        )
        CardSetup.objects.filter(pk=visit.pk).update(done_at=now)
        record_act(
            what="card.saved",
            actor="billing",
            now=now,
            merchant_id=billing_account.merchant_id,
            card=str(card),
        )
        return card, True
