"""A card company takes no charge below its least amount: nothing is left owing so little that nobody can ask for it."""

import pytest

from billing.models.agreements import SavedCard
from billing.models.collection import ChargeAttempt
from billing.models.invoices import InvoiceState
from billing.models.wallet import WalletUse
from billing.services.collect_invoice import TooSmallForACard, collect_invoice
from billing.services.spend_wallet import SMALLEST_CHARGE_MINOR
from kit.tenancy import in_control
from tests.billing.documents import Desk
from tests.billing.world import World


@pytest.mark.parametrize("missing", [1, 123, 399])
def test_so_much_stays_in_the_wallet_that_the_card_can_pay_the_rest(world: World, missing: int) -> None:
    desk = Desk(world)
    world.save_card()
    desk.top_up(29_800 - missing)

    invoice = desk.invoice(29_800)
    world.run()
    world.hear()

    (attempt,) = _attempts()
    assert (attempt.amount_minor, attempt.state) == (SMALLEST_CHARGE_MINOR, "succeeded")
    assert desk.again(invoice).state == InvoiceState.PAID
    assert desk.lots() == [("paid", SMALLEST_CHARGE_MINOR - missing)]
    assert desk.broken() == []


def test_what_was_left_for_the_card_is_paid_from_the_same_lot_when_more_comes_in(world: World) -> None:
    desk = Desk(world)
    desk.top_up(1_000)
    invoice = desk.invoice(1_001)
    assert (invoice.due_minor, desk.lots()) == (SMALLEST_CHARGE_MINOR, [("paid", 399)])

    desk.top_up(1_000)

    assert desk.again(invoice).state == InvoiceState.PAID
    assert desk.lots() == [("paid", 0), ("paid", 999)]
    with in_control():
        told = WalletUse.objects.filter(invoice=invoice).order_by("id").values_list("amount_minor", "part")
        assert list(told) == [(601, 1), (399, 2), (1, 1)]
    assert desk.broken() == []


def test_what_is_paid_whole_or_leaves_enough_is_as_before(world: World) -> None:
    desk = Desk(world)
    desk.top_up(29_800 - SMALLEST_CHARGE_MINOR)
    invoice = desk.invoice(29_800)

    assert (invoice.due_minor, desk.lots()) == (SMALLEST_CHARGE_MINOR, [("paid", 0)])


def test_a_small_invoice_waits_for_the_wallet_and_asks_no_card(world: World) -> None:
    desk = Desk(world)
    world.save_card()
    invoice = desk.invoice(213)

    world.run()

    assert _attempts() == []
    with in_control(), pytest.raises(TooSmallForACard):
        collect_invoice(invoice_id=invoice.pk, card_id=SavedCard.objects.get().pk, now=world.now)
    assert desk.again(invoice).state == InvoiceState.OPEN
    desk.top_up(1_000)
    assert desk.again(invoice).state == InvoiceState.PAID
    assert desk.broken() == []


def _attempts() -> list[ChargeAttempt]:
    with in_control():
        return list(ChargeAttempt.objects.all())
