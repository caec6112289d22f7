"""After-sales through the pages: seen with what it does, decided once, shared out, shown to nobody else."""

from collections.abc import Iterator
from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from control.people.models import Person
from kit import clock
from kit.ids import new_id
from kit.tenancy import StoreRef, in_store
from tenants.aftersales.models import AfterSale, AfterSalePhoto, Reason, State
from tenants.aftersales.selectors import instant_rule
from tenants.commissions.services.set_store_rate import set_store_rate
from tenants.orders.models import Order
from tenants.payments.models import Refund
from tests.factories.aftersales import a_photo, an_after_sale, fetched
from tests.factories.campaigns import an_offer
from tests.factories.orders import a_paid_order, line_id_of
from tests.factories.times import NOW
from tests.tenants.backoffice.conftest import SignIn, anonymous, statements_of

QUEUE = "/backoffice/aftersales"


@pytest.fixture(autouse=True)
def _noon_of_the_shop() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def order(acme: StoreRef) -> Order:
    with in_store(acme):
        set_store_rate(rate_ppm=100_000, by_name="陈店长", now=NOW)
        return fetched(a_paid_order(an_offer(price_minor=1000), quantity=3))


@pytest.fixture
def asked(acme: StoreRef, order: Order) -> AfterSale:
    with in_store(acme):
        photo = a_photo(order.member)
        return an_after_sale(order, reason=Reason.SPOILT, quantity=2, photo_ids=[photo.pk])


def again(acme: StoreRef, asked: AfterSale) -> AfterSale:
    with in_store(acme):
        return AfterSale.objects.get(pk=asked.pk)


def words(**changes: str) -> dict[str, str]:
    return {"remedy": "refund", "amount": "", "answer": "抱歉", "share_store": "60", "share_supplier": "40", **changes}


def test_a_request_is_shown_with_what_it_does_and_granted_when_confirmed(
    desk: Client, acme: StoreRef, asked: AfterSale
) -> None:
    page = desk.get(f"{QUEUE}/{asked.pk}")
    effect = page.context["effect"]
    assert (effect.amount_minor, effect.commission_minor, effect.lost) == (2000, 200, 2)
    form = f"{QUEUE}/{asked.pk}/grant"

    assert desk.get(form).status_code == 200
    assert "确认同意" in desk.post(form, words()).content.decode()
    assert "确认同意" in desk.post(form, words(amount="5", seen="2000")).content.decode()  # another amount: look again
    assert again(acme, asked).state == State.LEADER_REVIEW
    assert desk.post(form, words(seen="2000")).status_code == 303
    assert desk.post(form, words(seen="2000")).status_code == 422  # the second finds it decided

    with in_store(acme):
        assert Refund.objects.get().amount_minor == 2000
        assert dict(asked.liabilities.values_list("party", "amount_minor")) == {"store": 1200, "supplier": 800}
    shown = desk.get(f"{QUEUE}/{asked.pk}").content.decode()
    assert "退款 ¥20.00 处理中" in shown
    assert "供应商" in desk.get(f"{QUEUE}/liability").content.decode()
    assert asked.number in desk.get(f"{QUEUE}/liability/supplier").content.decode()
    assert desk.get(f"{QUEUE}/liability/nobody").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"share_store": "50"},
        {"share_store": "abc"},
        {"share_store": "-1"},
        {"amount": "20.01"},
        {"amount": "-1"},
        {"amount": "0.001"},
        {"amount": "99999999999999999999"},
        {"remedy": "everything"},
    ],
)
def test_what_cannot_be_is_refused(desk: Client, acme: StoreRef, asked: AfterSale, wrong: dict[str, str]) -> None:
    assert desk.post(f"{QUEUE}/{asked.pk}/grant", words(seen="2000", **wrong)).status_code in (409, 422)
    assert again(acme, asked).state == State.LEADER_REVIEW


def test_is_refused_with_a_reason_and_that_is_taken_back(desk: Client, acme: StoreRef, asked: AfterSale) -> None:
    assert desk.get(f"{QUEUE}/{asked.pk}/refuse").status_code == 200
    assert desk.post(f"{QUEUE}/{asked.pk}/refuse", {"answer": ""}).status_code == 422
    assert desk.post(f"{QUEUE}/{asked.pk}/refuse", {"answer": "看不出问题"}).status_code == 303
    assert "商家拒绝：看不出问题" in desk.get(f"{QUEUE}/{asked.pk}").content.decode()
    assert desk.post(f"{QUEUE}/{asked.pk}/reopen").status_code == 303
    assert again(acme, asked).state == State.STORE_REVIEW
    assert desk.post(f"{QUEUE}/{asked.pk}/reopen").status_code == 409


