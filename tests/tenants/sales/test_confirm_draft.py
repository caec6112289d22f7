"""代客下单: drafts hold nothing, and become an order of the one they are for, once."""

from uuid import UUID

import pytest

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.campaigns.models import Campaign, CampaignItem, JoinDraft, PastedChain
from tenants.campaigns.selectors_drafts import DraftMissing, drafts_of, read_for, signature_of
from tenants.campaigns.services.edit_campaign import CampaignOver
from tenants.campaigns.services.paste_chain import AlreadyConfirmed, NothingRead, paste_chain, withdraw_draft
from tenants.inventory.models import Stock
from tenants.journal.services import Actor
from tenants.members.models import Member
from tenants.orders.models import Order
from tenants.sales.services.confirm_draft import NotYourDraft, confirm_draft, show_draft
from tenants.sales.services.place_order import CampaignClosed, OutOfStock, PriceChanged
from tests.factories.campaigns import an_open_campaign
from tests.factories.catalog import a_product
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.times import NOW, later

TEXT = """🍎今日接龙 截单23:00
1. 王姐 鸡蛋2份 红富士1份
2. 李哥13812345678 3栋502 鸡蛋x1
3. 小陈 草莓两盒
4. 赵姨 红富士5
4号取消
5、周周 同上
6. 钱多多 同1号
"""


def a_list(*, eggs_left: int = 100) -> Campaign:
    eggs = a_product(title="农家土鸡蛋", label="30枚/板", price_minor=1990, in_stock=eggs_left)
    apples = a_product(title="红富士苹果", label="5斤", price_minor=2990)
    return an_open_campaign(eggs, apples, kind="solitaire")


def pasted(campaign: Campaign, text: str = TEXT, *, key: str = "") -> PastedChain:
    point = a_leader_with_point()
    return paste_chain(
        campaign_id=campaign.pk,
        pickup_point_id=point.pk,
        text=text,
        key=key or str(new_id()),
        now=NOW,
        actor=Actor(kind="person", name="老板"),
    )


def confirmed(draft: JoinDraft, member: Member, *, total: int, signature: str | None = None) -> Order:
    sign = signature_of(draft.pk) if signature is None else signature
    return confirm_draft(draft_id=draft.pk, signature=sign, member=member, expected_total_minor=total, now=NOW)


def wants_of(draft: JoinDraft) -> dict[str, int]:
    return {line.item.sku.product.title: line.quantity for line in draft.lines.all()}


class TestPaste:
    def test_makes_drafts_of_clear_rows_only_and_holds_nothing(self, in_acme: StoreRef) -> None:
        campaign = a_list()
        pasted(campaign)

        drafts = {draft.number: draft for draft in drafts_of(campaign)}

        assert wants_of(drafts[1]) == {"农家土鸡蛋": 2, "红富士苹果": 1}
        assert (drafts[2].name, drafts[2].phone, drafts[2].room) == ("李哥", "13812345678", "3栋502")
        assert wants_of(drafts[6]) == wants_of(drafts[1])
        assert 3 not in drafts  # nobody sells strawberries
        assert set(Stock.objects.values_list("reserved", flat=True)) == {0}
        assert set(CampaignItem.objects.values_list("taken", flat=True)) == {0}

    def test_says_of_each_other_row_why(self, in_acme: StoreRef) -> None:
        campaign = a_list()
        made = pasted(campaign)
        rows = {row.number: row for row in read_for(campaign, TEXT).chain.rows}

        assert any("草莓" in doubt.written for doubt in rows[3].doubts)
        assert rows[4].is_cancelled
        assert set(made.drafts.values_list("number", flat=True)) == {
            number for number, row in rows.items() if row.is_clear
        }

    def test_the_same_form_makes_them_once(self, in_acme: StoreRef) -> None:
        campaign = a_list()
        first, second = pasted(campaign, key="k"), pasted(campaign, key="k")
        assert first == second
        assert JoinDraft.objects.count() == first.drafts.count()

    def test_what_is_no_chain_makes_none(self, in_acme: StoreRef) -> None:
        campaign = a_list()
        for text in ("", "大家早上好", "1. 王姐"):
            with pytest.raises(NothingRead):
                pasted(campaign, text)
        assert not PastedChain.objects.exists()

    def test_only_while_it_takes_orders(self, in_acme: StoreRef) -> None:
        campaign = a_list()
        Campaign.objects.filter(pk=campaign.pk).update(state="paused")
        with pytest.raises(CampaignOver):
            pasted(campaign)


