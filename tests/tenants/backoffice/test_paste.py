"""粘贴接龙 at the desk: read, asked about, chosen, made, sent, taken back."""

import re

from django.test import Client

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.campaigns.models import Campaign, JoinDraft
from tests.factories.catalog import a_product
from tests.tenants.backoffice.conftest import SignIn
from tests.tenants.backoffice.test_campaigns import page_of
from tests.tenants.shelf import a_campaign, a_point

TEXT = "1. 王姐 鸡蛋2份\n2. 李哥 苹果一份\n3. 小陈 草莓两盒"


def a_list() -> tuple[Campaign, str]:
    eggs = a_product(title="农家土鸡蛋", label="30枚/板")
    red, green = a_product(title="红富士苹果", label="5斤"), a_product(title="青苹果", label="3斤")
    return a_campaign(skus=[eggs, red, green], kind="solitaire"), str(a_point().pk)


def words(point: str, *, do: str, text: str = TEXT) -> dict[str, str]:
    return {"text": text, "pickup_point_id": point, "key": "k1", "do": do}


class TestPaste:
    def test_says_what_it_understood_and_asks_about_the_rest(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            campaign, point = a_list()

        page = page_of(desk.post(f"/backoffice/campaigns/{campaign.pk}/paste", words(point, do="read")))

        assert "农家土鸡蛋 30枚/板 ×2" in page
        assert "“苹果一份”是哪一个？" in page
        assert "1 行完全看懂了" in page
        assert "2 行没看懂" in page
        with in_store(acme):
            assert not JoinDraft.objects.exists()

    def test_a_choice_is_written_into_the_text(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            campaign, point = a_list()
        address = f"/backoffice/campaigns/{campaign.pk}/paste"
        choices = re.findall(r'value="(choose:[^"]+)">([^<]+)<', page_of(desk.post(address, words(point, do="read"))))
        [chosen] = [value for value, title in choices if "红富士" in title]

        page = page_of(desk.post(address, words(point, do=chosen)))

        assert "2. 李哥 红富士苹果一份" in page
        assert "2 行完全看懂了" in page

    def test_a_choice_that_is_none_changes_nothing(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            campaign, point = a_list()
        for chosen in ("choose:", "choose:9:0:x", "choose:2:x:y", "choose:2:7:y"):
            answer = desk.post(f"/backoffice/campaigns/{campaign.pk}/paste", words(point, do=chosen))
            assert "2. 李哥 苹果一份" in page_of(answer)

    def test_makes_drafts_with_links_that_are_taken_back(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            campaign, point = a_list()
        desk.post(f"/backoffice/campaigns/{campaign.pk}/paste", words(point, do="make"))
        page = f"/backoffice/campaigns/{campaign.pk}/drafts"
        with in_store(acme):
            draft = JoinDraft.objects.get()

        assert f"/m/#/sub/order/draft?id={draft.pk}&amp;sign=" in page_of(desk.get(page))
        assert desk.post(f"/backoffice/drafts/{draft.pk}/withdrawal").headers["Location"] == page
        assert "已撤回" in page_of(desk.get(page))
        assert "sign=" not in page_of(desk.get(page))

    def test_nothing_clear_is_said_and_nothing_made(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            campaign, point = a_list()
        address = f"/backoffice/campaigns/{campaign.pk}/paste"

        answer = desk.post(address, words(point, do="make", text="1. 小陈 草莓两盒"))

        assert answer.status_code == 422
        assert "没有一行能完全看懂" in page_of(answer)
        assert "请粘贴群里的接龙" in page_of(desk.post(address, words(point, do="read", text="")))

    def test_is_not_for_clerks(self, acme: StoreRef, sign_in: SignIn, clerk: Person) -> None:
        with in_store(acme):
            campaign, _point = a_list()
        assert sign_in(clerk).get(f"/backoffice/campaigns/{campaign.pk}/paste").status_code == 403
