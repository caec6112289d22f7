"""An invoice, a charge under way, and Stripe's words about it, without Stripe: what orders and repeats are tried on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Sum

from billing.drafts import DraftLine
from billing.models.agreements import BillingAccount, SavedCard
from billing.models.collection import AttemptState, ChargeAttempt
from billing.models.invoices import Invoice, LineKind
from billing.models.ledger import LedgerEntry, LedgerTransaction
from billing.models.reversals import CardRefund, Dispute
from billing.services.issue_invoice import issue_invoice
from billing.services.settle_invoice import settle_invoice
from control.inbox.models import EventState, OutsideEvent
from control.inbox.services import accept_event
from kit.ids import new_id
from kit.tenancy import in_control
from tests.billing.world import World

KEY, INTENT = "inv:till:attempt:1", "pi_till"


@dataclass
class Till:
    """One charge of ``amount`` under way, and the inbox."""

    world: World
    attempt: ChargeAttempt

    @classmethod
    def open(cls, world: World, *, amount: int, currency: str = "CNY") -> "Till":
        with in_control():
            payer = BillingAccount.objects.get(merchant_id=world.store.merchant_id)
            BillingAccount.objects.filter(pk=payer.pk).update(currency=currency)
            payer.refresh_from_db()
            card = SavedCard.objects.create(
                billing_account=payer, gateway_ref=f"pm_{new_id()}", brand="visa", last4="4242", exp_month=12,
                exp_year=2034, added_at=world.now,
            )  # fmt: skip
            line = DraftLine(
                kind=LineKind.SUBSCRIPTION, source=f"till:{new_id()}", phase=None, service_starts_at=world.now,
                service_ends_at=world.now, quantity=1, gross_minor=amount, tax_ppm=60_000, tax_inclusive=True,
            )  # fmt: skip
            invoice = issue_invoice(billing_account=payer, boundary=world.now, issued_at=world.now, drafts=[line])
            attempt = ChargeAttempt.objects.create(
                invoice=invoice, card=card, number=1, key=KEY, amount_minor=amount, currency=currency,
                state=AttemptState.PROCESSING, gateway_ref=INTENT, created_at=world.now,
            )  # fmt: skip
        return cls(world, attempt)

    def tell(self, event: dict[str, Any]) -> str:
        """Let one event arrive and be acted on."""
        with in_control():
            stored, _is_new = accept_event(
                provider="stripe", account="platform", event_id=event["id"], kind=event["type"],
                payload={"data": {"object": event["object"]}}, now=self.world.now,
                object_id=event["object"]["id"], occurred_at=datetime.fromtimestamp(event["created"], tz=UTC),
            )  # fmt: skip
            return str(settle_invoice(event_id=stored.pk, now=self.world.now))

    def tell_all(self, events: Iterable[dict[str, Any]]) -> None:
        """Let events arrive in this order; what failed is tried again, as the janitor does."""
        for event in events:
            self.tell(event)
        with in_control():
            for failed in OutsideEvent.objects.filter(state=EventState.FAILED):
                settle_invoice(event_id=failed.pk, now=self.world.now)

    def invoice(self) -> Invoice:
        with in_control():
            return Invoice.objects.get(pk=self.attempt.invoice_id)

    def books(self) -> dict[str, int]:
        """What lies in each book, zeros left out."""
        with in_control():
            rows = LedgerEntry.objects.values_list("ledger_account__book").annotate(total=Sum("amount_minor"))
            return {book: total for book, total in rows.order_by() if total}

    def picture(self) -> dict[str, Any]:
        """Everything that must not depend on the order of the news."""
        with in_control():
            invoice = self.invoice()
            return {
                "invoice": (invoice.state, invoice.paid_minor, invoice.due_minor),
                "attempt": ChargeAttempt.objects.get(pk=self.attempt.pk).state,
                "refunds": sorted(CardRefund.objects.values_list("gateway_ref", "state", "amount_minor")),
                "disputes": sorted(Dispute.objects.values_list("gateway_ref", "state", "withdrawn_minor", "fee_minor")),
                "books": self.books(),
                "transactions": sorted(LedgerTransaction.objects.values_list("what", flat=True)),
                "failed": OutsideEvent.objects.filter(state=EventState.FAILED).count(),
            }


def intent(kind: str, *, amount: int, currency: str, ref: str = "evt", at: int = 20, **more: Any) -> dict[str, Any]:
    told = {"id": INTENT, "amount": amount, "currency": currency.lower(), "metadata": {"linli_key": KEY}, **more}
    return {"id": ref, "type": f"payment_intent.{kind}", "created": 1_790_000_000 + at, "object": told}


def refund(kind: str, *, amount: int, currency: str, status: str, ref: str, at: int = 30) -> dict[str, Any]:
    told = {
        "id": "re_till", "amount": amount, "currency": currency.lower(), "payment_intent": INTENT, "status": status,
        "metadata": {},
    }  # fmt: skip
    return {"id": ref, "type": f"refund.{kind}", "created": 1_790_000_000 + at, "object": told}


def dispute(
    kind: str,
    *,
    amount: int,
    currency: str,
    status: str,
    ref: str,
    fee: int = 0,
    taken: bool = False,
    back: bool = False,
    at: int = 40,
) -> dict[str, Any]:
    moved = [{"amount": -amount, "fee": fee}] if taken else []
    moved += [{"amount": amount, "fee": 0}] if back else []
    told = {
        "id": "dp_till", "amount": amount, "currency": currency.lower(), "payment_intent": INTENT, "status": status,
        "reason": "fraudulent", "created": 1_790_000_040, "balance_transactions": moved,
        "evidence_details": {"due_by": 1_791_000_000},
    }  # fmt: skip
    return {"id": ref, "type": f"charge.dispute.{kind}", "created": 1_790_000_000 + at, "object": told}
