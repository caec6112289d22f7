"""The same process serves many stores, one after the other; nothing of one stays in the way of the next."""

from kit.tenancy import StoreRef, in_store
from tests.api.conftest import open_shop

PATHS = ("/store", "/campaigns", "/pickup-points", "/me", "/orders", "/pickup-codes")
LEADER_PATHS = ("/leader/desk", "/leader/pickups", "/leader/commissions")


class TestTwoStoresInTurn:
    def test_every_answer_comes_from_the_hosts_own_store(self, acme: StoreRef, rival: StoreRef) -> None:
        shops = [open_shop(acme), open_shop(rival)]
        products = []
        for shop in shops:
            with in_store(shop.ref):
                products.append(f"/products/{shop.item.sku.product_id}")

        for _turn in range(2):
            for shop, product in zip(shops, products, strict=True):
                for path in (*PATHS, product):
                    assert shop.phone.get(path).status_code == 200, (shop.ref.slug, path)
                for path in LEADER_PATHS:
                    assert shop.leader_phone.get(path).status_code == 200, (shop.ref.slug, path)
                assert shop.phone.post("/orders", shop.order_words()).status_code == 201

        for shop, product in zip(shops, reversed(products), strict=True):
            assert shop.phone.get(product).status_code == 404
