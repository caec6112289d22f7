"""The first rule that hits says the rate, and the sentence says why the amount is what it is."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from kit.ids import new_id
from tenants.commissions.models import CommissionRule, RuleScope
from tenants.commissions.rates import CAP_PPM, Rate, amount_of, rate_for, reason_for
from tests.factories.times import NOW

PRODUCT, LEADER = new_id(), new_id()


def a_rule(scope: RuleScope, ppm: int, *, of: UUID | None = None) -> CommissionRule:
    return CommissionRule(scope=scope, scope_id=of, rate_ppm=ppm, valid_from=NOW)


STORE_RULE = a_rule(RuleScope.STORE, 80_000)
LEADER_RULE = a_rule(RuleScope.LEADER, 90_000, of=LEADER)
PRODUCT_RULE = a_rule(RuleScope.PRODUCT, 100_000, of=PRODUCT)
OF_OTHERS = [a_rule(RuleScope.LEADER, 1, of=new_id()), a_rule(RuleScope.PRODUCT, 2, of=new_id())]


def rate(*rules: CommissionRule, item_ppm: int | None = None) -> Rate:
    return rate_for(item_ppm=item_ppm, product_id=PRODUCT, leader_id=LEADER, rules=rules)


class TestRateFor:
    def test_takes_the_first_hit(self) -> None:
        everything = (STORE_RULE, LEADER_RULE, PRODUCT_RULE, *OF_OTHERS)

        assert rate(*everything, item_ppm=110_000) == Rate(110_000, "本团商品")
        assert rate(*everything) == Rate(100_000, "商品佣金", PRODUCT_RULE)
        assert rate(STORE_RULE, LEADER_RULE, *OF_OTHERS) == Rate(90_000, "团长专享", LEADER_RULE)
        assert rate(STORE_RULE, *OF_OTHERS) == Rate(80_000, "全店默认", STORE_RULE)
        assert rate(*OF_OTHERS) == Rate(0, "未设置佣金")

    def test_takes_an_items_own_zero(self) -> None:
        assert rate(STORE_RULE, item_ppm=0).ppm == 0

    def test_takes_the_newest_rule_of_a_scope(self) -> None:
        newer = a_rule(RuleScope.STORE, 50_000)
        assert rate(newer, STORE_RULE).ppm == 50_000

    def test_never_passes_the_cap(self) -> None:
        assert rate(item_ppm=900_000).ppm == CAP_PPM


class TestAmount:
    def test_rounds_down_and_says_so(self) -> None:
        assert amount_of(base_minor=1290, ppm=80_000) == 103
        assert amount_of(base_minor=1299, ppm=80_000) == 103
        assert (
            reason_for(rate=Rate(80_000, "全店默认", STORE_RULE), base_minor=1290, currency="CNY")
            == "全店默认 8%：¥12.90 × 8% = ¥1.03"
        )

    @given(base=st.integers(0, 10**12), ppm=st.integers(0, CAP_PPM))
    def test_is_never_negative_and_never_above_the_cap(self, base: int, ppm: int) -> None:
        amount = amount_of(base_minor=base, ppm=ppm)
        assert 0 <= amount * 10 <= base * 3
        assert 0 <= base * ppm - amount * 1_000_000 < 1_000_000
