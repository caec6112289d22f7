"""Rows of teams (拼团) and deposits (预售), bent so that the books must speak (test_books)."""

from collections.abc import Callable

from tenants.campaigns.models import Campaign, Team, TeamSeat
from tenants.orders.models import Order, OrderLine
from tests.factories.times import NOW


def _in_a_team(order: Order, *, taken: int = 1, paid: int = 1, seat: str = "paid") -> None:
    item = order.lines.get().campaign_item
    Campaign.objects.filter(pk=item.campaign_id).update(kind="team", team_size=2, team_hours=1)
    team = Team.objects.create(item=item, size=2, hours=1, state="open", taken=taken, paid=paid, created_at=NOW)
    TeamSeat.objects.create(team=team, member=order.member, order_id=order.pk, state=seat, at=NOW)


def a_seat_too_many(order: Order) -> None:
    _in_a_team(order, taken=2, paid=2)


def a_seat_of_an_unpaid_order(order: Order) -> None:
    _in_a_team(order, paid=0, seat="held")


def of_a_team_without_a_seat(order: Order) -> None:
    _in_a_team(order)
    TeamSeat.objects.all().delete()


def handed_out_before_the_team_was_full(order: Order) -> None:
    _in_a_team(order)
    OrderLine.objects.filter(order=order).update(handed_quantity=1)


def _with_deposit(order: Order, **changes: object) -> None:
    terms = {"deposit_minor": 290, "deposit_paid_at": NOW, "balance_from": NOW, "balance_until": NOW}
    Order.objects.filter(pk=order.pk).update(**terms | changes)


def a_deposit_neither_kept_nor_given_back(order: Order) -> None:
    _with_deposit(order, state="closed", keeps_deposit=True)


def a_deposit_kept_against_the_rule(order: Order) -> None:
    _with_deposit(order, state="closed", keeps_deposit=False, deposit_kept_at=NOW)


def handed_out_for_a_deposit(order: Order) -> None:
    _with_deposit(order, state="pending_payment")
    OrderLine.objects.filter(order=order).update(handed_quantity=1)


def paid_without_its_deposit(order: Order) -> None:
    _with_deposit(order, deposit_paid_at=None)


BENT_TEAMS_AND_DEPOSITS: list[tuple[str, Callable[[Order], None], str]] = [
    ("I14", a_deposit_neither_kept_nor_given_back, "付了定金没付尾款的订单，定金按约定退回或留下"),
    ("I14", a_deposit_kept_against_the_rule, "付了定金没付尾款的订单，定金按约定退回或留下"),
    ("I14", handed_out_for_a_deposit, "只付定金的订单没有交货，付清的定金尾款都收到"),
    ("I14", paid_without_its_deposit, "只付定金的订单没有交货，付清的定金尾款都收到"),
    ("I13", a_seat_too_many, "拼团的名额和订单一致"),
    ("I13", a_seat_of_an_unpaid_order, "拼团名额的订单状态对得上"),
    ("I13", of_a_team_without_a_seat, "拼团订单都有名额"),
    ("I13", handed_out_before_the_team_was_full, "没成团的拼团订单没有交货"),
]
