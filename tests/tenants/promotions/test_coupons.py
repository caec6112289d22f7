"""Coupons: made, claimed, held by a basket, used, given back; never more than the merchant meant to give."""

from dataclasses import replace
from datetime import timedelta

import pytest

from kit.ids import new_id
from tenants.journal.models import JournalEntry
from tenants.promotions.books import check
from tenants.promotions.drafts import NotAnOffer, ScopeDraft
from tenants.promotions.models import AfterRefund, Audience, Coupon, CouponKind, CouponState
from tenants.promotions.selectors import (
    CouponKindMissing,
    coupons_of_member,
    coupons_to_claim,
    effect_of,
    usable_coupons,
)
from tenants.promotions.services.claim_coupon import (
    ClaimedEnough,
    NotClaimable,
    NotForYou,
    claim_coupon,
)
from tenants.promotions.services.edit_coupon import AlreadyClaimed, CodeTaken, save_coupon, stop_coupon
from tenants.promotions.services.expire_coupons import expire_coupons
from tenants.promotions.services.use_coupon import (
    CouponBudgetSpent,
    CouponGone,
    lock_coupon,
    release_coupon,
    return_coupon,
    use_coupon,
)
from tests.factories.members import a_member
from tests.factories.promotions import FIVE_OFF_THIRTY, a_coupon, a_coupon_kind
from tests.factories.times import NOW, later

pytestmark = pytest.mark.usefixtures("in_acme")
NOBODY = frozenset[Audience]()


def test_a_member_claims_and_sees_it() -> None:
    member, kind = a_member(), a_coupon_kind(total=10)
    (offered,) = coupons_to_claim(member=member, audiences=NOBODY, now=NOW)
    assert (offered.left, offered.can_claim) == (10, True)
    coupon = claim_coupon(member=member, kind_id=kind.id, now=NOW, audiences=NOBODY)
    assert coupon.expires_at == NOW + timedelta(days=14)
    assert [one.id for one in usable_coupons(member=member, now=NOW)] == [coupon.id]
    (offered,) = coupons_to_claim(member=member, audiences=NOBODY, now=NOW)
    assert (offered.left, offered.can_claim) == (9, False)


def test_each_claim_that_cannot_be_says_why() -> None:
    member, kind = a_member(), a_coupon_kind(total=1)
    with pytest.raises(NotClaimable):
        claim_coupon(member=member, kind_id=kind.id, now=NOW - timedelta(seconds=1), audiences=NOBODY)
    with pytest.raises(NotClaimable):
        claim_coupon(member=member, kind_id=kind.id, now=kind.claim_until, audiences=NOBODY)
    claim_coupon(member=member, kind_id=kind.id, now=NOW, audiences=NOBODY)
    with pytest.raises(ClaimedEnough):
        claim_coupon(member=member, kind_id=kind.id, now=NOW, audiences=NOBODY)
    with pytest.raises(NotClaimable):
        claim_coupon(member=a_member(), kind_id=kind.id, now=NOW, audiences=NOBODY)
    with pytest.raises(CouponKindMissing):
        claim_coupon(member=member, kind_id=new_id(), now=NOW, audiences=NOBODY)
    stop_coupon(kind_id=kind.id, now=NOW, by_name="老板")
    with pytest.raises(NotClaimable):
        claim_coupon(member=a_member(), kind_id=kind.id, now=NOW, audiences=NOBODY)
    assert check() == []


def test_for_new_members_only() -> None:
    kind = a_coupon_kind(audience=Audience.NEW)
    with pytest.raises(NotForYou):
        claim_coupon(member=a_member(), kind_id=kind.id, now=NOW, audiences=NOBODY)
    assert claim_coupon(member=a_member(), kind_id=kind.id, now=NOW, audiences=frozenset([Audience.NEW]))


def test_by_code_in_any_case_and_never_by_a_tap() -> None:
    kind = a_coupon_kind(code="XIN5")
    member = a_member()
    assert coupons_to_claim(member=member, audiences=NOBODY, now=NOW) == []
    with pytest.raises(CouponKindMissing):
        claim_coupon(member=member, kind_id=kind.id, now=NOW, audiences=NOBODY)
    assert claim_coupon(member=member, code=" xin5 ", now=NOW, audiences=NOBODY).kind_id == kind.id
    with pytest.raises(CodeTaken):
        a_coupon_kind(code="xin5")
    with pytest.raises(CouponKindMissing):
        claim_coupon(member=member, code="", now=NOW, audiences=NOBODY)


def test_through_a_basket_and_back() -> None:
    member, kind = a_member(), a_coupon_kind(budget_minor=800)
    coupon, basket = a_coupon(member, kind), new_id()
    lock_coupon(coupon_id=coupon.id, member=member, basket=basket, off_minor=500, now=NOW)
    assert usable_coupons(member=member, now=NOW) == []
    with pytest.raises(CouponGone):
        lock_coupon(coupon_id=coupon.id, member=member, basket=new_id(), off_minor=500, now=NOW)
    release_coupon(basket=basket, now=NOW)
    release_coupon(basket=basket, now=NOW)
    kind.refresh_from_db()
    assert kind.spent_minor == 0
    lock_coupon(coupon_id=coupon.id, member=member, basket=basket, off_minor=500, now=NOW)
    use_coupon(basket=basket, now=NOW)
    release_coupon(basket=basket, now=NOW)  # paid: there is nothing to release
    assert effect_of(kind) == {"claimed": 1, "held": 0, "locked": 0, "used": 1, "expired": 0, "off_minor": 500}
    assert check() == []


