"""The operator's console: figures that come from the books, everything findable, nobody else inside."""

from datetime import timedelta

import pytest
from django.test import Client

from billing.models.collection import ChargeAttempt
from control.fleet.models import StoreMigration
from control.inbox.models import OutsideEvent
from control.merchants.models import Merchant
from control.people.services import register_person
from control.post.models import Letter
from control.provisioning.models import Bundle
from kit.tenancy import in_control
from tests.billing.world import PAYS_NEVER, World

PAGES = ["", "stores", "invoices", "charges", "letters", "events", "pool", "fleet", "prices", "coupons", "coupons/new"]


def read(client: Client, path: str, **query: str) -> str:
    answer = client.get(f"/console/{path}", query)
    assert answer.status_code == 200, (path, answer.status_code)
    return str(answer.content.decode())


@pytest.fixture
def billed(world: World) -> World:
    world.save_card()
    world.choose("growth", "year")
    world.hear()
    world.order_paid(12_345_600, world.now - timedelta(days=2))
    world.collect()
    return world


class TestDoor:
    @pytest.mark.parametrize("page", PAGES)
    def test_asks_strangers_to_sign_in_and_brings_them_back(self, world: World, page: str) -> None:
        answer = Client(headers={"host": "linli.test"}).get(f"/console/{page}")

        assert answer.status_code == 302
        assert answer["Location"].startswith("/console/login?next=")

    def test_refuses_a_merchant(self, world: World, at_console: Client) -> None:
        with in_control():
            register_person(email="boss@acme.test", phone="1", password="青菜-豆腐-88", name="", now=world.now)
        answer = Client(headers={"host": "linli.test"}).post(
            "/console/login", {"email": "boss@acme.test", "password": "青菜-豆腐-88"}
        )

        assert answer.status_code == 422
        assert "请从自己的店铺网址登录" in answer.content.decode()

    def test_is_not_there_on_a_stores_host(self, world: World, at_console: Client) -> None:
        assert at_console.get("/console/", headers={"host": "acme.linli.test"}).status_code == 404

    def test_lets_out(self, at_console: Client) -> None:
        at_console.post("/console/logout")

        assert at_console.get("/console/").status_code == 302


class TestPages:
    @pytest.mark.parametrize("page", PAGES)
    def test_are_there_before_anything_happened(self, at_console: Client, page: str) -> None:
        read(at_console, page)

    def test_figures_come_from_the_books(self, billed: World, at_console: Client) -> None:
        page = read(at_console, "")

        assert "¥770.44" in page  # R(980000 / 1.06 / 12)
        assert "¥123,456.00" in page

    def test_stores_are_found_by_name_address_and_mail(self, billed: World, at_console: Client) -> None:
        for query in ("绿家", "acme", "boss@acme"):
            page = read(at_console, "stores", q=query)
            assert "绿家生鲜" in page
            assert "隔壁鲜果" not in page
        assert "没有符合条件的记录" in read(at_console, "stores", q="没有这家")

    def test_a_store_shows_plan_card_hosts_and_what_happened(self, billed: World, at_console: Client) -> None:
        page = read(at_console, f"stores/{billed.store.merchant_id}")

        for words in (
            "成长",
            "按年",
            "4242",
            "acme.linli.test",
            "LL2026-000001",
            "开通套餐 成长",
            "已支付 ¥9,800.00",
        ):
            assert words in page

    def test_an_invoice_shows_its_lines_and_tries(self, billed: World, at_console: Client) -> None:
        page = read(at_console, f"invoices/{billed.invoices()[0].pk}")

        assert "¥9,800.00" in page
        assert "扣款成功" in page

    def test_failed_charges_have_a_tab_and_a_reason(self, world: World, at_console: Client) -> None:
        world.save_card(PAYS_NEVER)
        world.choose("starter")

        assert "generic_decline" in read(at_console, "charges", state="failed")
        assert "已逾期" in read(at_console, "invoices", state="overdue")

    def test_letters_can_be_read(self, world: World, at_console: Client) -> None:
        with in_control():
            Letter.objects.create(channel="sms", sent_to="13800000001", text="验证码 482913", sent_at=world.now)

        assert "验证码 482913" in read(at_console, "letters", q="138000")

    def test_the_box_in_the_head_finds_stores_and_invoices(self, billed: World, at_console: Client) -> None:
        assert "绿家生鲜" in read(at_console, "search", q="acme")
        assert "LL2026-000001" in read(at_console, "search", q="LL2026")

    def test_a_store_that_was_not_migrated_shows_why_and_what_to_do(self, world: World, at_console: Client) -> None:
        assert "全部升级完了" in read(at_console, "fleet")

        with in_control():
            StoreMigration.objects.create(
                schema_name=world.store.schema, release=Bundle.objects.get().sha, state="locked", attempts=5,
                error="LockNotAvailable: canceling statement due to lock timeout", at=world.now,
            )  # fmt: skip
        for query in ({}, {"state": "locked"}, {"q": "绿家"}):
            page = read(at_console, "fleet", **query)
            assert "LockNotAvailable" in page
            assert "换个清闲的时段" in page
            assert "隔壁鲜果" not in page
        assert "LockNotAvailable" not in read(at_console, "fleet", state="failed")

    def test_rows_that_are_not_there_are_404(self, at_console: Client) -> None:
        for path in ("stores", "invoices"):
            assert at_console.get(f"/console/{path}/00000000-0000-7000-8000-000000000000").status_code == 404

    def test_a_failed_event_is_acted_on_again(self, world: World, at_console: Client) -> None:
        world.save_card()
        world.choose("starter")
        with in_control():
            ChargeAttempt.objects.update(amount_minor=1)
        world.hear()
        assert "amount_mismatch" in read(at_console, "events", state="failed")

        with in_control():
            ChargeAttempt.objects.update(amount_minor=29_800)
            event = OutsideEvent.objects.get(state="failed")
        assert at_console.post(f"/console/events/{event.pk}/retry").status_code == 303
        assert world.invoices()[0].state == "paid"

    def test_lists_ask_the_database_no_more_for_more_rows(
        self, world: World, at_console: Client, django_assert_max_num_queries: object
    ) -> None:
        with in_control():
            for n in range(12):
                Merchant.objects.create(
                    slug=f"shop-{n}", name=f"店{n}", schema_name=f"t_aaaaaaa{'abcdefghijkl'[n]}", state="active",
                    state_since=world.now, created_at=world.now,
                )  # fmt: skip
        with django_assert_max_num_queries(14):  # type: ignore[operator]
            read(at_console, "stores")
