"""The operator's figures: they say what the agreements and the fees say, and cost few queries."""

import csv
from collections.abc import Callable, Iterator
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from billing.measures import ZONE
from billing.recurring import own_moves
from billing.services.measure_days import measure_days
from billing.tax import included_in
from control.console import figures
from control.console.figures import Stretch
from control.console.health import Facts, judge
from control.people.models import Person
from kit import clock
from kit.tenancy import in_control
from tests.billing.acting import switch
from tests.billing.world import PAYS_NEVER, World, at
from tests.control.console.conftest import PASSWORD

NOVEMBER = "since=2026-11-01&until=2026-11-30"
PAGES = ["metrics", "metrics/cohorts", "metrics/trade", "metrics/health"]


@pytest.fixture
def upgraded(world: World, operator: Person) -> World:
    """Acme began with starter on the 20th and went up to growth on the 25th; an order, and it is the 28th."""
    world.save_card()
    world.choose("starter")
    world.hear()
    world.move(at("2026-11-25 10:00"))
    switch(world, "growth")
    world.order_paid(3_200_000, at("2026-11-26 10:00"))
    world.move(at("2026-11-28 10:00"))
    world.collect()
    world.run()
    return world


@pytest.fixture
def later(upgraded: World, operator: Person) -> Iterator[Client]:
    client = Client(headers={"host": "linli.test"})
    with clock.at(upgraded.now):
        client.post("/console/login", {"email": operator.email, "password": PASSWORD})
        yield client


def body(client: Client, path: str) -> str:
    answer = client.get(f"/console/{path}")
    assert answer.status_code == 200
    return answer.content.decode()


def rows_of(client: Client, path: str) -> list[dict[str, str]]:
    answer: Any = client.get(f"/console/{path}")
    assert answer["Content-Type"].startswith("text/csv")
    text = b"".join(answer.streaming_content).decode().lstrip("\ufeff")
    return list(csv.DictReader(StringIO(text)))


class TestRecurring:
    def test_shows_what_there_is_and_what_moved_it(self, upgraded: World, later: Client) -> None:
        starter, growth = (
            included_in(upgraded.price(edition).amount_minor, ppm=60_000).net_minor for edition in ("starter", "growth")
        )
        page = body(later, f"metrics?{NOVEMBER}")

        assert f"¥{growth / 100:,.2f}" in page
        assert f"+¥{(growth - starter) / 100:,.2f}" in page
        assert "新增" in page
        assert "升级" in page

    def test_says_the_same_before_and_after_the_days_are_kept(self, upgraded: World, later: Client) -> None:
        worked_out = rows_of(later, f"metrics/recurring.csv?{NOVEMBER}")
        with in_control():
            assert measure_days(now=upgraded.now) == 8
        kept = rows_of(later, f"metrics/recurring.csv?{NOVEMBER}")

        assert worked_out == kept
        assert [row["月经常收入"] for row in kept[18:21]] == ["0.00", "281.13", "281.13"]

    def test_movements_add_up_over_any_stretch(self, upgraded: World) -> None:
        with in_control():
            measure_days(now=upgraded.now)
            for stretch in (
                Stretch(date(2026, 11, 1), date(2026, 11, 28)),
                Stretch(date(2026, 11, 21), date(2026, 11, 26)),
            ):
                days = figures.figures_of(stretch, currency="CNY", now=upgraded.now)
                before = figures.figures_of(
                    Stretch(date(2026, 10, 1), stretch.since), currency="CNY", now=upgraded.now
                )[-2]
                total = figures.total_of(days)
                assert days[-1].recurring_minor - before.recurring_minor == total.moved_minor
                assert total.moved_minor == sum(
                    each.move.minor for each in figures.moves_in(stretch, currency="CNY", now=upgraded.now)
                )

    def test_lists_who_moved_to_take_away(self, later: Client) -> None:
        rows = rows_of(later, f"metrics/movements.csv?{NOVEMBER}")
        assert [(row["日期"], row["变动"]) for row in rows] == [("2026-11-25", "升级"), ("2026-11-20", "新增")]

    def test_takes_losses_against_what_there_was_at_the_beginning(self) -> None:
        total = figures.Figures(
            recurring_minor=9_000, payers=9, churn_minor=-1_000, contraction_minor=-500, expansion_minor=500, left=1
        )
        loss = figures.loss_of(total)

        assert (loss.logo_ppm, loss.gross_ppm, loss.net_ppm) == (100_000, 150_000, 100_000)
        assert figures.loss_of(figures.Figures()).gross_ppm is None

    def test_counts_what_became_of_trials(self, upgraded: World) -> None:
        with in_control():
            trials = figures.trials_of(Stretch(date(2026, 11, 1), date(2026, 11, 30)), currency="CNY")
        assert (trials.begun, trials.converted, trials.running, trials.rate_ppm) == (1, 1, 0, 1_000_000)

    @pytest.mark.parametrize("query", ["since=nonsense", "since=2030-01-01", "since=1900-01-01", "currency=XXX"])
    def test_shows_something_whatever_is_typed(self, later: Client, query: str) -> None:
        assert later.get(f"/console/metrics?{query}").status_code == 200