class TestConfirm:
    def draft(self, number: int = 1, *, eggs_left: int = 100) -> JoinDraft:
        return pasted(a_list(eggs_left=eggs_left)).drafts.get(number=number)

    def test_becomes_an_order_like_any_other_once(self, in_acme: StoreRef) -> None:
        draft, member = self.draft(), a_member(nickname="王阿姨")
        shown = show_draft(draft_id=draft.pk, signature=signature_of(draft.pk), now=NOW)
        assert (shown.quote.total_minor, shown.quote.can_order) == (6970, True)

        orders = {confirmed(draft, member, total=6970).pk for _time in range(3)}

        [order_id] = orders
        order = Order.objects.get(pk=order_id)
        assert (order.contact_name, order.contact_phone, order.total_minor) == ("王姐", member.phone, 6970)
        draft.refresh_from_db()
        assert (draft.order_id, draft.member_id) == (order_id, member.pk)

    def test_is_for_whose_phone_was_written(self, in_acme: StoreRef) -> None:
        draft = self.draft(2)
        with pytest.raises(NotYourDraft):
            confirmed(draft, a_member(), total=1990)
        order = confirmed(draft, a_member(phone="13812345678"), total=1990)
        assert order.remark == "3栋502"

    def test_is_taken_by_the_first(self, in_acme: StoreRef) -> None:
        draft = self.draft()
        confirmed(draft, a_member(), total=6970)
        with pytest.raises(NotYourDraft):
            confirmed(draft, a_member(), total=6970)

    def test_another_price_is_asked_about_and_may_be_tried_again(self, in_acme: StoreRef) -> None:
        draft, member = self.draft(), a_member()
        with pytest.raises(PriceChanged):
            confirmed(draft, member, total=1)
        assert confirmed(draft, member, total=6970).total_minor == 6970

    def test_holds_no_stock_so_it_may_come_too_late(self, in_acme: StoreRef) -> None:
        draft = self.draft(eggs_left=1)
        shown = show_draft(draft_id=draft.pk, signature=signature_of(draft.pk), now=NOW)
        assert not shown.quote.can_order
        with pytest.raises(OutOfStock):
            confirmed(draft, a_member(), total=6970)

    def test_after_the_cut_off_it_is_too_late(self, in_acme: StoreRef) -> None:
        draft = self.draft()
        with pytest.raises(CampaignClosed):
            confirm_draft(
                draft_id=draft.pk,
                signature=signature_of(draft.pk),
                member=a_member(),
                expected_total_minor=6970,
                now=later(hours=12),
            )

    def test_a_forged_link_and_a_withdrawn_draft_are_none(self, in_acme: StoreRef) -> None:
        draft, other = self.draft(), self.draft()
        withdraw_draft(draft_id=other.pk, now=NOW)
        cases: list[tuple[UUID, str]] = [
            (draft.pk, "0" * 64),
            (draft.pk, signature_of(other.pk)),
            (other.pk, signature_of(other.pk)),
        ]
        for draft_id, signature in cases:
            with pytest.raises(DraftMissing):
                show_draft(draft_id=draft_id, signature=signature, now=NOW)
            with pytest.raises(DraftMissing):
                confirmed(JoinDraft.objects.get(pk=draft_id), a_member(), total=6970, signature=signature)

    def test_what_is_confirmed_is_not_withdrawn(self, in_acme: StoreRef) -> None:
        draft = self.draft()
        confirmed(draft, a_member(), total=6970)
        with pytest.raises(AlreadyConfirmed):
            withdraw_draft(draft_id=draft.pk, now=NOW)
