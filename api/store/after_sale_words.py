"""Forms of after-sales requests that members and leaders share, and how a request is written."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.parsing import PiecesField, StrictSerializer
from api.shapes import moment, money, picture
from api.store import examples
from api.store.orders import HappeningSerializer
from api.store.words import MoneySerializer, MoneyWordsSerializer
from tenants.aftersales.models import AfterSale, AfterSalePhoto, Reason, Remedy, State
from tenants.aftersales.photos import MOST_PHOTOS, TooManyPhotos, link_of
from tenants.aftersales.selectors import PhotoMissing, story_of, worth_of
from tenants.aftersales.services.ask import (
    Asked,
    LineMissing,
    MoreThanLeft,
    NothingAsked,
    PhotoNeeded,
    TooLateToAsk,
)
from tenants.catalog.selectors import SMALL

PHOTO_PATH = "/after-sales/photos/"  # on the store's host: opened by its signature, not by a token


class AfterSalePhotoSerializer(serializers.Serializer[Any]):
    """A picture; its address opens it for two hours at most."""

    id = serializers.UUIDField()
    url = serializers.CharField()


class AfterSaleLineSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    sku_label = serializers.CharField()
    image = serializers.CharField(allow_null=True)
    unit_price = MoneySerializer()


class AfterSaleSerializer(serializers.Serializer[Any]):
    """One request about one line. ``amount`` is what goes back, or would if it were granted as it stands."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=State.values)
    state_label = serializers.CharField()
    order_id = serializers.UUIDField()
    order_number = serializers.CharField()
    line = AfterSaleLineSerializer()
    reason = serializers.ChoiceField(choices=Reason.values)
    reason_label = serializers.CharField()
    remedy = serializers.ChoiceField(choices=Remedy.values)
    remedy_label = serializers.CharField()
    quantity = serializers.IntegerField()
    amount = MoneySerializer()
    words = serializers.CharField()
    photos = AfterSalePhotoSerializer(many=True)
    answer = serializers.CharField()
    leader_words = serializers.CharField()
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    can_withdraw = serializers.BooleanField()
    can_appeal = serializers.BooleanField()


class AfterSaleDetailSerializer(AfterSaleSerializer):
    """One request with what happened to it."""

    timeline = HappeningSerializer(many=True)


class LeftSerializer(serializers.Serializer[Any]):
    """What may still be asked for of a line."""

    line_id = serializers.UUIDField()
    quantity = serializers.IntegerField()
    amount = MoneySerializer()


class OrderAfterSalesSerializer(serializers.Serializer[Any]):
    """An order's requests, and what may still be asked for; nothing may be when ``can_ask`` is false."""

    can_ask = serializers.BooleanField()
    left = LeftSerializer(many=True)
    items = AfterSaleSerializer(many=True)


class AskSerializer(StrictSerializer):
    """What is asked for. Without an amount the pieces whole, at what they cost."""

    line_id = serializers.UUIDField()
    reason = serializers.ChoiceField(choices=Reason.values)
    remedy = serializers.ChoiceField(choices=Remedy.values)
    quantity = PiecesField()
    amount = MoneyWordsSerializer(required=False, allow_null=True, default=None)
    words = serializers.CharField(max_length=200, allow_blank=True, required=False, default="")
    photo_ids = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=MOST_PHOTOS
    )


class UploadSerializer(StrictSerializer):
    """One picture: JPEG, PNG or WebP of at most 10 MB."""

    photo = serializers.FileField(
        error_messages={"required": _("请选择一张照片。"), "invalid": _("请选择一张照片。"), "empty": _("照片是空的。")}
    )


class AppealSerializer(StrictSerializer):
    """Why the rejection is wrong."""

    words = serializers.CharField(max_length=200, allow_blank=True)
    photo_ids = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=MOST_PHOTOS
    )


