"""Headquarters and partners share every order to the last fen, take back what is refunded, and state the month."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.models.ledger import Book
from billing.models.shares import PartnerShare, ShareStatement
from billing.services.share_revenue import NothingToPay, StatementMissing, mark_share_paid, share_revenue
from billing.sharing import Split, split
from kit.money import allocate
from kit.tenancy import StoreRef, in_control
from tests.billing.acting import reprice
from tests.billing.family import Family, family_of_two
from tests.billing.test_books import unguarded
from tests.billing.world import World, at

SHARED = {"payer_share_ppm": 700_000, "channel_fee_ppm": 6_000, "pools_fees": False}


@pytest.fixture
def family(world: World, rival: StoreRef) -> Family:
    """A partner on 0.6 % since 1 December, sharing 70 to 30."""
    family = family_of_two(world, rival, reprice)
    family.link(date(2026, 12, 1), **SHARED)
    return family


def share(family: Family) -> int:
    with in_control():
        return share_revenue(now=family.hq.now)


def statements() -> list[ShareStatement]:
    with in_control():
        return list(ShareStatement.objects.order_by("month_starts_at"))


class TestTheRule:
    def test_bc17(self) -> None:
        shared = split(12_345, platform_fee_minor=74, channel_fee_ppm=6_000, payer_share_ppm=700_000)

        assert shared == Split(12_345, 74, 74, 8_538, 3_659)
        assert allocate(100, [1, 1, 1]) == [34, 33, 33]

    @given(
        amount=st.integers(0, 10_000_000),
        refunds=st.lists(st.integers(0, 3_000_000), max_size=5),
        channel=st.integers(0, 30_000),
        payer=st.integers(0, 1_000_000),
    )
    def test_nothing_is_lost_and_a_full_refund_takes_everything_back(
        self, amount: int, refunds: list[int], channel: int, payer: int
    ) -> None:
        left, held, rows = amount, Split(), []
        for refund in [0, *refunds, left]:
            left = max(0, left - refund)
            now = split(left, platform_fee_minor=0, channel_fee_ppm=channel, payer_share_ppm=payer)
            rows.append(now - held)
            held = now
            assert now.channel_fee_minor + now.payer_minor + now.partner_minor == left
        assert held == Split()
        assert sum(row.partner_minor for row in rows) == 0


class TestTheBooks:
    def test_each_order_is_posted_once_and_stated_by_the_month(self, family: Family) -> None:
        family.partner.order_paid(100_000, at("2026-11-30 10:00"))  # before the link: its own
        family.partner.order_paid(12_345, at("2026-12-02 10:00"))
        family.live(at("2026-12-03 10:00"))

        assert (share(family), share(family)) == (1, 0)
        assert -family.partner.balance(Book.PARTNER_PAYABLE) == 3_659
        assert statements() == []
        family.live(at("2027-01-01 00:30"))
        share(family)

        [statement] = statements()
        assert (statement.orders_minor, statement.payer_minor, statement.partner_minor) == (12_345, 8_538, 3_659)
        assert statement.number == "PS2027-000001"
        assert family.findings() == []

    def test_refunds_take_back_and_late_ones_go_on_the_next_statement(self, family: Family) -> None:
        order = family.partner.order_paid(12_345, at("2026-12-02 10:00"))
        family.live(at("2026-12-03 10:00"))
        share(family)
        family.partner.order_refunded(order, 5_000, at("2026-12-20 10:00"))
        family.live(at("2027-01-01 00:30"))
        share(family)
        family.partner.order_refunded(order, 7_345, at("2027-01-05 10:00"))
        family.live(at("2027-02-01 00:30"))
        share(family)

        december, january = statements()
        assert december.partner_minor + january.partner_minor == 0
        assert december.orders_minor == 7_345
        assert january.due_minor < 0
        assert family.partner.balance(Book.PARTNER_PAYABLE) == 0
        assert family.findings() == []

    def test_what_is_below_zero_is_carried_on(self, family: Family) -> None:
        order = family.partner.order_paid(12_345, at("2026-12-02 10:00"))
        family.live(at("2027-01-01 00:30"))
        share(family)
        with in_control():
            mark_share_paid(
                statement_id=statements()[0].pk,
                payer_id=family.hq.store.merchant_id,
                reference="ICBC-1",
                by="boss@acme.test",
                now=family.hq.now,
            )
        family.partner.order_refunded(order, 12_345, at("2027-01-05 10:00"))
        family.live(at("2027-02-01 00:30"))
        share(family)
        family.partner.order_paid(100_000, at("2027-02-05 10:00"))
        family.live(at("2027-03-01 00:30"))
        share(family)

        _december, january, february = statements()
        assert january.due_minor == -3_659
        assert february.carried_minor == -3_659
        assert february.due_minor == february.partner_minor - 3_659
        assert -family.partner.balance(Book.PARTNER_PAYABLE) == february.due_minor
        assert family.findings() == []

    def test_paid_out_is_marked_once_and_by_headquarters_alone(self, family: Family) -> None:
        family.partner.order_paid(12_345, at("2026-12-02 10:00"))
        family.live(at("2027-01-01 00:30"))
        share(family)
        [statement] = statements()

        def paid_by(payer: World) -> None:
            with in_control():
                mark_share_paid(
                    statement_id=statement.pk,
                    payer_id=payer.store.merchant_id,
                    reference="ICBC-1",
                    by="boss@acme.test",
                    now=family.hq.now,
                )

        with pytest.raises(StatementMissing):
            paid_by(family.partner)
        paid_by(family.hq)
        with pytest.raises(NothingToPay):
            paid_by(family.hq)

        assert family.partner.balance(Book.PARTNER_PAYABLE) == 0
        assert -family.partner.balance(Book.SHARE_PAID) == 3_659
        assert family.findings() == []

    @pytest.mark.parametrize(
        ("table", "more", "invariant"),
        [
            ("partnershare", "", "P1"),
            ("partnershare", "", "P2"),
            ("sharestatement", ", due_minor = due_minor + 1", "P3"),
        ],
    )
    def test_each_fault_is_found(self, family: Family, table: str, more: str, invariant: str) -> None:
        family.partner.order_paid(12_345, at("2026-12-02 10:00"))
        family.live(at("2027-01-01 00:30"))
        share(family)
        assert family.findings() == []

        unguarded(f"UPDATE billing_{table} SET partner_minor = partner_minor + 1, payer_minor = payer_minor - 1{more}")

        assert invariant in [finding.invariant for finding in family.findings()]
        with in_control():
            assert PartnerShare.objects.count() == 1
