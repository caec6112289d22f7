"""Opening, changing, holding and ending a group buy."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from kit.tenancy import StoreRef
from tenants.campaigns.models import Campaign, CampaignItem, CampaignState
from tenants.campaigns.selectors_desk import (
    SHOWN_STATES,
    CampaignMissing,
    campaigns_for_desk,
    count_campaigns_by_state,
    goods_to_offer,
    latest_campaign,
)
from tenants.campaigns.services.check_draft import CampaignDraft, CampaignInvalid, ItemDraft
from tenants.campaigns.services.close_campaign import HasOrders, NotOpenYet, cancel_campaign, close_early
from tenants.campaigns.services.copy_campaign import copy_campaign
from tenants.campaigns.services.edit_campaign import CampaignOver, NotPublished, Promised, edit_campaign
from tenants.campaigns.services.open_campaign import open_campaign
from tenants.campaigns.services.pause_campaign import pause_campaign, resume_campaign
from tenants.campaigns.services.save_draft import AlreadyPublished, save_draft
from tenants.campaigns.services.write_list import ItemHasOrders, QuotaBelowTaken
from tenants.campaigns.times import usual_times
from tenants.catalog.models import Product, ProductState
from tenants.journal.models import JournalEntry
from tests.tenants.shelf import NOON, TODAY, TOMORROW, a_campaign, a_sku, an_order

BY: dict[str, Any] = {"by_name": "老板", "now": NOON}


def _draft(items: Sequence[ItemDraft] = (), **fields: Any) -> CampaignDraft:
    return CampaignDraft(
        **{
            "name": "11月22日 今日团",
            "opens_at": NOON - timedelta(hours=4),
            "cutoff_at": NOON + timedelta(hours=11),
            "pickup_date": TOMORROW,
            "items": items,
            **fields,
        }
    )


def _item(**fields: Any) -> ItemDraft:
    return ItemDraft(**{"sku_id": fields.pop("sku_id", None) or a_sku().pk, "price_minor": 990, **fields})


def _as_draft(campaign: Campaign, **changes: Any) -> CampaignDraft:
    """Say of a campaign what it is now, with some changes."""
    items = tuple(
        ItemDraft(
            sku_id=item.sku_id,
            price_minor=item.price_minor,
            strike_minor=item.strike_minor,
            quota=item.quota,
            per_member_limit=item.per_member_limit,
            commission_ppm=item.commission_ppm,
        )
        for item in campaign.items.all()
    )
    kept = {field: getattr(campaign, field) for field in ("name", "notice", "opens_at", "cutoff_at", "pickup_date")}
    words: dict[str, Any] = {**kept, "items": items, **changes}
    return CampaignDraft(**words)


class TestLeadTime:
    def test_goods_that_are_not_ready_on_the_pickup_day_are_not_put_on_sale(self, in_acme: StoreRef) -> None:
        soup = a_sku(title="佛跳墙")
        Product.objects.filter(pk=soup.product_id).update(lead_days=3)

        with pytest.raises(CampaignInvalid) as refused:
            open_campaign(draft=_draft([_item(sku_id=soup.pk)]), **BY)
        assert "备货 3 天" in refused.value.fields["items.0.sku_id"][0]

        later = _draft([_item(sku_id=soup.pk)], pickup_date=TODAY + timedelta(days=3))
        open_campaign(draft=later, **BY)


class TestOpenCampaign:
    def test_puts_the_list_on_sale_in_the_order_given(self, in_acme: StoreRef) -> None:
        pear, apple = a_sku(title="雪梨"), a_sku(title="苹果")
        draft = _draft([_item(sku_id=pear.pk, quota=5), _item(sku_id=apple.pk, commission_ppm=80_000)])

        campaign = open_campaign(draft=draft, **BY)

        assert campaign.shown_state(NOON) == "open"
        assert [(item.sku, item.quota, item.commission_ppm) for item in campaign.items.all()] == [
            (pear, 5, None),
            (apple, None, 80_000),
        ]
        entry = JournalEntry.objects.get(subject_id=campaign.pk)
        assert (entry.what, entry.actor_name, entry.detail) == ("campaign.opened", "老板", {"items": 2})

    def test_says_every_problem_at_once_and_keeps_nothing(self, in_acme: StoreRef) -> None:
        good = _item()
        draft = _draft(
            [
                good,
                _item(price_minor=0, quota=0, per_member_limit=0, commission_ppm=300_001),
                _item(strike_minor=990),
                _item(sku_id=uuid4()),
                good,
                _item(sku_id=a_sku(title="下架的", state=ProductState.OFF_SHELF).pk),
            ],
            name=" ",
            cutoff_at=NOON,
            pickup_date=TODAY - timedelta(days=1),
        )

        with pytest.raises(CampaignInvalid) as no:
            open_campaign(draft=draft, **BY)

        assert set(no.value.fields) == {
            "name",
            "cutoff_at",
            "pickup_date",
            "items.1.price_minor",
            "items.1.quota",
            "items.1.per_member_limit",
            "items.1.commission_ppm",
            "items.2.strike_minor",
            "items.3.sku_id",
            "items.4.sku_id",
            "items.5.sku_id",
        }
        assert not Campaign.objects.exists()

    def test_needs_goods_and_a_cutoff_after_the_opening(self, in_acme: StoreRef) -> None:
        with pytest.raises(CampaignInvalid) as no:
            open_campaign(draft=_draft(opens_at=NOON + timedelta(hours=12)), **BY)

        assert set(no.value.fields) == {"items", "cutoff_at"}

    def test_counts_the_pickup_day_in_the_stores_own_zone(self, in_acme: StoreRef) -> None:
        past_midnight_in_shanghai = NOON + timedelta(hours=12, minutes=30)

        with pytest.raises(CampaignInvalid) as no:
            open_campaign(draft=_draft([_item()], cutoff_at=past_midnight_in_shanghai, pickup_date=TODAY), **BY)
        assert set(no.value.fields) == {"pickup_date"}

        open_campaign(draft=_draft([_item()], cutoff_at=NOON + timedelta(hours=11), pickup_date=TODAY), **BY)


class TestDrafts:
    def test_keeps_an_unfinished_list_and_opens_it_later(self, in_acme: StoreRef) -> None:
        draft = save_draft(campaign_id=None, draft=_draft(), **BY)
        assert draft.shown_state(NOON) == "draft"

        save_draft(campaign_id=draft.pk, draft=_draft([_item()]), **BY)
        opened = open_campaign(campaign_id=draft.pk, draft=_as_draft(draft), **BY)

        assert (opened.pk, opened.shown_state(NOON), Campaign.objects.count()) == (draft.pk, "open", 1)

    def test_refuses_to_turn_a_published_list_back(self, in_acme: StoreRef) -> None:
        campaign = a_campaign()

        with pytest.raises(AlreadyPublished):
            save_draft(campaign_id=campaign.pk, draft=_as_draft(campaign), **BY)
        with pytest.raises(AlreadyPublished):
            open_campaign(campaign_id=campaign.pk, draft=_as_draft(campaign), **BY)

    def test_refuses_a_list_of_nobody(self, in_acme: StoreRef) -> None:
        with pytest.raises(CampaignMissing):
            save_draft(campaign_id=uuid4(), draft=_draft(), **BY)


class TestEditCampaign:
    def test_changes_prices_and_remembers_both(self, in_acme: StoreRef) -> None:
        campaign = a_campaign()
        item = campaign.items.get()
        order = an_order(item=item)
        changed = replace(_as_draft(campaign).items[0], price_minor=1090, quota=30)

        edit_campaign(campaign_id=campaign.pk, draft=_as_draft(campaign, items=[changed], notice="加量"), **BY)

        item.refresh_from_db()
        assert (item.price_minor, item.quota, item.taken) == (1090, 30, 2)
        assert order.lines.get().unit_price_minor == 990
        fields = [(change["field"], change["before"], change["after"]) for change in _journal_of(campaign)["changes"]]
        assert fields == [("price_minor", 990, 1090), ("quota", 20, 30)]

    def test_keeps_the_quota_above_what_is_taken(self, in_acme: StoreRef) -> None:
        campaign = a_campaign()
        an_order(item=campaign.items.get(), quantity=7)
        tight, short = (replace(_as_draft(campaign).items[0], quota=quota) for quota in (7, 6))

        with pytest.raises(QuotaBelowTaken) as no:
            edit_campaign(campaign_id=campaign.pk, draft=_as_draft(campaign, items=[short], name="改名"), **BY)

        assert str(no.value.fields["items.0.quota"][0]) == "已被订走 7 份，限量不能少于这个数。"
        campaign.refresh_from_db()
        assert campaign.name == "11月22日 今日团"  # all of the edit, or nothing
        edit_campaign(campaign_id=campaign.pk, draft=_as_draft(campaign, items=[tight]), **BY)

    def test_takes_off_what_nobody_ordered_and_nothing_else(self, in_acme: StoreRef) -> None:
        apple, pear = a_sku(title="苹果"), a_sku(title="雪梨")
        campaign = a_campaign(skus=[apple, pear])
        an_order(item=campaign.items.get(sku=apple))
        both = _as_draft(campaign)

        edit_campaign(campaign_id=campaign.pk, draft=replace(both, items=both.items[:1]), **BY)
        assert [item.sku for item in campaign.items.all()] == [apple]

        with pytest.raises(ItemHasOrders, match="苹果"):
            edit_campaign(campaign_id=campaign.pk, draft=replace(both, items=both.items[1:]), **BY)

    def test_does_not_take_off_what_a_closed_order_tells_of(self, in_acme: StoreRef) -> None:
        campaign = a_campaign(skus=[a_sku(title="苹果"), a_sku(title="雪梨")])
        both = _as_draft(campaign)
        an_order(item=campaign.items.all()[0], is_paid=False)
        CampaignItem.objects.update(taken=0)  # its reservation ran out

        with pytest.raises(ItemHasOrders):
            edit_campaign(campaign_id=campaign.pk, draft=replace(both, items=both.items[1:]), **BY)

    def test_keeps_the_promised_pickup_day(self, in_acme: StoreRef) -> None:
        campaign = a_campaign()
        moved = {"pickup_date": TOMORROW + timedelta(days=1)}
        edit_campaign(campaign_id=campaign.pk, draft=_as_draft(campaign, **moved), **BY)
        campaign.refresh_from_db()
        an_order(item=campaign.items.get())

        with pytest.raises(Promised) as no:
            edit_campaign(campaign_id=campaign.pk, draft=_as_draft(campaign, pickup_date=TOMORROW), **BY)
        assert set(no.value.fields) == {"pickup_date"}

        later = _as_draft(campaign, cutoff_at=campaign.cutoff_at + timedelta(hours=1))
        edit_campaign(campaign_id=campaign.pk, draft=later, **BY)

    def test_refuses_drafts_and_what_is_over(self, in_acme: StoreRef) -> None:
        draft = a_campaign(state=CampaignState.DRAFT)
        over = a_campaign(cutoff_at=NOON)

        with pytest.raises(NotPublished):
            edit_campaign(campaign_id=draft.pk, draft=_as_draft(draft), **BY)
        with pytest.raises(CampaignOver):
            edit_campaign(campaign_id=over.pk, draft=_as_draft(over, cutoff_at=NOON + timedelta(hours=1)), **BY)


class TestPause:
    def test_pauses_and_resumes_once_each(self, in_acme: StoreRef) -> None:
        campaign = a_campaign()

        for _twice in range(2):
            pause_campaign(campaign_id=campaign.pk, reason="货没到", **BY)
        campaign.refresh_from_db()
        assert campaign.shown_state(NOON) == "paused"

        for _twice in range(2):
            resume_campaign(campaign_id=campaign.pk, **BY)
        campaign.refresh_from_db()
        assert campaign.shown_state(NOON) == "open"
        assert JournalEntry.objects.filter(subject_id=campaign.pk).count() == 2

    def test_refuses_what_is_over(self, in_acme: StoreRef) -> None:
        campaign = a_campaign(cutoff_at=NOON)

        with pytest.raises(CampaignOver):
            resume_campaign(campaign_id=campaign.pk, **BY)


class TestCloseEarly:
    def test_is_over_at_this_instant(self, in_acme: StoreRef) -> None:
        campaign = a_campaign()
        planned = campaign.cutoff_at

        close_early(campaign_id=campaign.pk, **BY)

        campaign.refresh_from_db()
        assert campaign.shown_state(NOON) == "closed"
        assert _journal_of(campaign)["planned"] == planned.isoformat()
        with pytest.raises(CampaignOver):
            close_early(campaign_id=campaign.pk, **BY)

    def test_refuses_what_has_not_opened(self, in_acme: StoreRef) -> None:
        campaign = a_campaign(opens_at=NOON + timedelta(hours=1))

        with pytest.raises(NotOpenYet):
            close_early(campaign_id=campaign.pk, **BY)


class TestCancel:
    def test_calls_off_a_draft_and_a_list_nobody_ordered_from(self, in_acme: StoreRef) -> None:
        for campaign in (a_campaign(state=CampaignState.DRAFT), a_campaign()):
            for _twice in range(2):
                cancel_campaign(campaign_id=campaign.pk, **BY)
            campaign.refresh_from_db()
            assert campaign.shown_state(NOON) == "cancelled"

    def test_refuses_once_somebody_ordered(self, in_acme: StoreRef) -> None:
        campaign = a_campaign()
        an_order(item=campaign.items.get(), is_paid=False)

        with pytest.raises(HasOrders):
            cancel_campaign(campaign_id=campaign.pk, **BY)


class TestCopy:
    def test_makes_a_draft_of_what_is_still_sold(self, in_acme: StoreRef) -> None:
        apple, gone = a_sku(title="苹果"), a_sku(title="下架的", state=ProductState.OFF_SHELF)
        source = a_campaign(skus=[apple, gone], notice="早订早提")
        CampaignItem.objects.update(taken=5, sold=5)
        times = usual_times(now=NOON, timezone="Asia/Shanghai")

        copied = copy_campaign(
            campaign_id=source.pk,
            name="11月23日 今日团",
            opens_at=times.opens_at,
            cutoff_at=times.cutoff_at,
            pickup_date=times.pickup_date,
            **BY,
        )

        assert (copied.shown_state(NOON), copied.notice) == ("draft", "早订早提")
        item = copied.items.get()
        assert (item.sku, item.price_minor, item.quota, item.taken, item.sold) == (apple, 990, 20, 0, 0)


class TestDeskSelectors:
    def test_states_by_the_clock_agree_with_what_shoppers_see(self, in_acme: StoreRef) -> None:
        hour = timedelta(hours=1)
        a_campaign(state=CampaignState.DRAFT)
        a_campaign(state=CampaignState.CANCELLED)
        a_campaign(state=CampaignState.PAUSED)
        a_campaign(state=CampaignState.PAUSED, cutoff_at=NOON)
        a_campaign(state=CampaignState.PAUSED, opens_at=NOON + hour)
        a_campaign(opens_at=NOON)
        a_campaign(opens_at=NOON + hour)
        a_campaign(cutoff_at=NOON)

        for state in SHOWN_STATES:
            listed = set(campaigns_for_desk(state=state, now=NOON).values_list("pk", flat=True))
            assert listed == {one.pk for one in Campaign.objects.all() if one.shown_state(NOON) == state}, state
        assert count_campaigns_by_state(now=NOON) == {
            "": 8, "draft": 1, "scheduled": 1, "open": 1, "paused": 2, "closed": 2, "cancelled": 1,
        }  # fmt: skip

    def test_sums_the_pieces(self, in_acme: StoreRef) -> None:
        campaign = a_campaign(skus=[a_sku(), a_sku(title="雪梨")])
        an_order(item=campaign.items.all()[0], quantity=3)
        an_order(item=campaign.items.all()[1], quantity=2, is_paid=False)

        listed: Any = campaigns_for_desk(now=NOON).get()

        assert (listed.goods, listed.pieces_taken, listed.pieces_sold) == (2, 5, 3)

    def test_finds_goods_to_add(self, in_acme: StoreRef) -> None:
        apple, pear = a_sku(title="苹果", label="500g"), a_sku(title="雪梨", code="6901")
        a_sku(title="苹果汁", state=ProductState.OFF_SHELF)

        assert goods_to_offer(query="苹果 500", without=[], limit=5) == [apple]
        assert goods_to_offer(query="6901", without=[], limit=5) == [pear]
        assert goods_to_offer(query="", without=[apple.pk], limit=5) == [pear]

    def test_finds_the_list_to_copy(self, in_acme: StoreRef) -> None:
        assert latest_campaign(now=NOON) is None
        yesterdays = a_campaign(opens_at=NOON - timedelta(days=1), cutoff_at=NOON - timedelta(hours=13))
        a_campaign(state=CampaignState.DRAFT)
        a_campaign(opens_at=NOON + timedelta(hours=1))

        assert latest_campaign(now=NOON) == yesterdays


class TestUsualTimes:
    def test_tonight_at_eleven_and_pickup_tomorrow(self) -> None:
        times = usual_times(now=NOON, timezone="Asia/Shanghai")

        assert (times.cutoff_at.isoformat(), times.pickup_date) == ("2026-11-22T23:00:00+08:00", TOMORROW)

    def test_tomorrow_night_when_tonight_is_near(self) -> None:
        times = usual_times(now=NOON + timedelta(hours=10, minutes=30), timezone="Asia/Shanghai")

        assert times.cutoff_at.isoformat() == "2026-11-23T23:00:00+08:00"


def _journal_of(campaign: Campaign) -> dict[str, Any]:
    detail: dict[str, Any] = JournalEntry.objects.filter(subject_id=campaign.pk).latest("id").detail
    return detail
