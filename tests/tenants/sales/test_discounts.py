"""What comes off a basket is what was told, is spread to the cent, and a coupon serves one order at a time."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit.tenancy import StoreRef
from tenants.campaigns.models import CampaignItem
from tenants.catalog.models import Product
from tenants.catalog.services.shelves import add_category
from tenants.commissions.models import CommissionEntry
from tenants.commissions.services.set_store_rate import set_store_rate
from tenants.members.models import Member
from tenants.orders.models import LineDiscount, Order, OrderState
from tenants.payments.models import Refund
from tenants.promotions.drafts import ScopeDraft
from tenants.promotions.models import Coupon, CouponKind, CouponState, PromotionKind
from tenants.promotions.services.edit_promotion import save_promotion
from tenants.promotions.services.use_coupon import CouponBudgetSpent, CouponGone
from tenants.sales.books import check
from tenants.sales.services.cancel_order import cancel_order
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.place_order import Contact, CouponNotFitting, PriceChanged, place_order
from tenants.sales.services.quote_lines import Quote, WantedLine, quote_lines
from tenants.sales.services.settle_payment import settle_payment
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.orders import a_started_payment, news_of
from tests.factories.promotions import TWENTY_FIVE_LESS_THREE, a_coupon, a_coupon_kind, a_promotion
from tests.factories.times import NOW, later


def quote(member: Member | None, *lines: tuple[CampaignItem, int], coupon: Coupon | None = None) -> Quote:
    return quote_lines(
        lines=[WantedLine(item.id, quantity) for item, quantity in lines],
        member=member,
        pickup_point_id=None,
        now=NOW,
        coupon_id=coupon.id if coupon else None,
        shows_coupons=True,
    )


def place(
    member: Member, *lines: tuple[CampaignItem, int], total: int, coupon: Coupon | None = None, key: str = "tap"
) -> Order:
    return place_order(
        member=member,
        pickup_point_id=a_leader_with_point().id,
        lines=[WantedLine(item.id, quantity) for item, quantity in lines],
        contact=Contact(name="王阿姨", phone="13800000000"),
        remark="",
        expected_total_minor=total,
        key=key,
        now=NOW,
        coupon_id=coupon.id if coupon else None,
    )


def in_books(coupon: Coupon) -> tuple[str, int]:
    coupon.refresh_from_db()
    kind = CouponKind.objects.get(pk=coupon.kind_id)
    return coupon.state, kind.spent_minor


class TestQuote:
    def test_tells_each_step_in_a_sentence(self, in_acme: StoreRef) -> None:
        apples, pears, member = an_offer(), an_offer(title="丰水梨", price_minor=990), a_member()
        a_promotion(TWENTY_FIVE_LESS_THREE)
        a_promotion(
            replace(TWENTY_FIVE_LESS_THREE, name="苹果第二件半价", kind=PromotionKind.NEXT_PIECE, off_ppm=500_000,
                    scope=ScopeDraft(products=(apples.sku.product_id,)))
        )  # fmt: skip
        coupon = a_coupon(member, a_coupon_kind(threshold_minor=2000))

        told = quote(member, (apples, 2), (pears, 1), coupon=coupon)

        assert (told.goods_minor, told.total_minor, told.can_order) == (3570, 3570 - 645 - 300 - 500, True)
        assert [step.sentence for step in told.steps] == [
            "「苹果第二件半价」优惠 ¥6.45",
            "满减「满25减3」减 ¥3.00",
            "优惠券「满30减5」抵 ¥5.00",
        ]
        assert sum(line.net_minor for line in told.lines) == told.total_minor

    def test_tries_every_coupon_the_member_holds(self, in_acme: StoreRef) -> None:
        item, member = an_offer(), a_member()
        small = a_coupon(member, a_coupon_kind(name="满10减1", threshold_minor=1000, off_minor=100))
        large = a_coupon(member, a_coupon_kind(name="满12减2", threshold_minor=1200, off_minor=200))
        far = a_coupon(member)

        told = quote(member, (item, 1))

        assert [(one.coupon.id, one.off_minor, one.sentence) for one in told.coupons] == [
            (large.id, 200, "可抵 ¥2.00"),
            (small.id, 100, "可抵 ¥1.00"),
            (far.id, 0, "还差 ¥17.10 可用"),
        ]
        assert quote(None, (item, 1)).coupons == ()

    def test_says_why_a_coupon_does_not_serve(self, in_acme: StoreRef) -> None:
        item, other, member = an_offer(), an_offer(title="鸡蛋"), a_member()
        elsewhere = a_coupon(member, a_coupon_kind(scope=ScopeDraft(products=(other.sku.product_id,))))

        assert quote(member, (item, 5), coupon=elsewhere).coupon_problem == "不适用于所选商品"
        gone = quote(a_member(), (item, 5), coupon=elsewhere)
        assert gone.coupon_problem.startswith("优惠券已使用")
        assert not gone.can_order

    def test_is_one_statement_without_a_member_and_four_with_a_coupon(self, in_acme: StoreRef) -> None:
        item, member = an_offer(), a_member()
        coupon = a_coupon(member)
        a_promotion(TWENTY_FIVE_LESS_THREE)

        for who, ticket, most in ((None, None, 1), (member, None, 3), (member, coupon, 4)):
            with CaptureQueriesContext(connection) as captured:
                quote(who, (item, 3), coupon=ticket)
            assert len(captured) == most


class TestPlaceOrder:
    def test_spreads_every_discount_over_the_lines(self, in_acme: StoreRef) -> None:
        apples, pears, member = an_offer(), an_offer(title="丰水梨", price_minor=990), a_member()
        a_promotion(TWENTY_FIVE_LESS_THREE)
        coupon = a_coupon(member)

        order = place(member, (apples, 2), (pears, 1), total=3570 - 300 - 500, coupon=coupon)

        assert order.total_minor == 2770
        for line in order.lines.all():
            assert line.net_minor == line.total_minor - sum(one.off_minor for one in line.discounts.all())
        assert in_books(coupon) == (CouponState.LOCKED, 500)
        assert check(NOW) == []

    def test_refuses_a_total_that_missed_a_discount(self, in_acme: StoreRef) -> None:
        item, member = an_offer(), a_member()
        a_promotion(TWENTY_FIVE_LESS_THREE)

        with pytest.raises(PriceChanged) as refused:
            place(member, (item, 2), total=2580)

        assert refused.value.facts["total"] == {"amount": 2280, "currency": "CNY"}
        assert refused.value.facts["discounts"] == ["满减「满25减3」减 ¥3.00"]

    def test_refuses_moved_prices_though_the_total_is_the_same(self, in_acme: StoreRef) -> None:
        apples, pears, member = an_offer(price_minor=1000), an_offer(title="丰水梨", price_minor=900), a_member()

        with pytest.raises(PriceChanged) as refused:
            place_order(
                member=member,
                pickup_point_id=a_leader_with_point().id,
                lines=[WantedLine(apples.id, 1, 900), WantedLine(pears.id, 1, 1000)],
                contact=Contact(name="王阿姨", phone="13800000000"),
                remark="",
                expected_total_minor=1900,
                key="1",
                now=NOW,
            )

        told = {line["title"]: line["sentence"] for line in refused.value.facts["lines"]}
        assert told == {"洛川苹果": "现价 ¥10.00", "丰水梨": "现价 ¥9.00"}

    def test_is_four_statements_for_a_plain_basket(self, in_acme: StoreRef) -> None:
        a_promotion(TWENTY_FIVE_LESS_THREE)
        offers = [an_offer(title=f"水果 {number}") for number in range(8)]
        member, point = a_member(), a_leader_with_point()
        wanted = [WantedLine(offer.id, 1) for offer in offers]

        with CaptureQueriesContext(connection) as captured:
            place_order(
                member=member,
                pickup_point_id=point.id,
                lines=wanted,
                contact=Contact(name="王阿姨", phone="13800000000"),
                remark="",
                expected_total_minor=8 * 1290 - 300,
                key="1",
                now=NOW,
            )

        said = [q["sql"] for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "SET "))]
        assert len(said) == 4, "\n".join(said)

    def test_a_coupon_never_pays_the_last_cent(self, in_acme: StoreRef) -> None:
        item, member = an_offer(price_minor=500), a_member()
        coupon = a_coupon(member, a_coupon_kind(threshold_minor=500))

        assert place(member, (item, 1), total=1, coupon=coupon).total_minor == 1

    def test_refuses_a_coupon_that_takes_nothing_off(self, in_acme: StoreRef) -> None:
        item, member = an_offer(), a_member()
        coupon = a_coupon(member)

        with pytest.raises(CouponNotFitting, match=r"还差 ¥17.10 可用"):
            place(member, (item, 1), total=1290, coupon=coupon)

        assert in_books(coupon) == (CouponState.ISSUED, 0)

    def test_uses_a_coupon_once_and_only_its_owners(self, in_acme: StoreRef) -> None:
        item, member = an_offer(), a_member()
        coupon = a_coupon(member)
        place(member, (item, 3), total=3370, coupon=coupon)

        for who in (member, a_member()):
            with pytest.raises(CouponGone):
                place(who, (item, 3), total=3370, coupon=coupon, key="again")

    def test_keeps_the_budget_of_a_kind(self, in_acme: StoreRef) -> None:
        item, first, second = an_offer(), a_member(), a_member()
        kind = a_coupon_kind(budget_minor=800)
        place(first, (item, 3), total=3370, coupon=a_coupon(first, kind))

        with pytest.raises(CouponBudgetSpent):
            place(second, (item, 3), total=3370, coupon=a_coupon(second, kind))

        assert Order.objects.count() == 1
        assert Coupon.objects.get(member=second).state == CouponState.ISSUED


class TestWhatBecomesOfTheCoupon:
    def test_used_when_paid_and_the_commission_is_of_what_was_paid(self, in_acme: StoreRef) -> None:
        set_store_rate(rate_ppm=100_000, by_name="陈店长", now=NOW)
        item, member = an_offer(), a_member()
        coupon = a_coupon(member)
        order = place(member, (item, 3), total=3370, coupon=coupon)

        settle_payment(news=news_of(a_started_payment(order)), now=NOW)

        order.refresh_from_db()
        assert (order.state, order.paid_minor) == (OrderState.PAID, 3370)
        assert in_books(coupon) == (CouponState.USED, 500)
        assert CommissionEntry.objects.get().amount_minor == 337
        assert check(NOW) == []

    def test_free_again_when_given_up_or_timed_out(self, in_acme: StoreRef) -> None:
        item, member = an_offer(), a_member()
        coupon = a_coupon(member)

        order = place(member, (item, 3), total=3370, coupon=coupon, key="1")
        cancel_order(order_id=order.id, member=member, reason="", now=NOW)
        assert in_books(coupon) == (CouponState.ISSUED, 0)

        place(member, (item, 3), total=3370, coupon=coupon, key="2")
        assert expire_orders(now=later(minutes=16)) == 1
        assert in_books(coupon) == (CouponState.ISSUED, 0)
        assert LineDiscount.objects.count() == 2
        assert check(NOW) == []

    def test_late_money_takes_the_coupon_again(self, in_acme: StoreRef) -> None:
        item, member = an_offer(), a_member()
        coupon = a_coupon(member)
        order = place(member, (item, 3), total=3370, coupon=coupon)
        payment = a_started_payment(order)
        expire_orders(now=NOW + timedelta(minutes=16))

        settle_payment(news=news_of(payment), now=later(minutes=17))

        order.refresh_from_db()
        assert order.state == OrderState.PAID
        assert in_books(coupon) == (CouponState.USED, 500)
        assert check(NOW) == []

    def test_late_money_goes_back_when_the_coupon_was_used_elsewhere(self, in_acme: StoreRef) -> None:
        item, member = an_offer(), a_member()
        coupon = a_coupon(member)
        order = place(member, (item, 3), total=3370, coupon=coupon, key="1")
        payment = a_started_payment(order)
        expire_orders(now=NOW + timedelta(minutes=16))
        place(member, (item, 3), total=3370, coupon=coupon, key="2")

        settle_payment(news=news_of(payment), now=later(minutes=17))

        order.refresh_from_db()
        assert order.state == OrderState.CLOSED
        assert Refund.objects.get().amount_minor == 3370
        assert check(NOW) == []


def test_a_draft_takes_nothing_off(in_acme: StoreRef) -> None:
    save_promotion(draft=TWENTY_FIVE_LESS_THREE, now=NOW, by_name="老板", publish=False)
    assert quote(None, (an_offer(), 2)).steps == ()


class TestCategories:
    @pytest.mark.parametrize("level", [0, 1, 2])
    def test_a_promotion_for_a_category_takes_off_goods_of_all_below_it(self, in_acme: StoreRef, level: int) -> None:
        leaves = add_category(name="蔬菜/叶菜/菠菜")
        path = [leaves.parent.parent, leaves.parent, leaves]  # type: ignore[union-attr]
        spinach, apples = an_offer(price_minor=2600), an_offer(price_minor=2600)
        Product.objects.filter(pk=spinach.sku.product_id).update(category=leaves)
        a_promotion(replace(TWENTY_FIVE_LESS_THREE, scope=ScopeDraft(categories=(path[level].pk,))))  # type: ignore[union-attr]

        assert quote(None, (spinach, 1)).total_minor == 2300
        assert quote(None, (apples, 1)).total_minor == 2600
