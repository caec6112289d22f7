"""The tests' hands for wallets, credit notes and 发票: everything through stories."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from billing.books import check as check_billing
from billing.books_documents import check as check_documents
from billing.drafts import DraftLine
from billing.models.agreements import BillingAccount
from billing.models.credits import CreditNote, Destination
from billing.models.fapiao import Fapiao, FapiaoTitle, FapiaoType, TitleKind
from billing.models.invoices import Invoice, LineKind
from billing.models.wallet import PromoGrant, TopUp, TopUpMethod, WalletLot
from billing.services.approve_credit import approve_credit
from billing.services.charge_top_up import charge_top_up
from billing.services.grant_promo import grant_promo
from billing.services.issue_fapiao import issue_fapiao
from billing.services.issue_invoice import issue_invoice
from billing.services.keep_titles import add_title
from billing.services.open_top_up import open_top_up
from billing.services.request_credit import request_credit
from billing.services.request_fapiao import request_fapiao
from billing.services.settle_top_up import settle_top_up
from kit.ids import new_id
from kit.tenancy import in_control
from tests.billing.world import World

MAKER, CHECKER = "maker@linli.test", "checker@linli.test"
TAX_NUMBER = "91310000775785552L"  # a real one's form: its check character is right
PDF = b"%PDF-1.7\n%%EOF\n"


@dataclass
class Desk:
    """One world's documents."""

    world: World

    @property
    def payer(self) -> BillingAccount:
        with in_control():
            return BillingAccount.objects.select_related("merchant").get(merchant_id=self.world.store.merchant_id)

    def top_up(self, amount: int, *, method: TopUpMethod = TopUpMethod.BANK, settle: bool = True) -> TopUp:
        """Pay into the wallet by a way that has no network, or open a card's top-up and charge it."""
        with in_control():
            top_up = open_top_up(
                merchant_id=self.world.store.merchant_id,
                amount_minor=amount,
                method=method,
                key=new_id(),
                actor="boss@acme.test",
                now=self.world.now,
            )
            if method == TopUpMethod.CARD:
                return charge_top_up(top_up_id=top_up.pk, now=self.world.now)
        return self.settle(top_up) if settle else top_up

    def settle(self, top_up: TopUp) -> TopUp:
        with in_control(), in_story():
            return settle_top_up(
                top_up_id=top_up.pk,
                gateway_ref=f"bank:{top_up.pk}",
                amount_minor=top_up.amount_minor,
                currency=top_up.currency,
                at=self.world.now,
                now=self.world.now,
            )

    def grant(self, amount: int, *, days: int | None = 30, key: UUID | None = None) -> PromoGrant:
        ends = None if days is None else self.world.now + timedelta(days=days)
        with in_control():
            return grant_promo(
                merchant_id=self.world.store.merchant_id,
                amount_minor=amount,
                expires_at=ends,
                reason="开业礼",
                key=key or new_id(),
                by=MAKER,
                now=self.world.now,
            )

    def lots(self) -> list[tuple[str, int]]:
        with in_control():
            lots = WalletLot.objects.filter(wallet__billing_account__merchant_id=self.world.store.merchant_id)
            return list(lots.order_by("created_at", "id").values_list("kind", "remaining_minor"))

    def invoice(self, *amounts: int, boundary: datetime | None = None, **line: Any) -> Invoice:
        """Issue an invoice over plain lines; nothing is charged."""
        at = boundary or self.world.now
        with in_control(), in_story():
            drafts = [draft(amount, at, **line) for amount in amounts]
            return issue_invoice(billing_account=self.payer, boundary=at, issued_at=at, drafts=drafts)

    def ask_credit(
        self, invoice: Invoice, amounts: Mapping[int, int], where: Destination, *, key: UUID | None = None
    ) -> CreditNote:
        """Ask for a credit note; amounts by the line's position."""
        with in_control():
            lines = {line.position: line.pk for line in invoice.lines.all()}
            return request_credit(
                invoice_id=invoice.pk,
                amounts={lines[position]: amount for position, amount in amounts.items()},
                destination=where,
                reason="服务中断两天",
                key=key or new_id(),
                by=MAKER,
                now=self.world.now,
            )

    def approve(self, note: CreditNote, *, by: str = CHECKER) -> CreditNote:
        with in_control():
            return approve_credit(credit_note_id=note.pk, by=by, now=self.world.now)

    def credit(self, invoice: Invoice, amounts: Mapping[int, int], where: Destination) -> CreditNote:
        return self.approve(self.ask_credit(invoice, amounts, where))

    def title(self, **given: Any) -> FapiaoTitle:
        fields = {
            "kind": TitleKind.COMPANY,
            "name": "绿家生鲜（上海）有限公司",
            "tax_number": TAX_NUMBER,
            "actor": "boss@acme.test",
            "now": self.world.now,
        }
        with in_control():
            return add_title(merchant_id=self.world.store.merchant_id, **{**fields, **given})

    def ask_fapiao(self, *invoices: Invoice, type: FapiaoType = FapiaoType.NORMAL, key: UUID | None = None) -> Fapiao:
        title = self.title()
        with in_control():
            return request_fapiao(
                merchant_id=self.world.store.merchant_id,
                title_id=title.pk,
                type=type,
                invoice_ids=[invoice.pk for invoice in invoices],
                email="boss@acme.test",
                key=key or new_id(),
                by="boss@acme.test",
                now=self.world.now,
            )

    def issue_fapiao(self, asked: Fapiao, number: str = "26312000000000000001") -> Fapiao:
        with in_control():
            return issue_fapiao(fapiao_id=asked.pk, number=number, paper=PDF, by=MAKER, now=self.world.now)

    def again(self, row: Any) -> Any:
        with in_control():
            return type(row).objects.get(pk=row.pk)

    def broken(self) -> list[str]:
        return [f"{one.invariant} {one.sentence}" for one in self.findings()]

    def findings(self) -> list[Any]:
        return [*check_billing(self.world.now), *check_documents(self.world.now)]


def draft(amount: int, at: datetime, **given: Any) -> DraftLine:
    """One line that bills nothing in particular."""
    fields: dict[str, Any] = {
        "kind": LineKind.SUBSCRIPTION,
        "source": f"test:{new_id()}",
        "phase": None,
        "service_starts_at": at,
        "service_ends_at": at,
        "quantity": 1,
        "gross_minor": amount,
        "tax_ppm": 60_000,
        "tax_inclusive": True,
    }
    return DraftLine(**{**fields, **given})


def in_story() -> Any:
    """Open the transaction that a story expects of its caller."""
    return transaction.atomic()
