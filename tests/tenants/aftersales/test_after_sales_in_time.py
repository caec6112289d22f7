"""After-sales: small amounts at once, what time does, pictures, and what must always be true of requests."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.aftersales.books import check
from tenants.aftersales.models import AfterSale, AfterSalePhoto, Liability, Reason, Remedy, State
from tenants.aftersales.photos import TooManyPhotos, add_photo, link_of, photo_by_link, purge_photos
from tenants.aftersales.selectors import (
    PhotoMissing,
)
from tenants.aftersales.services.decide import (
    Decision,
    approve,
    reject,
)
from tenants.aftersales.services.instant import RuleOff, give_at_once, set_instant_rule
from tenants.aftersales.services.sweep import sweep_after_sales
from tenants.catalog.services.encode_picture import NotAPicture
from tenants.journal.services import Actor
from tenants.orders.models import Order
from tenants.payments.models import Refund
from tests.factories.aftersales import a_jpeg, a_photo, an_after_sale, fetched
from tests.factories.campaigns import an_offer
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order
from tests.factories.times import NOW, later

BOSS = Actor(kind="person", id="1", name="陈店长")
REFUND = Decision(Remedy.REFUND)


def an_order(*, quantity: int = 3, price_minor: int = 1000, in_stock: int = 10) -> Order:
    return fetched(a_paid_order(an_offer(price_minor=price_minor, in_stock=in_stock), quantity=quantity))


def grant(after_sale: AfterSale, decision: Decision = REFUND, *, now: Any = NOW) -> AfterSale:
    return approve(after_sale_id=after_sale.pk, decision=decision, actor=BOSS, now=now)


def refuse(after_sale: AfterSale, *, now: Any = NOW) -> AfterSale:
    return reject(after_sale_id=after_sale.pk, answer="照片看不出问题", actor=BOSS, now=now)


class TestAtOnce:
    def small(self, order: Order, **changes: Any) -> AfterSale:
        photo = a_photo(order.member)
        made = an_after_sale(order, reason=Reason.SPOILT, photo_ids=[photo.pk], **changes)
        give_at_once(after_sale=made, now=NOW)
        made.refresh_from_db()
        return made

    def test_is_off_until_the_store_sets_money_aside(self, in_acme: StoreRef) -> None:
        assert self.small(an_order()).state == State.LEADER_REVIEW

    def test_within_what_a_member_and_a_leader_have_in_a_month(self, in_acme: StoreRef) -> None:
        set_instant_rule(most_minor=1000, member_month_minor=1000, leader_month_minor=1999, by_name="陈店长", now=NOW)
        order = an_order()
        given = self.small(order)
        assert (given.state, given.is_instant, Refund.objects.get().amount_minor) == (State.REFUNDING, True, 1000)
        assert self.small(order).state == State.LEADER_REVIEW  # the member's month is spent
        neighbour = fetched(a_paid_order(an_offer(price_minor=1000), point=order.pickup_point))
        assert self.small(neighbour).state == State.LEADER_REVIEW  # the leader's, too: 999 is left
        elsewhere = an_order()
        assert self.small(elsewhere, quantity=2).state == State.LEADER_REVIEW  # too much for one
        assert self.small(elsewhere).state == State.REFUNDING

    @pytest.mark.parametrize("amounts", [(-1, 0, 0), (2, 1, 2), (2, 2, 1), (10**12, 10**12, 10**12)])
    def test_limits_that_cannot_be_are_refused(self, in_acme: StoreRef, amounts: tuple[int, int, int]) -> None:
        names = ("most_minor", "member_month_minor", "leader_month_minor")
        with pytest.raises(RuleOff):
            set_instant_rule(**dict(zip(names, amounts, strict=True)), by_name="x", now=NOW)


class TestTime:
    def test_passes_on_what_the_leader_left_and_marks_what_the_store_left(self, in_acme: StoreRef) -> None:
        made = an_after_sale(an_order())
        assert sweep_after_sales(now=later(hours=23)) == 0
        assert sweep_after_sales(now=later(hours=24)) == 1
        assert sweep_after_sales(now=later(hours=24)) == 0
        made.refresh_from_db()
        assert (made.state, made.overdue_at) == (State.STORE_REVIEW, None)
        sweep_after_sales(now=later(hours=73))
        made.refresh_from_db()
        assert (made.state, made.overdue_at) == (State.STORE_REVIEW, later(hours=73))
        assert grant(made, now=later(hours=74)).overdue_at is None

    def test_ends_rejections_and_returns_that_never_came(self, in_acme: StoreRef) -> None:
        order = an_order()
        rejected = refuse(an_after_sale(order))
        returning = grant(an_after_sale(order), Decision(Remedy.RETURN))
        sweep_after_sales(now=later(hours=72))
        sweep_after_sales(now=later(hours=24 * 7))
        rejected.refresh_from_db()
        returning.refresh_from_db()
        assert (rejected.state, returning.state) == (State.FINAL, State.WITHDRAWN)
        assert Refund.objects.count() == 0


class TestPhotos:
    def test_are_drawn_anew_and_opened_by_a_signed_address_for_a_while(self, in_acme: StoreRef) -> None:
        photo = a_photo(a_member())
        link = link_of(photo, now=NOW)
        assert photo_by_link(link, now=NOW)[8:12] == b"WEBP"
        bent = link[:-1] + ("1" if link.endswith("0") else "0")
        for wrong in (bent, link.replace(str(photo.pk), str(new_id())), "", "a.b.c", "字.1.x"):
            with pytest.raises(PhotoMissing):
                photo_by_link(wrong, now=NOW)
        with pytest.raises(PhotoMissing):
            photo_by_link(link, now=later(hours=3))

    def test_that_lie_are_refused(self, in_acme: StoreRef) -> None:
        with pytest.raises(NotAPicture):
            add_photo(member=a_member(), upload=b"GIF89a lies", now=NOW)
        assert not AfterSalePhoto.objects.exists()

    def test_of_somebody_else_are_not_hung(self, in_acme: StoreRef) -> None:
        order = an_order()
        with pytest.raises(PhotoMissing):
            an_after_sale(order, photo_ids=[a_photo(a_member()).pk])

    def test_that_nobody_took_are_gone_after_a_day(self, in_acme: StoreRef) -> None:
        order = an_order()
        loose, taken = a_photo(order.member), a_photo(order.member)
        an_after_sale(order, photo_ids=[taken.pk])
        assert purge_photos(now=later(hours=25)) == 1
        assert list(AfterSalePhoto.objects.all()) == [taken]
        with pytest.raises(PhotoMissing):
            photo_by_link(link_of(loose, now=NOW), now=NOW)

    def test_are_not_hoarded(self, in_acme: StoreRef) -> None:
        member = a_member()
        for _n in range(12):
            AfterSalePhoto.objects.create(member=member, file_key="x", created_at=NOW)
        with pytest.raises(TooManyPhotos):
            add_photo(member=member, upload=a_jpeg(), now=NOW)


class TestBooks:
    @pytest.mark.parametrize(
        ("change", "promise"),
        [
            (lambda made: Liability.objects.update(amount_minor=999), "售后退款等于退款单和责任之和"),
            (lambda made: Liability.objects.update(share_ppm=999_999), "售后退款等于退款单和责任之和"),
            (lambda made: AfterSale.objects.update(state=State.FINAL), "退款中的售后都有退款单"),
            (lambda made: AfterSale.objects.update(order_refund=None), "退款中的售后都有退款单"),
            (
                lambda made: AfterSale.objects.update(state=State.STORE_REVIEW, order_refund=None, due_at=None),
                "未完成的售后都有期限，过期有人跟进",
            ),
            (
                lambda made: AfterSale.objects.update(state=State.APPEALED, order_refund=None, due_at=later(hours=-3)),
                "未完成的售后都有期限，过期有人跟进",
            ),
        ],
    )
    def test_find_what_does_not_add_up(self, in_acme: StoreRef, broken_books: None, change: Any, promise: str) -> None:
        change(grant(an_after_sale(an_order())))
        assert promise in {one.sentence.partition("：")[0] for one in check(NOW)}

    def test_the_database_refuses_what_a_story_forgets(self, in_acme: StoreRef) -> None:
        made = an_after_sale(an_order())
        for change in ({"quantity": 0}, {"asked_minor": 0}):
            with pytest.raises(IntegrityError, match="after_sale_of"), transaction.atomic():
                AfterSale.objects.filter(pk=made.pk).update(**change)
