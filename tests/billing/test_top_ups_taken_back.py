"""A top-up that a bank, or somebody at Stripe's desk, takes back: the wallet gives what it has, the rest is a debt."""

from datetime import timedelta
from itertools import permutations

import pytest

from billing.models.reversals import TopUpReversal
from billing.models.wallet import TopUp, TopUpMethod, Wallet, WalletLot
from billing.services.keep_wallets import fill_wallets
from billing.services.reconcile import reconcile
from billing.services.set_wallet_rules import set_wallet_rules
from billing.statements import statement_of
from billing.tasks import retry_events
from control.inbox.models import OutsideEvent
from control.people.models import Person
from control.people.services import register_person
from control.post.models import Letter
from kit import clock
from kit.gateway.client import gateway
from kit.tenancy import in_control
from tests.billing.documents import Desk
from tests.billing.world import World


@pytest.fixture
def desk(world: World) -> Desk:
    """50,000 by card in the wallet, and an operator."""
    world.save_card()
    world.hear()
    desk = Desk(world)
    desk.top_up(50_000, method=TopUpMethod.CARD)
    world.hear()
    with in_control():
        person = register_person(
            email="op@linli.test", phone="13900000009", password="Ab3$xy-long", name="运营", now=world.now
        )
        Person.objects.filter(pk=person.pk).update(is_operator=True)
    return desk


def dispute(desk: Desk) -> str:
    told = desk.world.fake.pull("disputes", payment_intent=charge_ref())
    return str(told["id"])


def charge_ref() -> str:
    with in_control():
        return TopUp.objects.get().gateway_ref or ""


def left() -> int:
    with in_control():
        return WalletLot.objects.get().remaining_minor


def taken() -> TopUpReversal:
    with in_control():
        return TopUpReversal.objects.get()


def balances(desk: Desk) -> dict[str, int]:
    names = ("wallet_paid", "dispute_receivable", "dispute_fee", "bad_debt", "clearing_stripe")
    return {name: desk.world.balance(name) for name in names}


def test_a_dispute_takes_what_is_left_and_the_spent_part_is_owed(desk: Desk) -> None:
    desk.invoice(30_000)  # the wallet pays it
    assert left() == 20_000

    dispute(desk)
    desk.world.hear()

    assert left() == 0
    assert (taken().state, taken().from_lot_minor, taken().owed_minor) == ("open", 20_000, 30_000)
    assert balances(desk) == {
        "wallet_paid": 0, "dispute_receivable": 30_000, "dispute_fee": 1_500, "bad_debt": 0, "clearing_stripe": -1_500
    }  # fmt: skip
    assert desk.findings() == []


def test_won_brings_it_back_to_the_wallet_which_pays_what_is_open(desk: Desk) -> None:
    desk.invoice(30_000)
    ref = dispute(desk)
    desk.world.hear()

    desk.world.fake.pull("disputes/end", dispute=ref, outcome="win")
    desk.world.hear()

    assert (taken().state, taken().to_lot_minor, taken().owed_minor) == ("returned", 20_000, 0)
    assert left() == 20_000
    assert desk.world.balance("dispute_receivable") == 0
    assert desk.findings() == []


def test_lost_is_bad_debt_as_far_as_it_was_spent(desk: Desk) -> None:
    desk.invoice(30_000)
    ref = dispute(desk)
    desk.world.fake.pull("disputes/end", dispute=ref, outcome="lose")
    desk.world.hear()

    assert (taken().state, left()) == ("gone", 0)
    assert (desk.world.balance("bad_debt"), desk.world.balance("dispute_receivable")) == (30_000, 0)
    assert desk.findings() == []


def refunded_at_stripes_desk(desk: Desk, amount: int) -> None:
    gateway().v1.refunds.create({"payment_intent": charge_ref(), "amount": amount})


def test_a_refund_at_stripes_desk_takes_its_part(desk: Desk) -> None:
    refunded_at_stripes_desk(desk, 12_000)
    desk.world.hear()

    assert (left(), taken().kind, taken().state) == (38_000, "refund", "gone")
    assert balances(desk)["clearing_stripe"] == 38_000
    with in_control():
        assert reconcile(now=desk.world.now).differences == 1  # who did it, and why: a person says so
    assert {finding.invariant for finding in desk.findings()} == {"C5"}


def test_a_refund_of_what_was_spent_is_lost(desk: Desk) -> None:
    desk.invoice(45_000)
    refunded_at_stripes_desk(desk, 12_000)
    desk.world.hear()

    assert left() == 0
    assert desk.world.balance("bad_debt") == 7_000
    assert desk.findings() == []


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_whatever_order_the_news_come_in_and_however_often(desk: Desk, order: tuple[int, ...]) -> None:
    desk.invoice(30_000)
    ref = dispute(desk)
    desk.world.fake.pull("disputes/end", dispute=ref, outcome="win")
    letters = desk.world.letters()
    assert len(letters) >= 3
    for place in [*order, *order]:
        desk.world.deliver(letters[place % len(letters)])
    for letter in letters:
        desk.world.deliver(letter)

    assert (left(), taken().state) == (20_000, "returned")
    assert balances(desk)["dispute_receivable"] == 0
    assert desk.findings() == []


def test_news_that_overtake_the_top_ups_own_wait_for_it(world: World) -> None:
    world.save_card()
    world.hear()
    desk = Desk(world)
    desk.top_up(50_000, method=TopUpMethod.CARD)
    world.fake.pull("disputes", payment_intent=charge_ref())
    letters = world.letters()
    mine = [letter for letter in letters if b"payment_intent.succeeded" in letter.body]
    for letter in letters:
        if letter not in mine:
            world.deliver(letter)
    with in_control():
        waiting = OutsideEvent.objects.filter(kind__startswith="charge.dispute")
        assert {event.state for event in waiting} == {"failed"}
        assert not TopUpReversal.objects.exists()

    world.deliver(*mine)
    world.move(world.now + timedelta(hours=1))
    with clock.at(world.now):
        retry_events()

    assert (left(), taken().from_lot_minor) == (0, 50_000)
    assert desk.findings() == []


def test_the_card_is_not_charged_by_itself_any_more_and_both_sides_are_told(desk: Desk) -> None:
    with in_control():
        set_wallet_rules(
            merchant_id=desk.world.store.merchant_id, auto_below_minor=10_000, auto_amount_minor=20_000,
            alert_below_minor=None, actor="boss@acme.test", now=desk.world.now,
        )  # fmt: skip
    dispute(desk)
    desk.world.hear()

    with in_control():
        assert Wallet.objects.get().auto_below_minor is None
        assert fill_wallets(now=desk.world.now) == 0
        told = dict(Letter.objects.filter(subject__contains="退回").values_list("sent_to", "text"))
    assert "¥500.00" in told["op@linli.test"]
    assert "钱包已扣除 ¥500.00" in told[desk.payer.email]


def test_the_statement_names_it_and_closes(desk: Desk) -> None:
    dispute(desk)
    desk.world.hear()

    with in_control():
        statement = statement_of(billing_account=desk.payer, month=desk.world.now.date().replace(day=1))
    assert [str(row.label) for row in statement.movements] == ["钱包充值", "充值被退回银行卡"]
    assert statement.closing.wallet_minor == 0