class TestTrade:
    def test_shows_volume_fees_and_the_rate_between_them(self, later: Client) -> None:
        page = body(later, f"metrics/trade?{NOVEMBER}")
        row = rows_of(later, f"metrics/trade.csv?{NOVEMBER}")[25]

        assert "¥32,000.00" in page
        assert (row["订单数"], row["成交额"]) == ("1", "32000.00")

    def test_sorts_what_is_owed_by_age(self, world: World, at_console: Client) -> None:
        world.save_card(PAYS_NEVER)
        world.choose("growth")
        world.hear()
        ages = []
        for moment in (
            "2026-11-20 16:00",
            "2026-11-21 10:00",
            "2026-12-06 10:00",
            "2026-12-21 10:00",
            "2027-01-20 10:00",
        ):
            with in_control():
                buckets = figures.aging(currency="CNY", now=at(moment))
            ages.append(next(each.since for each in buckets if each.invoices))
        assert ages == [0, 1, 16, 31, 61]

    def test_counts_failed_charges_by_their_reason(self, world: World, at_console: Client) -> None:
        world.save_card(PAYS_NEVER)
        world.choose("growth")
        world.hear()
        row = rows_of(at_console, f"metrics/failures.csv?{NOVEMBER}")[0]

        assert row["次数"] == "1"
        assert row["原因"] in body(at_console, f"metrics/trade?{NOVEMBER}")
        assert rows_of(at_console, "metrics/aging.csv")[0]["账单"] == "1"


class TestCohorts:
    def test_follow_the_newcomers_of_a_month(self, upgraded: World) -> None:
        with in_control():
            row = figures.cohorts_of(months=3, currency="CNY", now=at("2027-01-05 10:00"))[0]
        growth, starter = (
            included_in(upgraded.price(edition).amount_minor, ppm=60_000).net_minor for edition in ("growth", "starter")
        )

        assert (row.month, row.payers, row.recurring_minor) == (date(2026, 11, 1), 1, starter)
        assert len(row.cells) == 3
        assert row.cells[0].revenue_ppm == figures.share_ppm(growth, starter)

    def test_are_a_table_to_take_away(self, later: Client) -> None:
        assert "2026-11" in body(later, "metrics/cohorts")
        assert "2026-11" in body(later, "metrics/cohorts?by=revenue")
        assert rows_of(later, "metrics/cohorts.csv")[0]["店铺留存"] == "100%"


WELL = Facts(
    state="active", is_paying=True, owing_days=None, gmv_minor=100, gmv_before_minor=100,
    last_order_at=at("2026-11-27 10:00"), last_login_at=at("2026-11-27 10:00"), trial_ends_at=None, leaves_at=None,
    card_ends=(2034, 12), is_parked=False, disputes=0,
)  # fmt: skip


class TestHealth:
    @pytest.mark.parametrize(
        ("change", "score"),
        [
            ({}, 100),
            ({"owing_days": 3}, 80),
            ({"owing_days": 10}, 60),
            ({"card_ends": None}, 85),
            ({"card_ends": (2026, 11)}, 90),
            ({"gmv_minor": 40}, 80),
            ({"last_order_at": None}, 70),
            ({"last_login_at": at("2026-11-01 10:00")}, 85),
            ({"leaves_at": at("2026-12-20 00:00")}, 60),
            ({"trial_ends_at": at("2026-11-29 00:00")}, 75),
            ({"state": "read_only", "owing_days": 40, "last_order_at": None, "leaves_at": at("2026-12-20 00:00")}, 0),
        ],
    )
    def test_takes_points_off_for_each_reason(self, change: dict[str, Any], score: int) -> None:
        facts = Facts(**{**{name: getattr(WELL, name) for name in Facts.__slots__}, **change})
        judged = judge(facts, now=at("2026-11-28 10:00"))

        assert judged.score == score
        assert len(judged.reasons) == (len(change) if score else 4)

    def test_lists_the_stores_with_their_reasons(self, upgraded: World, later: Client) -> None:
        page = body(later, "metrics/health")
        assert "超过 14 天没有人登录后台" in page
        row = next(row for row in rows_of(later, "metrics/health.csv") if row["网址"] == upgraded.store.slug)
        assert (row["原因"], row["健康分"]) == ("超过 14 天没有人登录后台", "85")
        assert f">{upgraded.store.slug}<" not in body(later, "metrics/health?state=bad")


class TestTimeline:
    def test_tells_everything_in_order(self, upgraded: World, later: Client) -> None:
        page = body(later, f"stores/{upgraded.store.merchant_id}/timeline")
        number = upgraded.invoices()[0].number

        assert f"出账 {number}" in page
        assert f"账单 {number} 已支付" in page
        assert page.index("立即更换套餐") < page.index(f"出账 {number}")


class TestSearch:
    def test_finds_the_fee_of_an_order_a_phone_and_a_host(self, upgraded: World, later: Client) -> None:
        order = upgraded.order_paid(100_000, at("2026-11-27 10:00"))
        upgraded.collect()
        found = body(later, f"search?q=N{str(order)[-6:]}")
        assert "订单的服务费" in found
        assert "¥" in found
        assert upgraded.store.slug in body(later, "search?q=13800000001")
        assert upgraded.store.slug in body(later, f"search?q={upgraded.store.slug}.linli")


@pytest.mark.parametrize("page", PAGES)
def test_pages_need_few_queries_whatever_there_is(
    upgraded: World, later: Client, page: str, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    with django_assert_max_num_queries(30):
        assert later.get(f"/console/{page}").status_code == 200


def test_pages_are_the_operators_alone(upgraded: World) -> None:
    for page in [
        *PAGES,
        "metrics/recurring.csv",
        "metrics/health.csv",
        f"stores/{upgraded.store.merchant_id}/timeline",
    ]:
        assert Client(headers={"host": "linli.test"}).get(f"/console/{page}").status_code == 302


def test_movements_have_one_truth(upgraded: World) -> None:
    with in_control():
        moves = [move for found in own_moves(until=upgraded.now, zone=ZONE).values() for move in found]
    assert [move.kind.value for move in moves] == ["new", "expansion"]