def test_goods_that_come_back_and_goods_exchanged(desk: Client, acme: StoreRef, order: Order, asked: AfterSale) -> None:
    desk.post(f"{QUEUE}/{asked.pk}/grant", words(remedy="return", seen="2000"))
    assert again(acme, asked).state == State.RETURNING
    assert desk.get(f"{QUEUE}/{asked.pk}/returned").status_code == 200
    assert desk.post(f"{QUEUE}/{asked.pk}/returned", {"is_unopened": "on"}).status_code == 303
    assert again(acme, asked).state == State.REFUNDING
    with in_store(acme):
        other = an_after_sale(order)
    desk.post(f"{QUEUE}/{other.pk}/grant", words(remedy="replace"))
    assert desk.post(f"{QUEUE}/{other.pk}/replaced").status_code == 303
    assert again(acme, other).state == State.DONE


def test_several_are_granted_at_once_each_for_itself(desk: Client, acme: StoreRef, order: Order) -> None:
    with in_store(acme):
        made = [an_after_sale(order) for _n in range(3)]
    ids = [str(one.pk) for one in made] + [str(new_id()), "nonsense"]
    desk.post(f"{QUEUE}/{made[0].pk}/refuse", {"answer": "不行"})

    assert desk.post(f"{QUEUE}/grant", {"ids": ids}).status_code == 303

    states = [again(acme, one).state for one in made]
    assert states == [State.REJECTED, State.REFUNDING, State.REFUNDING]
    assert desk.post(f"{QUEUE}/grant", {}).status_code == 302


def test_the_queue_is_searched_counted_and_taken_away(
    desk: Client, acme: StoreRef, order: Order, asked: AfterSale
) -> None:
    assert asked.number in desk.get(f"{QUEUE}?state=leader").content.decode()
    assert asked.number not in desk.get(QUEUE).content.decode()
    assert asked.number not in desk.get(f"{QUEUE}?state=&q=榴莲").content.decode()
    assert asked.number in desk.get(f"{QUEUE}?state=&reason=spoilt").content.decode()
    sheet = load_workbook(BytesIO(desk.get(f"{QUEUE}?state=leader&export=xlsx").content)).active
    assert sheet is not None
    assert sheet["A2"].value == asked.number
    before = statements_of(desk, f"{QUEUE}?state=")
    with in_store(acme):
        an_after_sale(fetched(a_paid_order(point=order.pickup_point)))
    assert statements_of(desk, f"{QUEUE}?state=") == before


def test_the_staff_asks_for_a_member_who_called(desk: Client, acme: StoreRef, order: Order) -> None:
    form = f"/backoffice/orders/{order.pk}/aftersales/new"
    with in_store(acme):
        line_id = line_id_of(order)
    told = {"line_id": str(line_id), "reason": "short", "remedy": "refund", "quantity": "1", "key": "k"}
    assert desk.get(form).status_code == 200
    assert desk.post(form, {**told, "quantity": "4"}).status_code in (409, 422)
    assert desk.post(form, {**told, "quantity": "0"}).status_code == 422
    first, second = desk.post(form, told), desk.post(form, told)
    assert first["Location"] == second["Location"]
    assert "老板 代顾客提交售后申请" in desk.get(first["Location"]).content.decode()
    assert "申请售后：" in desk.get(f"/backoffice/orders/{order.pk}").content.decode()


def test_small_amounts_are_set_aside(desk: Client, acme: StoreRef) -> None:
    form = f"{QUEUE}/instant"
    assert desk.get(form).status_code == 200
    wrong = {"most_minor": "50", "member_month_minor": "20", "leader_month_minor": "500"}
    assert desk.post(form, wrong).status_code == 422
    assert desk.post(form, {**wrong, "most_minor": "10"}).status_code == 303
    with in_store(acme):
        rule = instant_rule()
    assert rule
    assert (rule.most_minor, rule.changed_by) == (1000, "老板")
    assert "单笔不超过 ¥10.00" in desk.get(f"{QUEUE}/liability").content.decode()


def test_pictures_are_for_the_stores_people_only(
    desk: Client, acme: StoreRef, rival: StoreRef, stranger: Person, sign_in: SignIn, asked: AfterSale
) -> None:
    with in_store(acme):
        photo = AfterSalePhoto.objects.get()
    seen = desk.get(f"{QUEUE}/photos/{photo.pk}")
    assert (seen["Content-Type"], seen.content[8:12]) == ("image/webp", b"WEBP")
    assert desk.get(f"{QUEUE}/photos/{new_id()}").status_code == 404
    assert anonymous().get(f"{QUEUE}/photos/{photo.pk}").status_code == 302
    key = photo.file_key.split("/", 2)[2]
    assert anonymous().get(f"/media/{key}").status_code == 404


def test_a_clerk_looks_and_does_not_decide(clerk: Person, sign_in: SignIn, acme: StoreRef, asked: AfterSale) -> None:
    counter = sign_in(clerk)
    assert counter.get(f"{QUEUE}/{asked.pk}").status_code == 200
    for what in ("grant", "refuse", "returned"):
        assert counter.get(f"{QUEUE}/{asked.pk}/{what}").status_code == 403
        assert counter.post(f"{QUEUE}/{asked.pk}/{what}", words(seen="2000")).status_code == 403
    assert counter.post(f"{QUEUE}/grant", {"ids": [str(asked.pk)]}).status_code == 403
    assert counter.get(f"{QUEUE}/instant").status_code == 403
    assert again(acme, asked).state == State.LEADER_REVIEW
