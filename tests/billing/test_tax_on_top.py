"""A price listed before tax: on every line that is made of it the tax comes on top, to the fen, and the books agree.

Starter is listed at 281.00 before 6 %: 297.86 with it. Growth is listed at 980.00 with 6 % in it. Figures are worked
out by hand; R rounds half away from zero.
"""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import books, books_documents, books_family, books_revenue
from billing.estimates import Extra, year_with
from billing.models.addons import AddOn, AddOnPrice
from billing.models.catalogue import PriceVersion
from billing.models.credits import CreditNote, Destination
from billing.models.favours import FavourOn
from billing.models.invoices import Invoice, InvoiceLine, LineKind
from billing.models.ledger import Book
from billing.models.metrics import MetricDay
from billing.models.payers import WaitingLine
from billing.papers import credit_note_paper
from billing.proration import part_of
from billing.recurring import recurring_by_merchant
from billing.services.make_coupon import CouponDraft, make_coupon
from billing.services.measure_days import measure_days
from billing.services.recognise_revenue import recognise_revenue
from billing.tax import without_tax
from billing.telling import shown_lines, tax_of
from control.account.fees import explain, sums_of
from control.account.partners import read_family
from control.account.selectors import standing_of
from control.account.sheets import line_rows
from kit.money import round_half_away
from kit.tenancy import StoreRef, in_control
from tests.billing.acting import act, quote, reprice
from tests.billing.documents import Desk, draft
from tests.billing.family import Family, family_of_two
from tests.billing.test_books import unguarded
from tests.billing.test_favours import approve, ask, live
from tests.billing.test_guards import refused
from tests.billing.test_papers import printed, text_of
from tests.billing.world import World, at

ON_TOP: dict[str, Any] = {"tax_ppm": 60_000, "tax_inclusive": False}
SIX = 60_000
Amounts = list[tuple[str, int, int, int]]


def piece(code: str, amount_minor: int, **given: Any) -> AddOnPrice:
    """Sell a piece of an add-on by the month at another price from now on."""
    with in_control():
        AddOnPrice.objects.filter(add_on__code=code, interval="month").update(valid_until=at("2026-11-01 00:00"))
        return AddOnPrice.objects.create(
            add_on=AddOn.objects.get(code=code), currency="CNY", interval="month", amount_minor=amount_minor,
            valid_from=at("2026-11-01 00:00"), **{**ON_TOP, **given},
        )  # fmt: skip


@pytest.fixture
def starter(world: World) -> World:
    """On Starter with the tax on top since 20 November; its month has thirty days."""
    reprice("starter", 28_100, tiers=[[None, 6_000]], **ON_TOP)
    reprice("growth", 98_000, tax_ppm=SIX)
    world.save_card()
    world.hear()
    return world


def begin(world: World) -> Invoice:
    act(world, "start", price_id=world.price("starter").pk)
    return world.invoices()[-1]


def lines(invoice: Invoice) -> Amounts:
    """Kind, net, tax and gross of each line."""
    with in_control():
        found = InvoiceLine.objects.filter(invoice=invoice).order_by("position")
        return list(found.values_list("kind", "net_minor", "tax_minor", "gross_minor"))


def broken(world: World) -> list[str]:
    """What the books say against; orders here are only facts."""
    with in_control():
        recognise_revenue(now=world.now)
    found = [
        *books.check(world.now), *books_documents.check(world.now), *books_family.check(world.now),
        *books_revenue.check(world.now),
    ]  # fmt: skip
    return [f"{one.invariant} {one.subject} {one.sentence}" for one in found if one.invariant != "B7"]


