"""Warehouses, batches, recalls, purchases and stock-takes, through the pages."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.catalog.models import Sku
from tenants.inventory.models import DEFAULT_WAREHOUSE, Batch, BatchState, Stock, StockTake, Transfer, Warehouse
from tenants.inventory.selectors import sourcing_rule
from tenants.inventory.services.receive_stock import BatchDraft, receive_stock
from tenants.inventory.services.save_warehouse import keep_default_warehouse
from tenants.purchasing.models import DeliveryPhoto, PurchaseOrder, PurchaseState, Supplier
from tenants.sales.books import check
from tests.factories.aftersales import a_jpeg
from tests.tenants.backoffice.conftest import SignIn, anonymous, statements_of
from tests.tenants.backoffice.goods import text_of
from tests.tenants.shelf import NOON, TODAY, a_sku

OFFICE = "/backoffice"
LISTS = (
    "stock",
    "batches",
    "recalls",
    "takes",
    "transfers",
    "warehouses",
    "purchases",
    "suppliers",
    "batches/allocation",
)


@pytest.fixture
def sku(acme: StoreRef) -> Sku:
    with in_store(acme):
        keep_default_warehouse(now=NOON)
        sku = a_sku(in_stock=0)
        _receive(sku, "A1")
        return sku


def _receive(sku: Sku, lot: str) -> None:
    draft = BatchDraft(lot, expires_on=TODAY + timedelta(days=5), cost_minor=500)
    receive_stock(sku_id=sku.pk, quantity=10, reason="", by_name="小周", now=NOON, batch=draft)


class TestLists:
    @pytest.mark.parametrize("page", LISTS)
    def test_are_there_searched_and_exported(self, desk: Client, sku: Sku, page: str) -> None:
        assert desk.get(f"{OFFICE}/{page}?q=A1").status_code == 200
        book = load_workbook(BytesIO(desk.get(f"{OFFICE}/{page}?export=xlsx").content))
        assert book.active is not None

    @pytest.mark.parametrize("page", ["stock", "batches", "recalls/new"])
    def test_ask_as_often_for_many_as_for_one(self, acme: StoreRef, desk: Client, sku: Sku, page: str) -> None:
        few = statements_of(desk, f"{OFFICE}/{page}")
        with in_store(acme):
            for number in range(12):
                _receive(a_sku(title=f"香梨{number}", in_stock=0), f"B{number}")
        assert statements_of(desk, f"{OFFICE}/{page}") == few

    def test_of_batches_finds_the_lot(self, desk: Client, sku: Sku) -> None:
        assert "A1" in text_of(desk.get(f"{OFFICE}/batches?q=A1"))
        assert "还没有批次" not in text_of(desk.get(f"{OFFICE}/batches"))

    def test_are_closed_to_strangers(self, sku: Sku, stranger: Person, sign_in: SignIn) -> None:
        assert anonymous().get(f"{OFFICE}/batches").status_code == 302


class TestStock:
    def test_says_why_so_many_can_be_sold(self, acme: StoreRef, desk: Client, sku: Sku) -> None:
        with in_store(acme):
            batch = Batch.objects.get()
        desk.post(f"{OFFICE}/batches/{batch.pk}/hold", {"reason": "抽检"})
        page = text_of(desk.get(f"{OFFICE}/stock/{sku.pk}/explained"))
        assert "为什么可售 0 件" in page
        assert "−10" in page

    def test_is_received_into_a_batch(self, acme: StoreRef, desk: Client, sku: Sku) -> None:
        typed = {
            "quantity": "4",
            "warehouse": str(DEFAULT_WAREHOUSE),
            "lot": "A2",
            "expires_on": "2026-12-01",
            "cost": "5",
        }
        desk.post(f"{OFFICE}/stock/{sku.pk}/receive", typed)
        with in_store(acme):
            assert Batch.objects.get(lot="A2").on_hand == 4
            assert Stock.objects.get(sku=sku).on_hand == 14

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"lot": "A1", "expires_on": "2026-12-09"}, "日期不一样"),
            ({"lot": "A3", "expires_on": "2026-11-01"}, "已经过期的货不能入库"),
            ({"expires_on": "2026-12-09"}, "请也填批号"),
            ({"lot": "A3", "expires_on": "不知道"}, "日期写得不对"),
            ({"quantity": "1.5"}, "请填写整数"),
            ({"quantity": "-1"}, "数量要填 1 到"),
        ],
    )
    def test_refuses_what_cannot_be(self, desk: Client, sku: Sku, typed: dict[str, str], sentence: str) -> None:
        usual = {"quantity": "4", "warehouse": str(DEFAULT_WAREHOUSE)}
        answer = desk.post(f"{OFFICE}/stock/{sku.pk}/receive", usual | typed)
        assert answer.status_code == 422
        assert sentence in text_of(answer)

    def test_is_lost_and_limited(self, acme: StoreRef, desk: Client, sku: Sku) -> None:
        where = {"warehouse": str(DEFAULT_WAREHOUSE)}
        desk.post(f"{OFFICE}/stock/{sku.pk}/loss", {"quantity": "3", "why": "变质", **where})
        desk.post(f"{OFFICE}/stock/{sku.pk}/limits", {"low_at": "8", "planned": "2", **where})
        with in_store(acme):
            stock = Stock.objects.get(sku=sku)
            assert (stock.on_hand, stock.low_at, stock.planned, Batch.objects.get().on_hand) == (7, 8, 2, 7)
            assert check(NOON) == []

    def test_a_warehouse_may_fill_orders_and_the_rule_is_kept(self, acme: StoreRef, desk: Client) -> None:
        desk.post(
            f"{OFFICE}/warehouses/new", {"name": "人民路店", "kind": "store", "state": "open", "serves_orders": "on"}
        )
        desk.post(f"{OFFICE}/warehouses/rule", {"may_split": "on"})

        assert "离得近、货够时从这里出货" in desk.get(f"{OFFICE}/warehouses").content.decode()
        assert "checked" in desk.get(f"{OFFICE}/warehouses/rule").content.decode()
        with in_store(acme):
            assert Warehouse.objects.get(name="人民路店").serves_orders
            assert sourcing_rule().may_split

    def test_travels_to_another_warehouse(self, acme: StoreRef, desk: Client, sku: Sku) -> None:
        made = desk.post(f"{OFFICE}/warehouses/new", {"name": "西湖仓", "kind": "front", "state": "open"})
        assert made.status_code == 303
        with in_store(acme):
            other = Warehouse.objects.get(name="西湖仓")
        where = {"warehouse": str(DEFAULT_WAREHOUSE), "to_warehouse": str(other.pk)}
        for _click in range(2):
            desk.post(f"{OFFICE}/stock/{sku.pk}/transfer", {"quantity": "4", "lot": "A1", "key": "k", **where})
        with in_store(acme):
            transfer = Transfer.objects.get()
        desk.post(f"{OFFICE}/transfers/{transfer.pk}", {"received": "4"})
        with in_store(acme):
            assert Batch.objects.get(stock__warehouse=other).on_hand == 4
            assert Stock.objects.get(sku=sku, warehouse=DEFAULT_WAREHOUSE).on_hand == 6
            assert check(NOON) == []


class TestBatches:
    def test_are_stopped_started_ruled_and_recalled(self, acme: StoreRef, desk: Client, sku: Sku) -> None:
        with in_store(acme):
            batch = Batch.objects.get()
        page = f"{OFFICE}/batches/{batch.pk}"
        rule = {"min_remaining_days": "2", "receive_remaining_days": "5", "near_days": "3", "markdown_ppm": "30"}
        rule["marks_down_itself"] = "on"
        desk.post(f"{page}/hold", {"reason": "抽检"})
        desk.post(f"{page}/unhold", {"reason": "合格"})
        assert desk.post(f"{page}/rule", rule).status_code == 303
        assert "保质期规则" in text_of(desk.get(page))
        answer = desk.post(
            f"{OFFICE}/recalls/new?lot=A1", {"title": "农残", "reason": "抽检", "batch_ids": [str(batch.pk)]}
        )
        recall = answer["Location"]
        assert "没有订单拿到这些批次" in text_of(desk.get(recall))
        for what in ("messages", "refunds", "end"):
            assert desk.post(f"{recall}/{what}").status_code == 303
        with in_store(acme):
            batch.refresh_from_db()
            assert batch.state == BatchState.RECALLED
            assert check(NOON) == []

    def test_are_not_recalled_by_a_clerk(self, sku: Sku, clerk: Person, sign_in: SignIn) -> None:
        assert sign_in(clerk).get(f"{OFFICE}/recalls/new").status_code == 403

    @pytest.mark.parametrize("what", ["", "/hold", "/unhold", "/rule", "/return"])
    def test_of_the_shop_next_door_are_unknown(self, rival: StoreRef, desk: Client, what: str) -> None:
        with in_store(rival):
            _receive(a_sku(in_stock=0), "R1")
            foreign = Batch.objects.get()
        assert desk.get(f"{OFFICE}/batches/{foreign.pk}{what}").status_code == 404


class TestPurchases:
    def test_from_the_supplier_to_the_shelf(self, acme: StoreRef, desk: Client, sku: Sku) -> None:
        desk.post(f"{OFFICE}/suppliers/new", {"name": "绿源农场", "state": "active"})
        with in_store(acme):
            supplier = Supplier.objects.get()
        typed = {"supplier": str(supplier.pk), "warehouse": str(DEFAULT_WAREHOUSE), f"sku-{sku.pk}": "20"}
        page = desk.post(f"{OFFICE}/purchases/new?all=1", typed)["Location"]
        desk.post(f"{page}/order")
        link = desk.get(page).context["link"]
        with in_store(acme):
            order = PurchaseOrder.objects.get()
            line = order.lines.get()

        visitor = anonymous()
        assert "订 20 件" in text_of(visitor.get(link))
        assert visitor.post(link, {f"line-{line.pk}": "18"}).status_code == 303
        assert visitor.get(link[:-2] + "xx").status_code == 404
        came: dict[str, Any] = {"good": "17", "damaged": "1", "lot": "C1", "expires_on": "2026-12-20", "key": "k"}
        for _click in range(2):
            desk.post(f"{page}/lines/{line.pk}", came)

        with in_store(acme):
            order.refresh_from_db()
            assert order.state == PurchaseState.RECEIVED
            assert Stock.objects.get(sku=sku).on_hand == 27
            assert check(NOON) == []
        assert load_workbook(BytesIO(desk.get(f"{page}?export=xlsx").content)).active is not None

    def test_what_came_broken_is_photographed_for_the_stores_people_only(
        self, acme: StoreRef, desk: Client, sku: Sku
    ) -> None:
        desk.post(f"{OFFICE}/suppliers/new", {"name": "绿源农场", "state": "active"})
        with in_store(acme):
            supplier = Supplier.objects.get()
        typed = {"supplier": str(supplier.pk), "warehouse": str(DEFAULT_WAREHOUSE), f"sku-{sku.pk}": "20"}
        page = desk.post(f"{OFFICE}/purchases/new?all=1", typed)["Location"]
        desk.post(f"{page}/order")
        with in_store(acme):
            line = PurchaseOrder.objects.get().lines.get()
        form = f"{page}/lines/{line.pk}"
        assert "multiple" in desk.get(form).content.decode()

        def pictures(count: int, content: bytes = b"") -> list[BytesIO]:
            return [BytesIO(content or a_jpeg()) for _picture in range(count)]

        came: dict[str, Any] = {"good": "17", "damaged": "3", "key": "k"}
        assert "最多上传 9 张" in text_of(desk.post(form, {**came, "photos": pictures(10)}))
        assert "不是能用的图片" in text_of(desk.post(form, {**came, "photos": pictures(1, b"<svg/>")}))
        assert desk.post(form, {**came, "photos": pictures(2)}).status_code == 303
        with in_store(acme):
            photos = list(DeliveryPhoto.objects.all())
        shown = desk.get(page).content.decode()
        assert "破损 3" in shown
        assert [f"{OFFICE}/purchases/photos/{photo.pk}" in shown for photo in photos] == [True, True]
        seen = desk.get(f"{OFFICE}/purchases/photos/{photos[0].pk}")
        assert (seen["Content-Type"], seen.content[8:12]) == ("image/webp", b"WEBP")
        assert desk.get(f"{OFFICE}/purchases/photos/{sku.pk}").status_code == 404
        assert anonymous().get(f"{OFFICE}/purchases/photos/{photos[0].pk}").status_code == 302
        assert anonymous().get(f"/media/{photos[0].file_key.split('/', 2)[2]}").status_code == 404

    def test_in_boxes_say_how_many_pieces_come(self, acme: StoreRef, desk: Client, sku: Sku) -> None:
        desk.post(f"{OFFICE}/suppliers/new", {"name": "绿源农场", "state": "active"})
        with in_store(acme):
            supplier = Supplier.objects.get()
            box = Sku.objects.create(product=sku.product, label="1 箱", price_minor=9000, base_sku=sku, factor=12)
        assert f"1 箱（含 12 件 {sku.label}）" in text_of(desk.get(f"{OFFICE}/purchases/new?all=1"))
        typed = {"supplier": str(supplier.pk), "warehouse": str(DEFAULT_WAREHOUSE), f"sku-{sku.pk}": "3"}
        page = desk.post(f"{OFFICE}/purchases/new?all=1", {**typed, f"form-{sku.pk}": str(box.pk)})["Location"]
        desk.post(f"{page}/order")
        assert f"每份入库 12 件 {sku.label}" in text_of(desk.get(page))
        with in_store(acme):
            line = PurchaseOrder.objects.get().lines.get()
            before = Stock.objects.get(sku=sku).on_hand
        assert "入库换算" in text_of(desk.get(f"{page}/lines/{line.pk}"))
        desk.post(f"{page}/lines/{line.pk}", {"good": "3", "key": "k"})

        with in_store(acme):
            assert Stock.objects.get(sku=sku).on_hand == before + 36
            assert check(NOON) == []

    def test_of_nothing_says_so(self, acme: StoreRef, desk: Client, sku: Sku) -> None:
        desk.post(f"{OFFICE}/suppliers/new", {"name": "绿源农场", "state": "active"})
        with in_store(acme):
            supplier = Supplier.objects.get()
        typed = {"supplier": str(supplier.pk), "warehouse": str(DEFAULT_WAREHOUSE)}
        assert "请至少填一种商品的数量" in text_of(desk.post(f"{OFFICE}/purchases/new", typed))


class TestTakes:
    def test_are_blind_until_counted(self, acme: StoreRef, desk: Client, sku: Sku) -> None:
        page = desk.post(f"{OFFICE}/takes/new", {"name": "周末盘点", "warehouse": str(DEFAULT_WAREHOUSE)})["Location"]
        with in_store(acme):
            line = StockTake.objects.get().lines.get()
        blind = desk.get(page).context["lines"][0]
        assert [cell.text for cell in blind.cells[1:]] == ["–", "–", "–", "–"]
        desk.post(f"{OFFICE}/takes/lines/{line.pk}", {"counted": "9"})
        desk.post(f"{page}/counted")
        assert [cell.text for cell in desk.get(page).context["lines"][0].cells[1:4]] == [10, 9, "-1"]
        desk.post(f"{page}/approval")
        with in_store(acme):
            assert Stock.objects.get(sku=sku).on_hand == 9
            assert check(NOON) == []
