"""Where rules meet: the first and the last day, another clock on the wall, money a bank holds."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from billing.books import check
from billing.models.agreements import BillingAccount, SavedCard
from billing.models.collection import AttemptState, ChargeAttempt
from billing.models.credits import Destination
from billing.models.invoices import Invoice
from billing.models.metering import RatedFee
from billing.services.match_transfer import match_transfer
from billing.services.note_charge import ChargeNews, note_charge
from billing.services.request_fapiao import NothingToInvoice
from billing.services.submit_transfer import submit_transfer
from billing.services.void_invoice import void_invoice
from kit.tenancy import StoreRef, in_control
from tests.billing.acting import act, lines_of, reprice
from tests.billing.documents import Desk, in_story
from tests.billing.family import Family, family_of_two, sections, waiting
from tests.billing.world import PAYS_NEVER, World, at


def broken(world: World) -> list[str]:
    return [f"{one.invariant} {one.sentence}" for one in check(world.now) if one.invariant != "B7"]


class TestAPartnerLeaves:
    @pytest.fixture
    def family(self, world: World, rival: StoreRef) -> Family:
        return family_of_two(world, rival, reprice)

    def test_on_the_last_day_of_its_month(self, family: Family) -> None:
        link = family.link(date(2026, 12, 1))
        family.live(at("2026-12-02 00:30"))
        family.end(link, date(2026, 12, 19))
        family.partner.order_paid(1_000_000, at("2026-12-19 23:59"))
        family.partner.order_paid(1_000_000, at("2026-12-20 00:00"))

        family.live(at("2026-12-20 00:30"))

        partner = family.partner.subscription().billing_account
        assert sections(family.hq.invoices()[-1])[partner.pk] == [("subscription", 18_873), ("fee", 2_000)]
        assert sections(family.partner.invoices()[-1]) == {None: [("subscription", 29_800)]}
        assert (waiting(), family.findings()) == ([], [])

    def test_on_the_first_day_of_its_month(self, family: Family) -> None:
        link = family.link(date(2026, 12, 1))
        family.live(at("2026-12-20 00:30"))
        family.end(link, date(2026, 12, 20))

        family.live(at("2026-12-21 00:30"))

        # one of thirty-one days was headquarters': R(29,800/31 = 961.29)
        assert waiting() == [("unused", -28_839)]
        assert sections(family.partner.invoices()[-1]) == {None: [("subscription", 28_839)]}
        assert family.findings() == []

    def test_and_is_paid_for_again_the_same_day(self, family: Family) -> None:
        link = family.link(date(2026, 12, 1))
        family.live(at("2026-12-02 00:30"))
        family.end(link, date(2026, 12, 5))
        family.link(date(2026, 12, 6))

        family.live(at("2026-12-20 00:30"))

        partner = family.partner.subscription().billing_account
        assert sections(family.hq.invoices()[-1])[partner.pk] == [("subscription", 18_873), ("subscription", 29_800)]
        assert family.findings() == []


class TestAnotherClockOnTheWall:
    def test_months_end_at_its_own_midnight_before_and_after_the_clocks_change(self, world: World) -> None:
        reprice("starter", 31_000, tiers=[[None, 6_000]])
        with in_control():
            BillingAccount.objects.update(timezone="America/New_York")
        world.save_card()
        world.choose("starter")  # the 20th of November there as well
        world.hear()
        for moment, amount in (
            (datetime(2026, 12, 20, 4, 59, 59, tzinfo=UTC), 50_000),
            (datetime(2026, 12, 20, 5, 0, tzinfo=UTC), 70_000),
            (datetime(2027, 3, 20, 3, 59, 59, tzinfo=UTC), 90_000),
            (datetime(2027, 3, 20, 4, 0, tzinfo=UTC), 110_000),
        ):
            world.order_paid(amount, moment)
        fees: list[Any] = []
        for moment in (
            datetime(2026, 12, 20, 5, 1, tzinfo=UTC), datetime(2027, 2, 20, 5, 1, tzinfo=UTC),
            datetime(2027, 3, 20, 4, 1, tzinfo=UTC), datetime(2027, 4, 20, 4, 1, tzinfo=UTC),
        ):  # fmt: skip
            world.move(moment)
            world.run()
            world.hear()
            fees = [
                (invoice.issued_at, line.gross_minor)
                for invoice in world.invoices()
                for line in invoice.lines.all()
                if line.kind == "fee"
            ]
        assert fees == [
            (datetime(2026, 12, 20, 5, tzinfo=UTC), 300),
            (datetime(2027, 1, 20, 5, tzinfo=UTC), 420),
            (datetime(2027, 3, 20, 4, tzinfo=UTC), 540),
            (datetime(2027, 4, 20, 4, tzinfo=UTC), 660),
        ]
        world.move(datetime(2027, 4, 25, 3, 59, tzinfo=UTC))  # the evening of the 24th: four of thirty days

        assert lines_of(act(world, "cancel_now"))[0] == ("unused", -26_867)  # R(31,000 x 4/30 = 4,133.33)
        with in_control():
            assert RatedFee.objects.count() == 4
        assert broken(world) == []


class TestMoneyABankHolds:
    @pytest.fixture
    def disputed(self, world: World) -> World:
        reprice("starter", 30_000)
        world.save_card()
        world.choose("starter")
        world.hear()
        with in_control():
            ref = world.invoices()[-1].attempts.get().gateway_ref
        self.told = world.fake.pull("disputes", payment_intent=ref)
        world.hear()
        return world

    def test_is_no_credit_when_the_plan_ends(self, disputed: World) -> None:
        change = act(disputed, "cancel_now")

        assert lines_of(change) == [("unused", 0)]
        assert disputed.balance("merchant_credit") == 0
        assert broken(disputed) == []

    def test_comes_back_as_credit_once_it_was_won(self, disputed: World) -> None:
        disputed.fake.pull("disputes/end", dispute=self.told["id"], outcome="win")
        disputed.hear()

        assert lines_of(act(disputed, "cancel_now")) == [("unused", -30_000), ("to_credit", 30_000)]

    def test_stands_on_no_tax_invoice_until_it_was_won(self, disputed: World) -> None:
        desk = Desk(disputed)
        with pytest.raises(NothingToInvoice):
            desk.ask_fapiao(disputed.invoices()[-1])

        disputed.fake.pull("disputes/end", dispute=self.told["id"], outcome="win")
        disputed.hear()

        assert desk.ask_fapiao(disputed.invoices()[-1]).amount_minor == 30_000


class TestNobodyOwesUsWhileWeHoldTheirMoney:
    """Whatever gives an account money pays what is open, and the account is judged anew."""

    @pytest.fixture
    def owing(self, world: World) -> Desk:
        """5,000 open and overdue."""
        world.save_card(PAYS_NEVER)
        world.hear()
        desk = Desk(world)
        desk.invoice(5_000)
        world.run()
        world.hear()
        return desk

    def open_due(self, desk: Desk) -> list[int]:
        return [invoice.due_minor for invoice in desk.world.invoices() if invoice.state == "open"]

    def test_a_month_below_nothing(self, world: World) -> None:
        reprice("starter", 30_000, interval="year", tiers=[[None, 10_000]])
        world.save_card()
        world.choose("starter", "year")
        world.hear()
        order = world.order_paid(200_000, at("2026-12-01 10:00"))
        world.save_card(PAYS_NEVER)
        world.hear()
        world.move(at("2026-12-20 00:05"))
        world.run()
        world.hear()
        desk = Desk(world)
        assert (self.open_due(desk), world.subscription().state) == ([2_000], "past_due")
        world.order_refunded(order, 150_000, at("2026-12-21 10:00"))

        world.move(at("2027-01-20 00:05"))
        world.run()
        assert (self.open_due(desk), world.balance("merchant_credit")) == ([500], 0)

        desk.top_up(1_000)
        assert (self.open_due(desk), world.subscription().state) == ([], "active")
        assert broken(world) == []

    def test_a_credit_note_into_the_wallet(self, owing: Desk) -> None:
        owing.top_up(9_000)  # pays what is open
        paid = owing.invoice(4_000, boundary=owing.world.now + timedelta(seconds=1))
        owing.invoice(6_000, boundary=owing.world.now + timedelta(seconds=2))

        owing.credit(paid, {0: 3_000}, Destination.CREDIT)

        assert self.open_due(owing) == [3_000]
        assert sum(left for _kind, left in owing.lots()) == 0
        assert owing.broken() == []

    def test_a_top_up_that_came_while_the_card_was_asked(self, owing: Desk) -> None:
        world = owing.world
        attempt = self.asked(owing)
        owing.top_up(6_000)
        assert self.open_due(owing) == [5_000]  # the card is being charged for the whole

        self.told(owing, attempt, AttemptState.FAILED)

        assert self.open_due(owing) == []
        assert sum(left for _kind, left in owing.lots()) == 1_000
        assert world.subscription().state == "trialing"
        assert owing.broken() == []

    def test_money_of_a_charge_for_what_is_void_meanwhile(self, owing: Desk) -> None:
        other = owing.invoice(7_000, boundary=owing.world.now + timedelta(seconds=1))
        attempt = self.asked(owing, other)
        with in_control(), in_story():
            void_invoice(invoice=owing.again(other), now=owing.world.now)

        self.told(owing, attempt, AttemptState.SUCCEEDED)

        assert self.open_due(owing) == []
        assert owing.world.balance("merchant_credit") == -2_000
        assert owing.world.balance("ar") == 0

    def test_what_is_left_of_a_bank_transfer(self, owing: Desk) -> None:
        world = owing.world
        transfer = submit_transfer(
            store=world.store, amount_minor=5_700, reference="1", paid_on=world.now.date(), proof=b"%PDF-1", by="x",
            now=world.now,
        )  # fmt: skip
        with in_control():
            match_transfer(transfer_id=transfer.pk, parts={}, by="ops@x", now=world.now)

        assert self.open_due(owing) == []
        assert world.balance("merchant_credit") == -700
        assert owing.broken() == []

    def asked(self, desk: Desk, invoice: Invoice | None = None) -> ChargeAttempt:
        """A charge whose end is not known yet."""
        with in_control():
            of = invoice or Invoice.objects.get(state="open")
            card = SavedCard.objects.get(replaced_at=None)
            return ChargeAttempt.objects.create(
                invoice=of, card=card, number=9, key=f"inv:{of.pk}:attempt:9", amount_minor=of.due_minor,
                currency="CNY", state=AttemptState.PROCESSING, gateway_ref="pi_9", created_at=desk.world.now,
            )  # fmt: skip

    def told(self, desk: Desk, attempt: ChargeAttempt, state: AttemptState) -> None:
        news = ChargeNews(state, "pi_9", attempt.amount_minor, "CNY", desk.world.now, failure_code="card_declined")
        with in_control(), in_story():
            note_charge(attempt_id=attempt.pk, news=news, now=desk.world.now)
