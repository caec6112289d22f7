"""Several connections at one wallet, one line, one number: real transactions, real threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

from django.db import connection

from billing.models.credits import CreditNote, Destination
from billing.models.invoices import Invoice
from billing.models.wallet import TopUp
from billing.services.request_credit import CreditTooLarge
from kit.errors import Refused
from kit.ids import new_id
from kit.tenancy import in_control
from tests.billing.documents import Desk
from tests.billing.world import World

RUNNERS = 4


def at_once(stories: list[Callable[[], Any]]) -> list[Any]:
    """Run every story on a connection of its own, all from one start; a refusal is an answer."""
    start = Barrier(len(stories))

    def run(story: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return story()
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(stories)) as pool:
        return list(pool.map(run, stories))


def test_a_wallet_is_never_overdrawn_and_numbers_stay_dense(racing_world: World) -> None:
    desk = Desk(racing_world)
    desk.top_up(2_500)
    hours = [racing_world.now + timedelta(hours=number) for number in range(RUNNERS)]

    invoices = at_once([partial(desk.invoice, 1_000, boundary=hour) for hour in hours])

    assert sorted(invoice.paid_minor for invoice in invoices) == [0, 500, 1_000, 1_000]
    assert sorted(invoice.number for invoice in invoices) == [f"LL2026-{n:06d}" for n in range(1, RUNNERS + 1)]
    assert desk.lots() == [("paid", 0)]
    assert desk.broken() == []


def test_two_requests_never_take_back_more_than_a_line(racing_world: World) -> None:
    desk = Desk(racing_world)
    invoice = desk.invoice(1_000)

    asked = at_once([lambda: desk.ask_credit(invoice, {0: 600}, Destination.OFFSET)] * RUNNERS)

    assert sum(isinstance(answer, CreditNote) for answer in asked) == 1
    assert sum(isinstance(answer, CreditTooLarge) for answer in asked) == RUNNERS - 1


def test_approvals_at_once_offset_once_with_one_number(racing_world: World) -> None:
    desk = Desk(racing_world)
    invoice = desk.invoice(1_000)
    note = desk.ask_credit(invoice, {0: 600}, Destination.OFFSET)

    approved = at_once([lambda: desk.approve(note)] * RUNNERS)

    assert {answer.number for answer in approved} == {"CN2026-000001"}
    assert desk.again(invoice).due_minor == 400
    assert desk.broken() == []


def test_a_double_click_fills_and_gives_once(racing_world: World) -> None:
    desk = Desk(racing_world)
    top_up = desk.top_up(5_000, settle=False)
    key = new_id()

    at_once([lambda: desk.settle(top_up)] * 2 + [lambda: desk.grant(300, key=key)] * 2)

    assert sorted(desk.lots()) == [("paid", 5_000), ("promo", 300)]
    with in_control():
        assert (TopUp.objects.count(), Invoice.objects.count()) == (1, 0)
    assert desk.broken() == []