class TestAMerchant:
    def test_pays_the_tax_on_top_of_its_first_invoice_just_as_it_was_quoted(self, starter: World) -> None:
        quoted = quote(starter, "start", price_id=starter.price("starter").pk)
        assert (quoted.change.total_minor, quoted.change.due_now_minor, tax_of(quoted)) == (29_786, 29_786, 1_686)
        [told] = shown_lines(quoted)
        assert (told.amount_minor, told.note) == (29_786, "¥281.00 另加税 6%：¥16.86")

        first = begin(starter)

        assert lines(first) == [("subscription", 28_100, 1_686, 29_786)]
        assert (first.subtotal_minor, first.tax_minor, first.total_minor) == (28_100, 1_686, 29_786)
        assert first.state == "paid"
        assert starter.balance(Book.TAX_PAYABLE) == -1_686
        assert starter.balance(Book.DEFERRED_REVENUE) == -28_100
        assert broken(starter) == []

    def test_moves_to_an_inclusive_edition_and_back_by_the_day(self, starter: World) -> None:
        begin(starter)
        starter.move(at("2026-12-01 10:00"))  # eleven of thirty days are over

        act(starter, "switch_now", price_id=starter.price("growth").pk)
        # 28100 - R(28100*11/30) = 17797, its tax R(1067.82); 98000 - R(98000*11/30) = 62067 with 3513 in it
        assert lines(starter.invoices()[-1]) == [
            ("unused", -17_797, -1_068, -18_865),
            ("subscription", 58_554, 3_513, 62_067),
        ]
        assert starter.invoices()[-1].total_minor == 43_202
        assert broken(starter) == []

        starter.move(at("2026-12-06 10:00"))  # sixteen
        act(starter, "switch_now", price_id=starter.price("starter").pk, by_operator=True)
        # 98000 - R(98000*16/30) = 45733 with 2589 in it; 28100 - R(28100*16/30) = 13113, its tax R(786.78)
        assert lines(starter.invoices()[-1]) == [
            ("unused", -43_144, -2_589, -45_733),
            ("subscription", 13_113, 787, 13_900),
            ("to_credit", 31_833, 0, 31_833),
        ]
        assert starter.balance(Book.MERCHANT_CREDIT) == -31_833
        assert broken(starter) == []

    def test_buys_pieces_before_tax_and_renews_them(self, starter: World) -> None:
        piece("staff_pack", 4_950)
        begin(starter)
        starter.move(at("2026-12-01 10:00"))

        act(starter, "add_on", add_on="staff_pack", quantity=2)
        assert lines(starter.invoices()[-1]) == [("add_on", 6_270, 376, 6_646)]  # 9900 - 3630

        starter.move(at("2026-12-06 10:00"))
        act(starter, "add_on", add_on="staff_pack", quantity=3)
        assert lines(starter.invoices()[-1]) == [("unused", -4_620, -277, -4_897), ("add_on", 6_930, 416, 7_346)]

        renewal = live(starter, "2026-12-20 00:05")
        assert lines(renewal) == [("subscription", 28_100, 1_686, 29_786), ("add_on", 14_850, 891, 15_741)]
        assert renewal.total_minor == 45_527
        assert broken(starter) == []

    def test_gets_its_coupon_before_tax_and_back_what_it_paid(self, starter: World) -> None:
        with in_control():
            third = CouponDraft(code="THIRD", duration="months", percent_ppm=300_000, months=2)
            make_coupon(draft=third, actor="ops@linli.test", reason="", now=starter.now)
        act(starter, "coupon", coupon="THIRD")

        first = begin(starter)
        assert lines(first) == [("subscription", 28_100, 1_686, 29_786), ("discount", -8_430, -506, -8_936)]
        assert (first.subtotal_minor, first.discount_minor, first.tax_minor, first.total_minor) == (
            28_100, 8_430, 1_180, 20_850,
        )  # fmt: skip

        assert lines(live(starter, "2026-12-20 00:05")) == lines(first)

        starter.move(at("2027-01-01 10:00"))  # twelve of thirty-one days
        act(starter, "switch_now", price_id=starter.price("growth").pk)
        # 19670 - R(19670*12/31) = 12056, its tax R(723.36)
        assert lines(starter.invoices()[-1])[0] == ("unused", -12_056, -723, -12_779)
        assert broken(starter) == []

    def test_pays_fees_before_tax_with_a_favour_and_gets_them_back_exactly(self, starter: World) -> None:
        begin(starter)
        approve(starter, ask(starter))  # a tenth off the plan
        order = starter.order_paid(3_456_700, at("2026-11-22 10:00"))  # R(0.6 %) = 20740
        starter.move(at("2026-11-23 10:00"))
        starter.collect()
        with in_control():
            upcoming = standing_of(starter.store, starter.now).upcoming
        assert upcoming is not None
        assert (upcoming.subscription_minor, upcoming.fees.amount_minor, upcoming.total_minor) == (
            29_786, 21_984, 51_770,
        )  # fmt: skip

        december = live(starter, "2026-12-20 00:05")
        assert lines(december) == [("subscription", 25_290, 1_517, 26_807), ("fee", 20_740, 1_244, 21_984)]
        with in_control():
            fees = december.lines.get(kind="fee").fees.select_related("event", "phase__price", "phase__subscription")
            sums, told = sums_of(fees.all()), explain(fees.get(), "CNY")
        assert (sums.fees_minor, sums.tax_minor) == (20_740, 1_244)
        assert "另加税 6%，在账单上整行一起算" in told.reasons
        assert broken(starter) == []

        starter.order_refunded(order, 3_456_700, at("2026-12-22 10:00"))
        starter.order_paid(1_000_000, at("2026-12-25 10:00"))
        approve(starter, ask(starter, FavourOn.FEE))
        january = live(starter, "2027-01-20 00:05")
        assert sorted(lines(january)) == [
            ("fee", 5_400, 324, 5_724),  # 6000 less a tenth
            ("reversal", -20_740, -1_244, -21_984),
            ("subscription", 28_100, 1_686, 29_786),
        ]
        assert january.total_minor == 13_526
        assert broken(starter) == []

    def test_gets_credit_for_a_line_in_parts_that_make_the_whole(self, starter: World) -> None:
        first = begin(starter)
        desk = Desk(starter)

        desk.credit(first, {0: 10_000}, Destination.CREDIT)
        last = desk.credit(first, {0: 19_786}, Destination.CREDIT)

        with in_control():
            parts = list(CreditNote.objects.order_by("number").values_list("net_minor", "tax_minor", "gross_minor"))
            whole = CreditNote.objects.select_related("invoice__billing_account__merchant").get(pk=last.pk)
            paper = text_of(credit_note_paper(note=whole, language="zh"))
        assert parts == [(9_434, 566, 10_000), (18_666, 1_120, 19_786)]
        assert sum(tax for _net, tax, _gross in parts) == 1_686
        assert starter.balance(Book.TAX_PAYABLE) == 0
        assert "6%（另加）" in paper
        assert broken(starter) == []

    def test_reads_on_its_papers_and_sheets_how_it_was_taxed(self, starter: World) -> None:
        first = begin(starter)

        assert "6%（另加）" in text_of(printed(Desk(starter), first))
        assert "6% (on top)" in text_of(printed(Desk(starter), first, "en"))
        assert "6%（另加）" in next(iter(line_rows(starter.store)))

    def test_is_worth_the_same_whichever_way_its_price_is_written(self, starter: World) -> None:
        begin(starter)
        with in_control():
            assert recurring_by_merchant(now=starter.now) == {starter.store.merchant_id: 28_100}
        inside = "amount_minor = 29786, tax_inclusive = true"
        unguarded(f"UPDATE billing_priceversion SET {inside} WHERE amount_minor = 28100")
        with in_control():
            assert recurring_by_merchant(now=starter.now) == {starter.store.merchant_id: 28_100}

    def test_is_measured_and_earned_without_tax(self, starter: World) -> None:
        begin(starter)
        starter.order_paid(1_000_000, at("2026-11-22 10:00"))
        live(starter, "2026-12-20 00:05")
        starter.move(at("2026-12-21 00:05"))
        starter.run()
        with in_control():
            measure_days(now=starter.now)
            day = MetricDay.objects.get(day="2026-11-22")
        assert (day.recurring_minor, day.fee_minor) == (28_100, 6_000)
        assert broken(starter) == []
        # the month that is over, and one of thirty-one days of the next: R(28100/31) = 906
        assert starter.balance(Book.REVENUE_SUBSCRIPTION) == -28_100 - 906


