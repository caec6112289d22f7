"""Sending a merchant to the card company's page, where a card is typed in. We never see its number."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.models.agreements import BillingAccount, CardSetup
from kit.gateway.cards import ensure_customer, open_card_setup
from kit.ids import new_id


def open_card_page(*, merchant_id: UUID, success_url: str, cancel_url: str, now: datetime) -> str:
    """Open a visit to the card company's page and return its address.

    ``{CHECKOUT_SESSION_ID}`` in ``success_url`` becomes the visit's reference, which ``save_card`` takes.

    :raises GatewayUnknown: no answer; nothing was opened that could be used.
    """
    billing_account = BillingAccount.objects.get(merchant_id=merchant_id)
    if billing_account.gateway_ref is None:
        billing_account.gateway_ref = ensure_customer(
            ref=str(billing_account.pk), name=billing_account.legal_name, email=billing_account.email
        )
        BillingAccount.objects.filter(pk=billing_account.pk, gateway_ref=None).update(
            gateway_ref=billing_account.gateway_ref
        )
        billing_account.refresh_from_db(fields=["gateway_ref"])
    visit = new_id()
    page = open_card_setup(
        customer_ref=billing_account.gateway_ref or "",
        success_url=success_url,
        cancel_url=cancel_url,
        key=f"card-setup:{visit}",
    )
    with transaction.atomic(durable=True):
        CardSetup.objects.create(id=visit, billing_account=billing_account, gateway_ref=page.id, opened_at=now)
    return page.url
