"""Goods are ordered by need, confirmed by link, taken in with what is missing, too much or broken."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from kit.ids import new_id
from kit.ports.storage import files_here, read_file
from kit.tenancy import StoreRef, in_store
from tenants.catalog.models import Sku
from tenants.catalog.services.encode_picture import NotAPicture
from tenants.inventory.models import DEFAULT_WAREHOUSE, Batch, BatchState, MoveKind, ShelfRule, Stock
from tenants.inventory.services.adjust_stock import MoreThanThere, adjust_stock, lose_stock
from tenants.inventory.services.receive_stock import (
    GoodsExpired,
    NoStockOfItsOwn,
    TooShortALife,
    WrongPieces,
    receive_stock,
)
from tenants.inventory.services.save_warehouse import keep_default_warehouse
from tenants.inventory.services.set_limits import set_limits
from tenants.journal.services import Actor
from tenants.purchasing.models import Delivery, PurchaseOrder, PurchaseState, Supplier
from tenants.purchasing.photos import DeliveryPhotoMissing, TooManyDeliveryPhotos, photo_of_delivery
from tenants.purchasing.selectors import (
    PurchaseMissing,
    licences_ending,
    needs,
    purchase_by_link,
    purchase_with_id,
    signature_of,
)
from tenants.purchasing.services.order_goods import (
    EmptyPurchase,
    PurchaseMoved,
    WantedGoods,
    close_purchase,
    confirm_purchase,
    draft_purchase,
    send_purchase,
)
from tenants.purchasing.services.receive_delivery import Arrived, NothingCame, receive_delivery
from tenants.purchasing.services.save_supplier import SupplierDraft, SupplierKnown, save_supplier
from tenants.sales.books import check
from tenants.sales.services.refund_lines import WantedRefund, refund_lines
from tests.factories.aftersales import a_jpeg
from tests.factories.campaigns import an_item_of, an_offer, an_open_campaign
from tests.factories.catalog import a_product
from tests.factories.orders import a_paid_order, line_id_of
from tests.factories.times import NOW

TODAY = date(2026, 11, 20)
BOSS = Actor(kind="person", id="1", name="陈店长")


def a_supplier(name: str = "绿源农场", licence_expires_on: date | None = None) -> Supplier:
    draft = SupplierDraft(name, licence_expires_on=licence_expires_on)
    return save_supplier(draft=draft, by_name="陈店长", now=NOW)


def a_draft(sku: Sku, quantity: int = 10) -> PurchaseOrder:
    keep_default_warehouse(now=NOW)
    return draft_purchase(
        supplier_id=a_supplier().pk,
        warehouse_id=DEFAULT_WAREHOUSE,
        goods=[WantedGoods(sku.pk, quantity, 500)],
        expected_on=None,
        note="",
        by_name="陈店长",
        now=NOW,
    )


def an_order(sku: Sku, quantity: int = 10) -> PurchaseOrder:
    return send_purchase(purchase_id=a_draft(sku, quantity).pk, by_name="陈店长", now=NOW)


def comes(order: PurchaseOrder, arrived: Arrived, key: str = "") -> Delivery:
    return receive_delivery(
        line_id=order.lines.get().pk, arrived=arrived, key=key or str(new_id()), by_name="小周", now=NOW
    )


class TestNeed:
    def test_is_what_sells_less_what_is_there_and_comes(self, in_acme: StoreRef) -> None:
        item = an_offer(in_stock=14)
        a_paid_order(item, quantity=7)
        set_limits(sku_id=item.sku_id, low_at=9, planned=0, by_name="", now=NOW)

        (need,) = needs(now=NOW, days=3)

        assert (need.expected, need.usable, need.safety, need.coming) == (3, 7, 9, 0)
        assert need.pieces == 5
        an_order(item.sku, 2)
        assert needs(now=NOW, days=3)[0].pieces == 3


def a_box_of(sku: Sku, factor: int = 12) -> Sku:
    box: Sku = Sku.objects.create(product=sku.product, label="1 箱", price_minor=12000, base_sku=sku, factor=factor)
    return box


class TestLargerForms:
    def test_need_counts_boxes_as_the_pieces_they_take(self, in_acme: StoreRef) -> None:
        piece = a_product(in_stock=100)
        box = a_box_of(piece)
        a_paid_order(an_item_of(an_open_campaign(piece), box, position=1), quantity=7)  # 84 pieces

        (need,) = needs(now=NOW, days=3)

        assert (need.sku, need.expected, need.usable, need.forms) == (piece, 36, 16, [box])
        an_order(box, 2)
        assert needs(now=NOW, days=14)[0].coming == 24

    def test_given_back_pieces_are_no_need(self, in_acme: StoreRef) -> None:
        order = a_paid_order(an_offer(in_stock=50), quantity=14)
        assert needs(now=NOW, days=7, only_short=False)[0].expected == 14
        wanted = [WantedRefund(line_id_of(order), quantity=7)]
        refund_lines(order_id=order.pk, wanted=wanted, reason="", actor=BOSS, key="k", now=NOW)
        assert needs(now=NOW, days=7, only_short=False)[0].expected == 7

    def test_boxes_come_into_the_stock_of_their_pieces(self, in_acme: StoreRef) -> None:
        piece = a_product(in_stock=0)
        order = an_order(a_box_of(piece), quantity=3)

        comes(order, Arrived(2, damaged=1, lot="B1"))

        line, batch = order.lines.get(), Batch.objects.get()
        assert (line.received, line.damaged, line.missing) == (2, 1, 0)
        assert Stock.objects.get(sku=piece).on_hand == 24
        assert (batch.stock.sku_id, batch.on_hand, batch.cost_minor) == (piece.pk, 24, 42)  # 500 / 12
        assert not Stock.objects.filter(sku=line.sku_id).exists()
        assert check(NOW) == []

    def test_nothing_comes_into_a_row_from_which_nothing_is_sold(self, in_acme: StoreRef) -> None:
        box = a_box_of(a_product())
        with pytest.raises(NoStockOfItsOwn) as refused:
            receive_stock(sku_id=box.pk, quantity=3, reason="", by_name="", now=NOW)
        assert refused.value.facts["base_sku_id"] == str(box.base_sku_id)
        with pytest.raises(NoStockOfItsOwn):
            adjust_stock(sku_id=box.pk, counted=3, reason="", by_name="", now=NOW)
        assert not Stock.objects.filter(sku=box, on_hand__gt=0).exists()


class TestPurchase:
    def test_goes_from_draft_to_received(self, in_acme: StoreRef) -> None:
        sku = a_product(in_stock=0)
        order = an_order(sku)

        confirm_purchase(purchase_id=order.pk, quantities={order.lines.get().pk: 8}, now=NOW)
        assert purchase_with_id(order.pk).state == PurchaseState.PARTLY
        comes(order, Arrived(5, damaged=1, lot="B1", expires_on=TODAY + timedelta(days=9), weight_grams=5100))
        assert purchase_with_id(order.pk).state == PurchaseState.ARRIVING
        comes(order, Arrived(2))

        done = purchase_with_id(order.pk)
        line = done.lines.all()[0]
        assert (done.state, line.received, line.damaged, line.missing) == (PurchaseState.RECEIVED, 7, 1, 0)
        batch = Batch.objects.get()
        assert (batch.on_hand, batch.cost_minor, batch.supplier_name) == (5, 500, "绿源农场")
        assert Stock.objects.get(sku=sku).on_hand == 7
        assert check(NOW) == []

    def test_takes_more_than_was_ordered_and_says_so(self, in_acme: StoreRef) -> None:
        order = an_order(a_product(in_stock=0))
        comes(order, Arrived(12))
        assert order.lines.get().over == 2

    def test_is_received_once_a_click(self, in_acme: StoreRef) -> None:
        sku = a_product(in_stock=0)
        order = an_order(sku)
        assert comes(order, Arrived(4), key="k") == comes(order, Arrived(4), key="k")
        assert Stock.objects.get(sku=sku).on_hand == 4

    def test_comes_only_when_it_was_sent(self, in_acme: StoreRef) -> None:
        order = a_draft(a_product())
        with pytest.raises(PurchaseMoved):
            comes(order, Arrived(1))
        close_purchase(purchase_id=order.pk, by_name="", now=NOW)
        with pytest.raises(PurchaseMoved):
            send_purchase(purchase_id=order.pk, by_name="", now=NOW)

    def test_refuses_what_is_over_or_nearly(self, in_acme: StoreRef) -> None:
        sku = a_product(in_stock=0)
        order = an_order(sku)
        with pytest.raises(GoodsExpired):
            comes(order, Arrived(1, lot="B1", expires_on=TODAY - timedelta(days=1)))
        ShelfRule.objects.create(product=sku.product, receive_remaining_days=5)
        with pytest.raises(TooShortALife):
            comes(order, Arrived(1, lot="B1", expires_on=TODAY + timedelta(days=4)))
        assert Delivery.objects.count() == 0

    @pytest.mark.parametrize("good", [-1, 2_000_000])
    def test_refuses_impossible_numbers(self, in_acme: StoreRef, good: int) -> None:
        with pytest.raises(WrongPieces):
            comes(an_order(a_product()), Arrived(good))

    def test_of_nothing_is_refused(self, in_acme: StoreRef) -> None:
        keep_default_warehouse(now=NOW)
        with pytest.raises(NothingCame):
            comes(an_order(a_product()), Arrived(0))
        with pytest.raises(EmptyPurchase):
            draft_purchase(
                supplier_id=new_id(), warehouse_id=new_id(), goods=[], expected_on=None, note="", by_name="", now=NOW
            )

    def test_goes_back_to_the_supplier_by_batch(self, in_acme: StoreRef) -> None:
        sku = a_product(in_stock=3)
        comes(an_order(sku), Arrived(5, lot="B1"))
        batch = Batch.objects.get()

        def back(quantity: int) -> None:
            lose_stock(
                sku_id=sku.pk,
                quantity=quantity,
                reason="压坏",
                by_name="小周",
                now=NOW,
                batch_id=batch.pk,
                kind=MoveKind.SENDBACK,
            )

        with pytest.raises(MoreThanThere):
            back(6)
        back(5)
        batch.refresh_from_db()
        assert (batch.on_hand, batch.state) == (0, BatchState.RETURNED)
        assert Stock.objects.get(sku=sku).on_hand == 3
        assert check(NOW) == []


class TestLink:
    def test_opens_one_order_of_one_store(self, in_acme: StoreRef, rival: StoreRef) -> None:
        order = an_order(a_product())
        link = signature_of(order.pk)
        assert purchase_by_link(purchase_id=order.pk, signature=link) == order
        with pytest.raises(PurchaseMissing):
            purchase_by_link(purchase_id=new_id(), signature=link)
        with pytest.raises(PurchaseMissing):
            purchase_by_link(purchase_id=order.pk, signature=link[:-1] + "0" * (link[-1] != "0") or "1")

    def test_of_the_neighbour_is_worth_nothing(self, acme: StoreRef, rival: StoreRef) -> None:
        purchase_id = new_id()
        with in_store(rival):
            foreign = signature_of(purchase_id)
        with in_store(acme), pytest.raises(PurchaseMissing):
            purchase_by_link(purchase_id=purchase_id, signature=foreign)

    def test_of_a_draft_opens_nothing(self, in_acme: StoreRef) -> None:
        order = a_draft(a_product())
        with pytest.raises(PurchaseMissing):
            purchase_by_link(purchase_id=order.pk, signature=signature_of(order.pk))


class TestSuppliers:
    def test_have_one_name_each(self, in_acme: StoreRef) -> None:
        a_supplier()
        with pytest.raises(SupplierKnown):
            a_supplier()

    def test_are_watched_for_their_licence(self, in_acme: StoreRef) -> None:
        a_supplier("甲", TODAY + timedelta(days=29))
        a_supplier("乙", TODAY + timedelta(days=90))
        assert licences_ending(today=TODAY) == 1


class TestPhotos:
    @pytest.fixture(autouse=True)
    def _a_folder_of_its_own(self, settings: Any, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = tmp_path  # what other tests keep at this moment is not counted

    def come(self, order: PurchaseOrder, photos: list[bytes], key: str = "k") -> Delivery:
        return receive_delivery(
            line_id=order.lines.get().pk, arrived=Arrived(8, damaged=2), key=key, by_name="小周", now=NOW, photos=photos
        )

    def test_are_drawn_anew_and_kept_once_a_delivery(self, in_acme: StoreRef) -> None:
        order = an_order(a_product())
        before = len(list(files_here()))
        delivery = self.come(order, [a_jpeg(), a_jpeg(width=9)])
        assert self.come(order, [a_jpeg()]).pk == delivery.pk  # a second click
        photos = list(delivery.photos.all())
        assert [read_file(photo.file_key)[8:12] for photo in photos] == [b"WEBP", b"WEBP"]
        room = f"t/{in_acme.merchant_id}/purchases/"
        assert all(photo.file_key.startswith(room) for photo in photos)
        assert len(list(files_here())) == before + 2
        (line,) = purchase_with_id(order.pk).lines.all()
        assert [len(one.photos.all()) for one in line.deliveries.all()] == [2]

    @pytest.mark.parametrize(
        ("photos", "refusal"), [([b"no picture"], NotAPicture), ([b""] * 10, TooManyDeliveryPhotos)]
    )
    def test_that_are_none_or_too_many_receive_nothing_and_leave_no_file(
        self, in_acme: StoreRef, photos: list[bytes], refusal: type[Exception]
    ) -> None:
        order, before = an_order(a_product()), list(files_here())
        with pytest.raises(refusal):
            self.come(order, [a_jpeg(), *photos][: max(2, len(photos))])
        close_purchase(purchase_id=order.pk, by_name="", now=NOW)
        with pytest.raises(PurchaseMoved):
            self.come(order, [a_jpeg()])
        assert not Delivery.objects.exists()
        assert list(files_here()) == before

    def test_of_another_store_are_not_there(self, acme: StoreRef, rival: StoreRef) -> None:
        with in_store(acme):
            photo = self.come(an_order(a_product()), [a_jpeg()]).photos.get()
            assert photo_of_delivery(photo.pk) == photo
        with in_store(rival), pytest.raises(DeliveryPhotoMissing):
            photo_of_delivery(photo.pk)