class TestHeadquarters:
    @pytest.fixture
    def family(self, world: World, rival: StoreRef) -> Family:
        def price(edition: str, amount_minor: int, **given: Any) -> PriceVersion:
            return reprice(edition, amount_minor, **{**given, "tax_ppm": SIX, "tax_inclusive": edition == "chain"})

        return family_of_two(world, rival, price)

    def test_pays_a_partner_on_top_and_its_own_plan_with_tax_in_it(self, family: Family) -> None:
        family.link(date(2026, 12, 1), pools_fees=False)
        family.live(at("2026-12-01 00:30"))
        assert lines(family.partner.invoices()[-1]) == [
            ("unused", -18_873, -1_132, -20_005),
            ("to_credit", 20_005, 0, 20_005),
        ]
        family.partner.order_paid(1_000_000, at("2026-12-02 10:00"))  # 0.6 %, before tax
        family.hq.move(at("2026-12-03 10:00"))
        family.hq.collect()
        with in_control():
            [shown] = read_family(family.hq.subscription().billing_account, family.hq.now, own_cities=1).partners
        assert (shown.waiting_minor, shown.fees_minor) == (20_005, 6_360)
        approve(family.hq, ask(family.hq))  # a tenth off all plans: 34667 = 29800 + 1887 + 2980

        family.live(at("2026-12-20 00:30"))

        invoice = family.hq.invoices()[-1]
        assert lines(invoice) == [
            ("subscription", 253_019, 15_181, 268_200),
            ("subscription", 16_986, 1_019, 18_005),
            ("subscription", 26_820, 1_609, 28_429),
            ("fee", 6_000, 360, 6_360),
        ]
        assert invoice.total_minor == 320_994
        assert family.findings() == []
        assert broken(family.hq) == []

    def test_buys_a_city_for_its_partner_before_tax(self, family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
        piece("city", 19_800)
        monkeypatch.setattr("billing.services.turn_payer.use_of_merchant", lambda merchant: {"cities": 5})
        family.link(date(2026, 12, 1))

        family.live(at("2026-12-01 00:30"))

        with in_control():
            city = WaitingLine.objects.get(kind=LineKind.ADD_ON)
        assert (city.gross_minor, city.tax_inclusive, city.payable_minor) == (12_540, False, 13_292)


class TestAPrice:
    def test_that_is_used_keeps_its_way(self, starter: World) -> None:
        piece("staff_pack", 4_950)
        begin(starter)
        act(starter, "add_on", add_on="staff_pack", quantity=1)
        with in_control():
            with refused("in use"):
                PriceVersion.objects.filter(amount_minor=28_100).update(tax_inclusive=True)
            with refused("in use"):
                AddOnPrice.objects.filter(amount_minor=4_950).update(tax_inclusive=True)

    def test_is_estimated_with_its_tax(self, starter: World) -> None:
        price, more = starter.price("starter"), piece("staff_pack", 4_950)

        year = year_with(price, average_minor=5_000, month_orders=800, extras=[Extra(more, 2)])

        assert (year.subscription_minor, year.fee_minor, year.extras_minor) == (12 * 29_786, 12 * 25_440, 12 * 10_494)
        assert year.total_minor == 12 * (29_786 + 25_440 + 10_494)


@given(listed=st.integers(0, 100_000_000), ppm=st.integers(0, 250_000))
def test_an_inclusive_price_of_the_same_sum_costs_the_same(listed: int, ppm: int) -> None:
    written_with_it = round_half_away(Fraction(listed * (1_000_000 + ppm), 1_000_000))
    on_top = draft(listed, at("2026-11-20 15:00"), tax_ppm=ppm, tax_inclusive=False).taxed()
    inside = draft(written_with_it, at("2026-11-20 15:00"), tax_ppm=ppm).taxed()

    assert on_top.gross_minor == inside.gross_minor
    assert on_top.net_minor == listed
    assert abs(inside.net_minor - listed) <= 1
    assert abs(without_tax(written_with_it, ppm=ppm, inclusive=True) - listed) <= Fraction(1, 2)


@given(
    listed=st.integers(0, 100_000_000),
    ppm=st.integers(0, 250_000),
    days=st.integers(28, 366),
    cut=st.integers(0, 366),
    sign=st.sampled_from([1, -1]),
)
def test_parts_of_both_differ_by_the_rounding_of_their_lines(
    listed: int, ppm: int, days: int, cut: int, sign: int
) -> None:
    first, now = min(cut, days), at("2026-11-20 15:00")
    written_with_it = round_half_away(Fraction(listed * (1_000_000 + ppm), 1_000_000))
    on_top = draft(sign * part_of(listed, first=first, until=days, days=days), now, tax_ppm=ppm, tax_inclusive=False)
    inside = draft(sign * part_of(written_with_it, first=first, until=days, days=days), now, tax_ppm=ppm)

    # each of the two rounds its part and its tax once, the inclusive one also the price itself
    assert abs(on_top.payable_minor - inside.payable_minor) <= 2
    back = draft(-on_top.gross_minor, now, tax_ppm=ppm, tax_inclusive=False)
    assert back.payable_minor == -on_top.payable_minor
