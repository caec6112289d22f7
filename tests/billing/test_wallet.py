"""The wallet: given money first, never below nothing, and in the books to the fen."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from billing.models.collection import ChargeAttempt
from billing.models.invoices import InvoiceState
from billing.models.ledger import Book
from billing.models.wallet import TopUp, TopUpMethod, TopUpState, Wallet, WalletLot, WalletUse
from billing.services.charge_top_up import look_after_top_ups
from billing.services.grant_promo import (
    GrantRefused,
    NotWaiting,
    SamePerson,
    approve_grant,
    grant_promo,
    withdraw_grant,
)
from billing.services.keep_wallets import expire_lots, fill_wallets
from billing.services.open_top_up import KeyTaken, TopUpCardMissing, TopUpOutOfRange, open_top_up
from billing.services.set_wallet_rules import HalfARule, set_wallet_rules
from billing.services.settle_top_up import TopUpMismatch, fail_top_up, settle_top_up
from control.post.models import Letter
from kit.ids import new_id
from kit.tenancy import in_control
from tests.billing.documents import CHECKER, MAKER, Desk, in_story
from tests.billing.world import PAYS_NEVER, World


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def rules(desk: Desk, below: int | None, amount: int | None, alert: int | None = None) -> Wallet:
    with in_control():
        return set_wallet_rules(
            merchant_id=desk.world.store.merchant_id,
            auto_below_minor=below,
            auto_amount_minor=amount,
            alert_below_minor=alert,
            actor="boss@acme.test",
            now=desk.world.now,
        )


def letters() -> list[str]:
    with in_control():
        return list(Letter.objects.filter(channel="email").order_by("sent_at").values_list("subject", flat=True))


class TestSpending:
    def test_given_money_goes_first_the_nearest_end_before_the_later(self, desk: Desk) -> None:
        desk.top_up(5_000)
        desk.grant(3_000, days=60)
        desk.grant(2_000, days=10)

        invoice = desk.invoice(4_000)

        assert (invoice.state, invoice.due_minor, invoice.paid_minor) == (InvoiceState.PAID, 0, 4_000)
        assert desk.lots() == [("paid", 5_000), ("promo", 1_000), ("promo", 0)]
        assert desk.world.balance(Book.WALLET_PROMO) == -1_000
        assert desk.broken() == []

    def test_credit_of_fees_comes_between_given_and_paid_in(self, desk: Desk) -> None:
        desk.invoice(-200)  # a month that gave back more fees than it charged
        desk.grant(100)
        desk.top_up(1_000)

        invoice = desk.invoice(1_000, boundary=desk.world.now + timedelta(hours=1))

        assert (invoice.paid_minor, invoice.credited_minor, invoice.due_minor) == (800, 200, 0)
        assert desk.lots() == [("promo", 0), ("paid", 300)]
        assert desk.broken() == []

    def test_what_is_missing_stays_open_and_the_next_money_pays_it(self, desk: Desk) -> None:
        desk.top_up(1_000)
        invoice = desk.invoice(3_000)
        assert (invoice.state, invoice.due_minor) == (InvoiceState.OPEN, 2_000)

        desk.top_up(5_000)

        assert desk.again(invoice).state == InvoiceState.PAID
        assert desk.lots() == [("paid", 0), ("paid", 3_000)]
        assert desk.broken() == []

    def test_an_invoice_whose_card_is_being_charged_is_left_alone(self, world: World, desk: Desk) -> None:
        world.save_card()
        world.choose("starter")

        desk.top_up(50_000)
        assert desk.lots() == [("paid", 50_000)]

        world.hear()
        assert world.invoices()[0].paid_minor == 29_800
        assert desk.broken() == []

    def test_a_chosen_plan_is_paid_without_asking_the_card(self, world: World, desk: Desk) -> None:
        world.save_card()
        desk.top_up(30_000)

        world.choose("starter", due=0)

        assert world.invoices()[0].state == InvoiceState.PAID
        with in_control():
            assert ChargeAttempt.objects.count() == 0

    def test_a_lot_that_ended_before_the_boundary_does_not_count_however_late_the_clock(self, desk: Desk) -> None:
        desk.grant(1_000, days=1)
        boundary = desk.world.now + timedelta(days=1)

        assert desk.invoice(500, boundary=boundary).paid_minor == 0
        assert desk.invoice(500, boundary=boundary - timedelta(seconds=1)).paid_minor == 500

    def test_below_nothing_is_refused_by_the_database(self, desk: Desk) -> None:
        desk.top_up(1_000)
        with in_control(), pytest.raises(IntegrityError, match="lot_not_overdrawn"), transaction.atomic():
            WalletLot.objects.update(remaining_minor=-1)


class TestTopUps:
    def test_by_card_counts_when_the_card_company_says_so(self, world: World, desk: Desk) -> None:
        world.save_card()
        top_up = desk.top_up(10_000, method=TopUpMethod.CARD)
        assert (top_up.state, desk.lots()) == (TopUpState.PENDING, [])

        world.hear()

        assert desk.again(top_up).state == TopUpState.SETTLED
        assert desk.lots() == [("paid", 10_000)]
        assert world.balance(Book.CLEARING_STRIPE) == 10_000
        assert desk.broken() == []

    def test_told_twice_and_late_counts_once(self, world: World, desk: Desk) -> None:
        world.save_card()
        top_up = desk.top_up(10_000, method=TopUpMethod.CARD)
        letters_sent = world.letters()
        for letter in [*letters_sent, *letters_sent]:
            assert world.deliver(letter) == 200
        with in_control(), in_story():
            fail_top_up(top_up_id=top_up.pk, failure_code="expired_card", gateway_ref="pi_late", now=world.now)

        assert desk.again(top_up).state == TopUpState.SETTLED
        assert desk.lots() == [("paid", 10_000)]

    def test_forgotten_ones_are_asked_about(self, world: World, desk: Desk) -> None:
        world.save_card()
        desk.top_up(10_000, method=TopUpMethod.CARD)
        world.move(world.now + timedelta(minutes=1))

        with in_control():
            assert look_after_top_ups(now=world.now) == 1

        assert desk.lots() == [("paid", 10_000)]

    def test_a_declined_card_puts_nothing_in(self, world: World, desk: Desk) -> None:
        world.save_card(PAYS_NEVER)

        top_up = desk.top_up(10_000, method=TopUpMethod.CARD)

        assert (top_up.state, desk.lots()) == (TopUpState.FAILED, [])
        assert desk.broken() == []

    def test_money_after_a_no_is_money(self, desk: Desk) -> None:
        top_up = desk.top_up(10_000, settle=False)
        with in_control(), in_story():
            fail_top_up(top_up_id=top_up.pk, failure_code="", gateway_ref="", now=desk.world.now)

        desk.settle(top_up)

        assert desk.lots() == [("paid", 10_000)]

    def test_another_amount_than_asked_for_waits_for_a_person(self, desk: Desk) -> None:
        top_up = desk.top_up(10_000, settle=False)

        with in_control(), pytest.raises(TopUpMismatch), in_story():
            settle_top_up(
                top_up_id=top_up.pk,
                gateway_ref="x",
                amount_minor=9_999,
                currency="CNY",
                at=desk.world.now,
                now=desk.world.now,
            )
        assert desk.lots() == []

    @pytest.mark.parametrize("amount", [-1, 0, 999, 20_000_001])
    def test_of_an_odd_size_are_refused(self, desk: Desk, amount: int) -> None:
        with pytest.raises(TopUpOutOfRange):
            desk.top_up(amount)

    def test_a_double_click_opens_one(self, desk: Desk) -> None:
        key = new_id()

        first, second = open_one(desk, key), open_one(desk, key)

        assert first.pk == second.pk
        with pytest.raises(KeyTaken):
            open_one(desk, key, amount=20_000)

    def test_by_card_need_a_card(self, desk: Desk) -> None:
        with pytest.raises(TopUpCardMissing):
            desk.top_up(10_000, method=TopUpMethod.CARD)

    def test_settled_is_held_by_the_database(self, desk: Desk) -> None:
        desk.top_up(10_000)
        with in_control(), pytest.raises(IntegrityError, match="is settled"), transaction.atomic():
            TopUp.objects.update(state=TopUpState.FAILED)


def open_one(desk: Desk, key: UUID, amount: int = 10_000) -> TopUp:
    with in_control():
        return open_top_up(
            merchant_id=desk.world.store.merchant_id,
            amount_minor=amount,
            method=TopUpMethod.BANK,
            key=key,
            actor="boss@acme.test",
            now=desk.world.now,
        )


class TestAutomaticTopUp:
    def test_fills_below_the_threshold_once(self, world: World, desk: Desk) -> None:
        world.save_card()
        rules(desk, 5_000, 20_000)

        with in_control():
            assert [fill_wallets(now=world.now), fill_wallets(now=world.now)] == [1, 0]
        world.hear()
        with in_control():
            assert fill_wallets(now=world.now) == 0

        assert desk.lots() == [("paid", 20_000)]

    def test_rests_after_a_no_and_says_so(
        self, world: World, desk: Desk, django_capture_on_commit_callbacks: object
    ) -> None:
        world.save_card(PAYS_NEVER)
        rules(desk, 5_000, 20_000)

        with world.committing(execute=True), in_control():
            fill_wallets(now=world.now)
        assert letters() == ["自动充值没有成功"]
        with in_control():
            assert fill_wallets(now=world.now + timedelta(hours=23)) == 0
            assert fill_wallets(now=world.now + timedelta(days=1)) in (0, 1)

    def test_needs_a_card_and_both_numbers(self, world: World, desk: Desk) -> None:
        with pytest.raises(TopUpCardMissing):
            rules(desk, 5_000, 20_000)
        world.save_card()
        with pytest.raises(HalfARule):
            rules(desk, 5_000, None)
        with pytest.raises(HalfARule):
            rules(desk, -1, 20_000)
        with pytest.raises(TopUpOutOfRange):
            rules(desk, 5_000, 1)


class TestLowBalance:
    def test_is_told_once_a_low(self, world: World, desk: Desk) -> None:
        with world.committing(execute=True):
            rules(desk, None, None, alert=2_000)
            assert letters() == []
        assert letters() == ["钱包余额不足"]
        with world.committing(execute=True):
            desk.top_up(3_000)
            desk.invoice(1_500)
            desk.invoice(500, boundary=world.now + timedelta(hours=1))

        assert letters() == ["钱包余额不足"] * 2


class TestPromo:
    def test_large_gifts_need_a_second_person(self, desk: Desk) -> None:
        grant = desk.grant(50_001)
        assert desk.lots() == []
        with in_control(), pytest.raises(SamePerson):
            approve_grant(grant_id=grant.pk, by=MAKER, now=desk.world.now)

        with in_control():
            approve_grant(grant_id=grant.pk, by=CHECKER, now=desk.world.now)
            with pytest.raises(NotWaiting):
                approve_grant(grant_id=grant.pk, by=CHECKER, now=desk.world.now)

        assert desk.lots() == [("promo", 50_001)]
        assert desk.broken() == []

    def test_may_be_taken_back_before_it_is_approved(self, desk: Desk) -> None:
        grant = desk.grant(50_001)
        with in_control():
            withdraw_grant(grant_id=grant.pk, by=MAKER, now=desk.world.now)
            with pytest.raises(NotWaiting):
                approve_grant(grant_id=grant.pk, by=CHECKER, now=desk.world.now)

    def test_a_double_click_gives_once(self, desk: Desk) -> None:
        key = new_id()
        desk.grant(1_000, key=key)
        desk.grant(1_000, key=key)

        assert desk.lots() == [("promo", 1_000)]

    def test_ends_when_it_says_and_leaves_the_books(self, desk: Desk) -> None:
        desk.grant(1_000, days=1)
        desk.invoice(400)
        with in_control():
            assert expire_lots(now=desk.world.now + timedelta(hours=23)) == 0
            assert expire_lots(now=desk.world.now + timedelta(days=1)) == 1
            assert expire_lots(now=desk.world.now + timedelta(days=1)) == 0

        assert desk.lots() == [("promo", 0)]
        assert (desk.world.balance(Book.WALLET_PROMO), desk.world.balance(Book.DISCOUNT)) == (0, 400)
        assert desk.broken() == []

    @pytest.mark.parametrize("amount", [-1, 0, 5_000_001])
    def test_of_an_odd_size_are_refused(self, desk: Desk, amount: int) -> None:
        with pytest.raises(GrantRefused):
            desk.grant(amount)

    def test_without_reason_or_in_the_past_are_refused(self, desk: Desk) -> None:
        wish: dict[str, Any] = {
            "merchant_id": desk.world.store.merchant_id,
            "amount_minor": 1,
            "key": new_id(),
            "by": MAKER,
        }
        with in_control(), pytest.raises(GrantRefused):
            grant_promo(expires_at=None, reason=" ", now=desk.world.now, **wish)
        with in_control(), pytest.raises(GrantRefused):
            grant_promo(expires_at=desk.world.now, reason="x", now=desk.world.now, **wish)


def test_uses_are_only_ever_added(desk: Desk) -> None:
    desk.top_up(1_000)
    desk.invoice(400)
    with in_control(), pytest.raises(Exception, match="only ever added"), transaction.atomic():
        WalletUse.objects.update(amount_minor=1)