ASKED_EXAMPLE = {
    "line_id": examples.LINE_ID,
    "reason": "spoilt",
    "remedy": "refund",
    "quantity": 1,
    "amount": None,
    "words": "叶子发黄，有一份坏了",
    "photo_ids": [examples.PHOTO_ID],
}
PHOTO_EXAMPLE = {"id": examples.PHOTO_ID, "url": f"{PHOTO_PATH}{examples.PHOTO_ID}.1795428000.{'0' * 64}"}
EXAMPLE = {
    "id": examples.AFTER_SALE_ID,
    "number": "261123000128-1",
    "state": "leader_review",
    "state_label": "待团长核实",
    "order_id": examples.ORDER_ID,
    "order_number": "261123000128",
    "line": {
        "id": examples.LINE_ID,
        "title": "崇明小青菜",
        "sku_label": "500g/份",
        "image": examples.IMAGE,
        "unit_price": examples.yuan(590),
    },
    "reason": "spoilt",
    "reason_label": "变质不新鲜",
    "remedy": "refund",
    "remedy_label": "仅退款",
    "quantity": 1,
    "amount": examples.yuan(590),
    "words": "叶子发黄，有一份坏了",
    "photos": [PHOTO_EXAMPLE],
    "answer": "",
    "leader_words": "",
    "created_at": "2026-11-24T18:20:00+08:00",
    "due_at": "2026-11-25T18:20:00+08:00",
    "can_withdraw": True,
    "can_appeal": False,
}
DETAIL_EXAMPLE = {
    **EXAMPLE,
    "timeline": [{"at": "2026-11-24T18:20:00+08:00", "what": "after_sale.asked", "sentence": "提交售后申请"}],
}
ASK_REFUSALS = (LineMissing, TooLateToAsk, NothingAsked, MoreThanLeft, PhotoNeeded, PhotoMissing, TooManyPhotos)


def asked_of(words: dict[str, Any]) -> Asked:
    """Read what a caller asks for."""
    return Asked(
        line_id=words["line_id"],
        reason=Reason(words["reason"]),
        remedy=Remedy(words["remedy"]),
        quantity=words["quantity"],
        amount_minor=words["amount"]["amount"] if words["amount"] else None,
        words=words["words"],
        photo_ids=words["photo_ids"],
    )


def detail_shape(after_sale: AfterSale, *, now: datetime) -> dict[str, Any]:
    """Write a request with what happened to it."""
    story: Sequence[Any] = story_of(after_sale)
    return {
        **after_sale_shape(after_sale, now=now),
        "timeline": [{"at": moment(one.at), "what": one.what, "sentence": one.sentence} for one in story],
    }


def after_sale_shape(after_sale: AfterSale, *, now: datetime) -> dict[str, Any]:
    """Write a request that was read with its line, order, refund and pictures."""
    line, currency = after_sale.order_line, after_sale.order.currency
    return {
        "id": after_sale.pk,
        "number": after_sale.number,
        "state": after_sale.state,
        "state_label": after_sale.get_state_display(),
        "order_id": after_sale.order_id,
        "order_number": after_sale.order.number,
        "line": {
            "id": line.pk,
            "title": line.title,
            "sku_label": line.sku_label,
            "image": picture(line.picture_key, SMALL),
            "unit_price": money(line.unit_price_minor, currency),
        },
        "reason": after_sale.reason,
        "reason_label": after_sale.get_reason_display(),
        "remedy": after_sale.remedy,
        "remedy_label": after_sale.get_remedy_display(),
        "quantity": after_sale.quantity,
        "amount": money(worth_of(after_sale), currency),
        "words": after_sale.words,
        "photos": [photo_shape(photo, now=now) for photo in after_sale.photos.all()],
        "answer": after_sale.answer,
        "leader_words": after_sale.leader_words,
        "created_at": moment(after_sale.created_at),
        "due_at": moment(after_sale.due_at),
        "can_withdraw": after_sale.may_withdraw,
        "can_appeal": after_sale.may_appeal,
    }


def photo_shape(photo: AfterSalePhoto, *, now: datetime) -> dict[str, Any]:
    """Write a picture with an address that opens it for a while."""
    return {"id": photo.pk, "url": PHOTO_PATH + link_of(photo, now=now)}
