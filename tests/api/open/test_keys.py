"""T13: a key opens exactly what it was given, in its own store, while it lives."""

from datetime import timedelta
from typing import Any

import pytest

from api.open import authentication
from api.open.views import OpenView
from control.merchants.models import Merchant
from kit import clock
from kit.tenancy import StoreRef, in_control, in_store
from tenants.integrations.models import ApiKey
from tenants.integrations.scopes import SCOPES
from tenants.integrations.services import keys
from tenants.inventory.models import Stock
from tests.api.conftest import Shop
from tests.api.description import PREFIX, operations
from tests.api.open.program import a_key, a_program
from tests.api.phone import Phone
from tests.factories.orders import a_paid_order

OPEN = [
    (method, path.removeprefix(PREFIX), operation) for method, path, operation in operations() if "x-scope" in operation
]


@pytest.fixture
def ids(shop: Shop) -> dict[str, str]:
    with in_store(shop.ref):
        order = a_paid_order()
        return {
            "{product_id}": str(shop.item.sku.product_id),
            "{sku_id}": str(shop.item.sku_id),
            "{order_id}": str(order.pk),
            "{campaign_id}": str(shop.item.campaign_id),
        }


def call(program: Phone, method: str, path: str, operation: dict[str, Any], ids: dict[str, str]) -> Any:
    for name, value in ids.items():
        path = path.replace(name, value)
    if method == "get":
        return program.get(path)
    media = operation["requestBody"]["content"]["application/json"]
    return program.post(path, next(iter(media["examples"].values()))["value"])