def test_another_members_coupon_is_gone() -> None:
    coupon = a_coupon(a_member())
    with pytest.raises(CouponGone):
        lock_coupon(coupon_id=coupon.id, member=a_member(), basket=new_id(), off_minor=1, now=NOW)
    with pytest.raises(CouponGone):
        lock_coupon(coupon_id=coupon.id, member=coupon.member, basket=new_id(), off_minor=1, now=coupon.expires_at)


def test_the_budget_holds() -> None:
    kind = a_coupon_kind(budget_minor=700)
    first, second = a_coupon(a_member(), kind), a_coupon(a_member(), kind)
    lock_coupon(coupon_id=first.id, member=first.member, basket=new_id(), off_minor=500, now=NOW)
    with pytest.raises(CouponBudgetSpent):
        lock_coupon(coupon_id=second.id, member=second.member, basket=new_id(), off_minor=500, now=NOW)


def test_a_refund_gives_it_back_for_three_days_at_least() -> None:
    member, basket = a_member(), new_id()
    coupon = a_coupon(member)
    lock_coupon(coupon_id=coupon.id, member=member, basket=basket, off_minor=500, now=NOW)
    use_coupon(basket=basket, now=NOW)
    refunded_at = coupon.expires_at + timedelta(days=2)
    assert return_coupon(basket=basket, now=refunded_at)
    assert not return_coupon(basket=basket, now=refunded_at)
    coupon.refresh_from_db()
    assert (coupon.state, coupon.expires_at) == (CouponState.ISSUED, refunded_at + timedelta(days=3))
    assert check() == []


def test_a_kind_that_is_kept_after_a_refund_stays_used() -> None:
    member, basket = a_member(), new_id()
    coupon = a_coupon(member, a_coupon_kind(after_refund=AfterRefund.KEEP))
    lock_coupon(coupon_id=coupon.id, member=member, basket=basket, off_minor=500, now=NOW)
    use_coupon(basket=basket, now=NOW)
    assert not return_coupon(basket=basket, now=NOW)
    assert Coupon.objects.get().state == CouponState.USED


def test_released_after_its_end_it_is_expired() -> None:
    member, basket = a_member(), new_id()
    coupon = a_coupon(member)
    lock_coupon(coupon_id=coupon.id, member=member, basket=basket, off_minor=500, now=NOW)
    release_coupon(basket=basket, now=coupon.expires_at)
    coupon.refresh_from_db()
    assert coupon.state == CouponState.EXPIRED


def test_expiry_is_seen_before_the_task_comes() -> None:
    member = a_member()
    coupon = a_coupon(member)
    over = coupon.expires_at
    assert coupon.shown_state(over) == CouponState.EXPIRED
    assert len(coupons_of_member(member=member, state="expired", now=over, after=None, limit=10)) == 1
    assert coupons_of_member(member=member, state="usable", now=over, after=None, limit=10) == []
    assert (expire_coupons(now=over), expire_coupons(now=over)) == (1, 0)


def test_what_members_hold_keeps_its_worth() -> None:
    kind = a_coupon_kind(total=5)
    a_coupon(a_member(), kind)
    for worse in ({"off_minor": 400}, {"total": 4}, {"budget_minor": 100}, {"claim_until": later(days=1)}):
        with pytest.raises(AlreadyClaimed):
            save_coupon(
                draft=replace(FIVE_OFF_THIRTY, **({"total": 5} | worse)),
                now=NOW,
                by_name="老板",
                kind_id=kind.id,
                publish=True,
            )
    more = replace(FIVE_OFF_THIRTY, total=50, claim_until=later(days=30))
    save_coupon(draft=more, now=NOW, by_name="老板", kind_id=kind.id, publish=True)
    assert CouponKind.objects.get().total == 50
    assert list(JournalEntry.objects.values_list("what", flat=True)) == ["coupon_kind.made", "coupon_kind.changed"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"off_minor": 0}, "off"),
        ({"off_ppm": 100_000}, "off"),
        ({"off_minor": 0, "off_ppm": 1_000_000}, "off"),
        ({"off_minor": -5, "off_ppm": 5}, "off"),
        ({"threshold_minor": 499}, "threshold"),
        ({"cap_minor": 0}, "cap"),
        ({"claim_until": NOW}, "claim_until"),
        ({"valid_days": None}, "valid"),
        ({"valid_until": later(days=9)}, "valid"),
        ({"valid_days": None, "valid_until": later(days=6)}, "valid"),
        ({"valid_days": 0}, "per_member"),
        ({"per_member": 0}, "per_member"),
        ({"budget_minor": 0}, "budget"),
    ],
)
def test_a_coupon_that_makes_no_sense_is_refused_at_its_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(NotAnOffer) as refused:
        a_coupon_kind(**changes)
    assert list(refused.value.fields) == [field]
    assert not CouponKind.objects.exists()


def test_the_books_see_a_planted_violation() -> None:
    coupon = a_coupon(a_member())
    assert check() == []
    CouponKind.objects.update(spent_minor=1)
    Coupon.objects.create(kind=coupon.kind, member=coupon.member, nth=2, claimed_at=NOW, expires_at=coupon.expires_at)
    assert [finding.invariant for finding in check()] == ["I8", "I8"]


def test_a_scope_is_written_and_read_the_same() -> None:
    product = new_id()
    kind = a_coupon_kind(scope=ScopeDraft(products=(product,)))
    assert kind.scope == {"products": [str(product)]}
