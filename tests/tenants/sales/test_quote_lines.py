"""A quote says what it costs and what stands in the way, and changes nothing."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.leaders.models import PickupPoint
from tenants.sales.services.quote_lines import WantedLine, quote_lines
from tests.factories.campaigns import an_item_of, an_offer, an_open_campaign
from tests.factories.catalog import a_product
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.orders import a_pending_order
from tests.factories.times import NOW, TOMORROW


class TestQuoteLines:
    def test_adds_up(self, in_acme: StoreRef) -> None:
        apples, pears = an_offer(), an_offer(title="丰水梨", price_minor=990)
        point = a_leader_with_point()
        wanted = [WantedLine(apples.id, 2), WantedLine(pears.id, 1)]

        quote = quote_lines(lines=wanted, member=None, pickup_point_id=point.id, now=NOW)

        assert (quote.total_minor, quote.currency, quote.can_order) == (3570, "CNY", True)
        assert [line.total_minor for line in quote.lines] == [2580, 990]
        assert [line.available for line in quote.lines] == [100, 100]

    def test_keeps_the_price_of_a_line_with_a_problem(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=1)

        quote = quote_lines(lines=[WantedLine(item.id, 2)], member=None, pickup_point_id=None, now=NOW)

        (line,) = quote.lines
        assert line.problem
        assert (line.problem.code, line.problem.sentence, line.total_minor) == ("not_enough", "只剩 1 份", 2580)
        assert not quote.can_order

    def test_says_what_this_member_may_still_have(self, in_acme: StoreRef) -> None:
        item, member = an_offer(per_member_limit=3), a_member()
        a_pending_order(item, member=member, quantity=2)
        wanted = [WantedLine(item.id, 1)]

        mine = quote_lines(lines=wanted, member=member, pickup_point_id=None, now=NOW)
        others = quote_lines(lines=wanted, member=None, pickup_point_id=None, now=NOW)

        assert (mine.lines[0].available, others.lines[0].available) == (1, 3)

    def test_names_what_is_gone(self, in_acme: StoreRef) -> None:
        quote = quote_lines(lines=[WantedLine(new_id(), 1)], member=None, pickup_point_id=None, now=NOW)

        assert quote.lines[0].problem
        assert quote.lines[0].problem.code == "off_sale"

    def test_cannot_be_ordered_across_days_or_at_a_closed_point(self, in_acme: StoreRef) -> None:
        item, point = an_offer(), a_leader_with_point()
        later_day = an_open_campaign(a_product(), pickup_date=TOMORROW + timedelta(days=1)).items.get()
        both = [WantedLine(item.id, 1), WantedLine(later_day.id, 1)]

        assert not quote_lines(lines=both, member=None, pickup_point_id=None, now=NOW).can_order
        PickupPoint.objects.filter(pk=point.id).update(is_open=False)
        assert not quote_lines(lines=both[:1], member=None, pickup_point_id=point.id, now=NOW).can_order
        assert not quote_lines(lines=[], member=None, pickup_point_id=None, now=NOW).can_order

    def test_asks_the_database_once_whatever_the_basket(self, in_acme: StoreRef) -> None:
        campaign, member, point = an_open_campaign(), a_member(), a_leader_with_point()
        items = [an_item_of(campaign, a_product(title=f"{n}"), per_member_limit=2) for n in range(12)]
        wanted = [WantedLine(item.id, 1) for item in items]

        with CaptureQueriesContext(connection) as captured:
            quote_lines(lines=wanted, member=member, pickup_point_id=point.id, now=NOW)

        assert len(captured) == 1
