"""Opening today's group buy, and what becomes of it, through the pages."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.campaigns.models import Campaign, CampaignState, Repetition
from tenants.catalog.models import Sku
from tests.tenants.backoffice.conftest import SignIn, statements_of
from tests.tenants.shelf import NOON, a_campaign, a_sku, an_order

HEAD = {
    "name": "11月22日 今日团",
    "opens_at": "2026-11-22T08:00",
    "cutoff_at": "2026-11-22T23:00",
    "pickup_date": "2026-11-23",
    "notice": "",
}


def typed(*rows: dict[str, Any], do: str, **head: str) -> dict[str, str]:
    """Write what a browser posts from the editor."""
    posted = {**HEAD, **head, "do": do, "form-TOTAL_FORMS": str(len(rows)), "form-INITIAL_FORMS": "0"}
    empty = {"sku_id": "", "price": "", "strike": "", "quota": "", "per_member_limit": "", "rate": "", "minimum": ""}
    for place, row in enumerate(rows):
        posted |= {f"form-{place}-{name}": str(value) for name, value in {**empty, **row}.items()}
    return posted


def page_of(answer: Any) -> str:
    return str(answer.content.decode())


class TestNew:
    def test_suggests_tonight_at_eleven_and_pickup_tomorrow(self, desk: Client) -> None:
        page = page_of(desk.get("/backoffice/campaigns/new"))

        assert 'value="2026-11-22T12:00"' in page
        assert 'value="2026-11-22T23:00"' in page
        assert 'value="2026-11-23"' in page
        assert 'value="11月22日 今日团"' in page

    def test_adds_and_removes_goods_and_keeps_what_was_typed(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            apple, pear = a_sku(title="苹果"), a_sku(title="雪梨", price_minor=1550)
        row = {"sku_id": apple.pk, "price": "8.8x", "quota": "5"}

        added = page_of(desk.post("/backoffice/campaigns/new", typed(row, do=f"add:{pear.pk}", name="我的团")))
        assert 'value="我的团"' in added
        assert 'value="8.8x"' in added
        assert 'name="form-1-price" value="15.50"' in added
        assert 'value="2" id="id_form-TOTAL_FORMS"' in added

        second = {"sku_id": pear.pk, "price": "15.50"}
        removed = page_of(desk.post("/backoffice/campaigns/new", typed(row, second, do="remove:0")))
        assert 'value="1" id="id_form-TOTAL_FORMS"' in removed
        assert str(pear.pk) in removed.split("found-goods")[0]

    def test_finds_goods_and_shows_price_and_stock(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            a_sku(title="苹果", in_stock=7)
            a_sku(title="雪梨")

        found = page_of(desk.post("/backoffice/campaigns/new", typed(do="search", q="苹果"))).split("found-goods")[-1]

        assert "苹果" in found
        assert "库存 7" in found
        assert "雪梨" not in found

    def test_warns_below_cost_while_typing_and_before_publishing(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            apple = a_sku(title="苹果", cost_minor=900)
        row = {"sku_id": apple.pk, "price": "8.00"}

        assert "低于成本" in page_of(desk.post("/backoffice/campaigns/new", typed(row, do="recount")))
        preview = page_of(desk.post("/backoffice/campaigns/new", typed(row, do="preview")))
        assert "“苹果”的团购价低于成本价" in preview
        assert "确认发布" in preview
        with in_store(acme):
            assert not Campaign.objects.exists()

    def test_warns_of_a_struck_price_nobody_was_asked(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            apple = a_sku(title="苹果", price_minor=1290)
        row = {"sku_id": apple.pk, "price": "8.80", "strike": "99"}

        assert "划线价 99.00 高于它" in page_of(desk.post("/backoffice/campaigns/new", typed(row, do="preview")))
        opened = desk.post("/backoffice/campaigns/new", typed(row, do="open"))["Location"]
        assert "划线价 99.00 高于它" in page_of(desk.get(opened))
        fair = {**row, "strike": "12.90"}
        assert "高于它" not in page_of(desk.post("/backoffice/campaigns/new", typed(fair, do="preview")))

    def test_publishes_what_the_preview_showed(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            apple = a_sku(title="苹果")
        row = {
            "sku_id": apple.pk,
            "price": "8.80",
            "strike": "12.9",
            "quota": "50",
            "per_member_limit": "3",
            "rate": "8",
        }

        answer = desk.post("/backoffice/campaigns/new", typed(row, do="open"))

        with in_store(acme):
            campaign = Campaign.objects.get()
            item = campaign.items.get()
        assert answer["Location"] == f"/backoffice/campaigns/{campaign.pk}"
        assert campaign.cutoff_at == NOON + timedelta(hours=11)
        assert (item.price_minor, item.strike_minor, item.quota) == (880, 1290, 50)
        assert (item.per_member_limit, item.commission_ppm, campaign.created_by) == (3, 80_000, "老板")

    @pytest.mark.parametrize(
        ("row", "head", "sentence"),
        [
            ({"price": ""}, {}, "请填写团购价。"),
            ({"price": "abc"}, {}, "请填写金额"),
            ({"price": "0"}, {}, "团购价要大于 0。"),
            ({"price": "8", "strike": "7"}, {}, "划线价要高于团购价"),
            ({"price": "8", "quota": "x"}, {}, "请填写整数。"),
            ({"price": "8", "rate": "31"}, {}, "要在 0 到 30% 之间。"),
            ({"price": "8"}, {"cutoff_at": "2026-11-22T07:00"}, "截单时间要晚于开团时间。"),
            ({"price": "8"}, {"cutoff_at": "2026-11-22T11:00"}, "截单时间已经过去"),
            ({"price": "8"}, {"pickup_date": "2026-11-21"}, "提货日期不能早于截单那天。"),
            ({"price": "8"}, {"pickup_date": "明天"}, "日期写得不对。"),
            ({"price": "8"}, {"name": ""}, "请填写团期名称。"),
        ],
    )
    def test_says_what_is_wrong_and_loses_nothing(
        self, acme: StoreRef, desk: Client, row: dict[str, str], head: dict[str, str], sentence: str
    ) -> None:
        with in_store(acme):
            apple = a_sku(title="苹果")

        answer = desk.post("/backoffice/campaigns/new", typed({"sku_id": apple.pk, **row}, do="open", **head))

        page = page_of(answer)
        assert answer.status_code == 422
        assert sentence in page
        assert f'value="{row["price"]}"' in page or not row["price"]
        with in_store(acme):
            assert not Campaign.objects.exists()

    def test_refuses_an_empty_list(self, desk: Client) -> None:
        assert "请至少添加一个商品。" in page_of(desk.post("/backoffice/campaigns/new", typed(do="preview")))

    def test_keeps_a_draft(self, acme: StoreRef, desk: Client) -> None:
        answer = desk.post("/backoffice/campaigns/new", typed(do="draft"), follow=True)

        assert "草稿已保存" in page_of(answer)
        with in_store(acme):
            assert Campaign.objects.get().state == CampaignState.DRAFT

    def test_survives_nonsense(self, desk: Client) -> None:
        for total in ("-1", "x", "999999", ""):
            answer = desk.post("/backoffice/campaigns/new", {**typed(do="add:nonsense"), "form-TOTAL_FORMS": total})
            assert answer.status_code == 200


class TestEdit:
    def test_says_how_many_are_taken_when_the_quota_is_too_small(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            campaign = a_campaign()
            an_order(item=campaign.items.get(), quantity=7)
            sku = Sku.objects.get()
        row = {"sku_id": sku.pk, "price": "9.90", "quota": "6"}

        answer = desk.post(f"/backoffice/campaigns/{campaign.pk}/edit", typed(row, do="save"))
        assert answer.status_code == 422
        assert "已被订走 7 份，限量不能少于这个数。" in page_of(answer)

        answer = desk.post(f"/backoffice/campaigns/{campaign.pk}/edit", typed({**row, "quota": "7"}, do="save"))
        assert answer.status_code == 303
        with in_store(acme):
            assert campaign.items.get().quota == 7

    def test_does_not_open_for_what_is_over(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            over = a_campaign(cutoff_at=NOON)

        assert desk.get(f"/backoffice/campaigns/{over.pk}/edit").status_code == 409


class TestActions:
    def test_pauses_resumes_and_cuts_off_after_showing_what_it_means(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            campaign = a_campaign()
            an_order(item=campaign.items.get(), quantity=3)
        here = f"/backoffice/campaigns/{campaign.pk}"

        assert "已暂停" in page_of(desk.post(f"{here}/pause", follow=True))
        assert "恢复下单" in page_of(desk.get(here))
        assert "进行中" in page_of(desk.post(f"{here}/resume", follow=True))
        effect = page_of(desk.get(f"{here}/closing"))
        assert "1 单、3 件" in effect
        assert "17 件不再出售" in effect
        assert "已截单" in page_of(desk.post(f"{here}/close", follow=True))

    def test_copies_yesterdays_list_into_todays_draft(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            source = a_campaign(name="11月21日 今日团", cutoff_at=NOON - timedelta(hours=1))

        answer = desk.post(f"/backoffice/campaigns/{source.pk}/copy", follow=True)

        assert "已复制清单" in page_of(answer)
        with in_store(acme):
            copied = Campaign.objects.exclude(pk=source.pk).get()
        assert (copied.name, copied.state) == ("11月22日 今日团", CampaignState.DRAFT)

    def test_lets_a_list_open_by_itself_and_stops_it(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            campaign = a_campaign(skus=[a_sku()])
        page = f"/backoffice/campaigns/{campaign.pk}"
        assert f"{page}/repeat" in page_of(desk.get(page))
        assert "哪几天自动开团" in page_of(desk.get(f"{page}/repeat"))
        assert "请至少选择一天" in page_of(desk.post(f"{page}/repeat", {"name": "早市"}))

        assert desk.post(f"{page}/repeat", {"name": "早市", "weekdays": ["0", "6"]}).status_code == 303
        shown = page_of(desk.get(page))
        assert "周一、周日" in shown
        assert "下一期 2026-11-23" in shown
        assert 'value="早市"' in page_of(desk.get(f"{page}/repeat"))
        with in_store(acme):
            Repetition.objects.update(problem="上一期的商品都已下架")
        assert "上一期的商品都已下架" in page_of(desk.get("/backoffice/campaigns"))

        assert desk.post(f"{page}/repeat/stop").status_code == 303
        assert "下一期" not in page_of(desk.get(page))

    def test_cancels_a_draft(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            draft = a_campaign(state=CampaignState.DRAFT)

        desk.post(f"/backoffice/campaigns/{draft.pk}/cancel")

        with in_store(acme):
            draft.refresh_from_db()
            assert draft.state == CampaignState.CANCELLED

    def test_refuses_a_clerk_with_a_sentence(self, acme: StoreRef, sign_in: SignIn, clerk: Person) -> None:
        with in_store(acme):
            campaign = a_campaign()
        client = sign_in(clerk)

        assert client.get(f"/backoffice/campaigns/{campaign.pk}").status_code == 200
        for answer in (
            client.get("/backoffice/campaigns/new"),
            client.post("/backoffice/campaigns/new", typed(do="open")),
            client.post(f"/backoffice/campaigns/{campaign.pk}/pause"),
        ):
            assert answer.status_code == 403
            assert "店员不能改价格" in page_of(answer)


class TestList:
    def test_lists_by_state_and_says_so_when_there_is_none(self, acme: StoreRef, desk: Client) -> None:
        assert "还没有团期" in page_of(desk.get("/backoffice/campaigns"))
        with in_store(acme):
            a_campaign(name="开着的")
            a_campaign(name="关了的", cutoff_at=NOON)

        page = page_of(desk.get("/backoffice/campaigns?state=open"))
        assert "开着的" in page
        assert "关了的" not in page
        assert "没有" in page_of(desk.get("/backoffice/campaigns?q=nothing"))

    def test_asks_as_much_for_many_as_for_one(self, acme: StoreRef, desk: Client) -> None:
        counts = []
        for _more in range(2):
            with in_store(acme):
                for number in range(8):
                    a_campaign(name=f"团{number}", skus=[a_sku(title=f"菜{number}")])
            counts.append(statements_of(desk, "/backoffice/campaigns"))

        assert counts[0] == counts[1] <= 12