class TestMatrix:
    def test_every_operation_under_open_names_its_scope(self) -> None:
        unnamed = [path for _method, path, operation in operations() if "/open/" in path and "x-scope" not in operation]

        assert unnamed == []
        assert len(OPEN) >= 11
        assert {operation["x-scope"] for _method, _path, operation in OPEN} == set(SCOPES)

    @pytest.mark.parametrize(("method", "path", "operation"), OPEN, ids=lambda part: str(part)[:40])
    def test_opens_to_its_own_scope_and_to_no_other(
        self, shop: Shop, ids: dict[str, str], method: str, path: str, operation: dict[str, Any]
    ) -> None:
        refused = {
            scope: call(a_program(shop.ref, scope), method, path, operation, ids).status_code
            for scope in SCOPES
            if scope != operation["x-scope"]
        }

        assert set(refused.values()) == {403}
        assert call(a_program(shop.ref, operation["x-scope"]), method, path, operation, ids).status_code in (200, 201)

    def test_a_key_that_is_not_looked_at_would_be_seen(
        self, shop: Shop, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(authentication.HasScope, "has_permission", lambda self, request, view: True)

        assert a_program(shop.ref, "members:read").get("/open/orders").status_code == 200  # the matrix would turn red

    def test_a_method_without_a_scope_is_nobodys(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        from api.open.products import OpenProducts

        monkeypatch.setattr(OpenProducts, "scopes", {})

        assert a_program(shop.ref).client.get(
            "/api/v1/open/products", headers={"authorization": f"Bearer {a_key(shop.ref)}"}
        ).status_code == 403  # fmt: skip


class TestOfAnotherStore:
    def test_a_key_of_acme_is_nobody_at_rival_and_opens_acme(self, shop: Shop, rival: StoreRef) -> None:
        text = a_key(shop.ref)

        answer = Phone(rival, text).get("/open/products")

        assert (answer.status_code, answer.json()["code"]) == (401, "key_refused")
        assert Phone(shop.ref, text).get("/open/products").status_code == 200

    def test_a_key_kept_for_all_stores_together_would_be_seen(
        self, shop: Shop, rival: StoreRef, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text, real = a_key(shop.ref), keys.key_of

        def anywhere(**said: Any) -> Any:
            with in_store(shop.ref):
                return real(**said)

        monkeypatch.setattr(authentication, "key_of", anywhere)

        assert Phone(rival, text).get("/open/products").status_code == 200

    def test_a_members_token_is_no_key_and_a_key_is_no_member(self, shop: Shop) -> None:
        assert Phone(shop.ref, shop.phone.token).get("/open/orders").status_code == 401
        assert Phone(shop.ref, a_key(shop.ref)).get("/me").status_code == 401


class TestLife:
    @pytest.mark.parametrize("header", ["", "Bearer ", "Bearer lk_", "Basic lk_x", "lk_x", "Bearer " + "x" * 200])
    def test_without_a_key_nothing_opens(self, shop: Shop, header: str) -> None:
        answer = shop.stranger.client.get("/api/v1/open/products", headers={"authorization": header})

        assert (answer.status_code, answer.json()["code"]) == (401, "key_refused")
        assert answer["WWW-Authenticate"].startswith("Bearer")

    def test_ends_at_its_time(self, shop: Shop) -> None:
        program = Phone(shop.ref, a_key(shop.ref, expires_at=clock.now() + timedelta(days=1)))

        assert program.get("/open/products").status_code == 200
        with clock.at(clock.now() + timedelta(days=1)):
            assert program.get("/open/products").status_code == 401

    def test_ends_when_it_is_revoked(self, shop: Shop) -> None:
        program = Phone(shop.ref, a_key(shop.ref))
        assert program.get("/open/products").status_code == 200

        with in_store(shop.ref):
            keys.revoke_key(key_id=ApiKey.objects.get().pk, by="x", by_name="x", now=clock.now())

        assert program.get("/open/products").status_code == 401

    def test_the_text_says_nothing_and_is_not_kept(self, shop: Shop) -> None:
        text = a_key(shop.ref)

        with in_store(shop.ref):
            row = ApiKey.objects.get()
        assert shop.ref.slug not in text
        assert str(shop.ref.merchant_id) not in text
        assert text not in str(vars(row))
        assert text.startswith(row.prefix)
        assert len(row.prefix) < 12

    def test_its_use_is_noted_once_a_minute(self, shop: Shop) -> None:
        program = Phone(shop.ref, a_key(shop.ref))
        program.get("/open/products")
        first = clock.now()
        for seconds in (30, 90):
            with clock.at(first + timedelta(seconds=seconds)):
                program.get("/open/products")

        with in_store(shop.ref):
            assert ApiKey.objects.get().last_used_at == first + timedelta(seconds=90)

    def test_is_made_and_used_only_where_the_plan_has_it(self, shop: Shop) -> None:
        text = a_key(shop.ref)
        with in_control():
            Merchant.objects.filter(pk=shop.ref.merchant_id).update(limits={"features": ["webhooks"]})

        answer = Phone(shop.ref, text).get("/open/products")

        assert (answer.status_code, answer.json()["code"]) == (402, "api_not_in_plan")
        with pytest.raises(keys.NotInPlan):
            a_key(shop.ref)


class TestWords:
    def test_orders_carry_no_phone(self, shop: Shop, ids: dict[str, str]) -> None:
        said = a_program(shop.ref).get("/open/orders").content.decode()

        assert "13800000000" not in said
        assert "138****0000" in said

    def test_lists_go_on_where_they_ended(self, shop: Shop) -> None:
        with in_store(shop.ref):
            for _each in range(3):
                a_paid_order()
        program, seen, cursor = a_program(shop.ref), [], ""
        while cursor is not None:
            page = program.get(f"/open/orders?limit=1&cursor={cursor}").json()
            seen += [order["id"] for order in page["items"]]
            cursor = page["next"]

        assert len(seen) == len(set(seen)) == 3

    def test_updated_since_leaves_out_what_did_not_change(self, shop: Shop) -> None:
        program = a_program(shop.ref)
        everything = program.get("/open/products").json()["items"]

        later = (clock.now() + timedelta(minutes=1)).isoformat().replace("+", "%2B")
        assert everything
        assert program.get(f"/open/products?updated_since={later}").json()["items"] == []

    def test_a_count_is_one_effect_and_one_answer(self, shop: Shop) -> None:
        program, path = a_program(shop.ref), f"/open/stock/{shop.item.sku_id}/counts"

        first = program.post(path, {"counted": 7}, key="k-1")
        again = program.post(path, {"counted": 7}, key="k-1")
        other = program.post(path, {"counted": 8}, key="k-1")

        assert first.status_code == again.status_code == 201
        assert again["Idempotent-Replayed"] == "true"
        assert other.status_code == 422
        with in_store(shop.ref):
            assert Stock.objects.get(sku_id=shop.item.sku_id).on_hand == 7

    def test_a_program_never_counts_below_what_orders_hold(self, shop: Shop, ids: dict[str, str]) -> None:
        shop.phone.post("/orders", shop.order_words(quantity=3))

        answer = a_program(shop.ref).post(f"/open/stock/{shop.item.sku_id}/counts", {"counted": 2})

        assert (answer.status_code, answer.json()["reserved"]) == (409, 3)


class TestStatements:
    @pytest.mark.parametrize(
        ("path", "most"),
        [("products", 7), ("stock", 4), ("orders", 5), ("campaigns", 5), ("leaders", 5), ("members", 4)],
    )
    def test_a_page_costs_the_same_however_long(
        self, shop: Shop, django_assert_max_num_queries: Any, path: str, most: int
    ) -> None:
        with in_store(shop.ref):
            for _each in range(3):
                a_paid_order()
        program = a_program(shop.ref)
        program.get(f"/open/{path}")  # the use is noted

        with django_assert_max_num_queries(most * 2):  # each with its search_path at most
            assert program.get(f"/open/{path}").status_code == 200


@pytest.fixture(autouse=True)
def _no_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    # Redis is not part of these tests: tests/kit/test_pace.py has it
    monkeypatch.setattr("api.open.views.step", lambda **_said: None)
    assert OpenView.scopes == {}
