"""Quotes: those nobody confirmed go away, and of those confirmed at once only one holds."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from billing.books import check
from billing.models.agreements import Phase, SubscriptionState
from billing.models.changes import ChangeState, PlanChange
from billing.models.coupons import Coupon, Redemption
from billing.models.invoices import Invoice, InvoiceKind
from billing.refusals import ChangedInBetween, CouponOver, PaymentUnderWay, QuoteMissing
from billing.services.purge_quotes import purge_quotes
from kit.tenancy import in_control
from tests.billing.acting import confirm, quote, switch
from tests.billing.test_documents_races import at_once
from tests.billing.world import World
from tests.stores import store_ref


def started(world: World) -> World:
    world.save_card()
    world.hear()
    switch(world, "starter", movement="start")
    return world


def test_what_nobody_confirmed_is_gone_after_a_week_and_history_stays(world: World) -> None:
    started(world)
    forgotten = quote(world, "cancel_later").change
    world.move(world.now + timedelta(days=5))
    fresh = quote(world, "cancel_later").change
    world.move(world.now + timedelta(days=3))

    with in_control():
        assert purge_quotes(now=world.now) == 1
        assert purge_quotes(now=world.now) == 0
        assert set(PlanChange.objects.values_list("state", flat=True)) == {"done", "offered"}
        assert not PlanChange.objects.filter(pk=forgotten.pk).exists()
    with pytest.raises(QuoteMissing):
        confirm(world, forgotten)
    assert confirm(world, fresh).state == ChangeState.DONE


class TestAtOnce:
    """Real connections, all from one start."""

    def test_one_quote_confirmed_four_times_is_one_upgrade_and_one_charge(self, racing_world: World) -> None:
        world = started(racing_world)
        upgrade = quote(world, "switch_now", price_id=world.price("growth").pk).change

        done = at_once([partial(confirm, world, upgrade)] * 4)
        world.hear()

        assert {change.pk for change in done} == {upgrade.pk}
        with in_control():
            assert Invoice.objects.filter(kind=InvoiceKind.CHANGE).count() == 2  # the start and the upgrade
            assert Phase.objects.filter(ends_at=None).get().price.edition.code == "growth"
            assert check(world.now) == []
        assert len(world.invoices()[-1].attempts.all()) == 1

    def test_two_quotes_of_one_moment_are_one_change(self, racing_world: World) -> None:
        world = started(racing_world)
        up = quote(world, "switch_now", price_id=world.price("growth").pk).change
        other = quote(world, "switch_now", price_id=world.price("chain").pk).change

        answers = at_once([partial(confirm, world, up), partial(confirm, world, other)])
        world.hear()

        assert sum(isinstance(answer, (ChangedInBetween, PaymentUnderWay)) for answer in answers) == 1
        with in_control():
            assert PlanChange.objects.filter(state=ChangeState.DONE, movement="switch_now").count() == 1
            assert check(world.now) == []

    def test_the_last_coupon_is_redeemed_by_one_merchant(self, racing_world: World) -> None:
        world = racing_world
        rival = replace(world, store=store_ref("rival"))
        rival.begin()
        coupon: dict[str, Any] = {"percent_ppm": 100_000, "duration": "forever", "max_redemptions": 1}
        with in_control():
            Coupon.objects.create(code="LAST", made_by="op", made_at=world.now, **coupon)
        quotes = [(one, quote(one, "coupon", coupon="last").change) for one in (world, rival)]

        answers = at_once([partial(confirm, one, change) for one, change in quotes])

        assert sum(isinstance(answer, CouponOver) for answer in answers) == 1
        with in_control():
            assert (Coupon.objects.get().redeemed, Redemption.objects.count()) == (1, 1)

    def test_a_quote_that_is_being_confirmed_is_not_purged(self, racing_world: World) -> None:
        world = started(racing_world)
        with in_control():
            old = quote(world, "cancel_later").change
            PlanChange.objects.filter(pk=old.pk).update(quoted_at=world.now - timedelta(days=30))

        answers = at_once([partial(confirm, world, old), partial(purged, world)])

        with in_control():
            kept = PlanChange.objects.filter(pk=old.pk).first()
        if isinstance(answers[0], QuoteMissing):
            assert (kept, answers[1]) == (None, 1)
        else:
            assert kept is not None
            assert (kept.state, answers[1]) == (ChangeState.DONE, 0)
            assert world.subscription().cancel_at is not None
            assert world.subscription().state == SubscriptionState.ACTIVE


def purged(world: World) -> int:
    with in_control():
        return purge_quotes(now=world.now)
