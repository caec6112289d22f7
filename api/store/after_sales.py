"""After-sales requests of the member who asks."""

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import member_asking
from api.idempotency import answered_once
from api.pagination import PageQuery, page_of, place_after
from api.schema import operation
from api.shapes import money
from api.store import examples
from api.store.after_sale_words import (
    ASK_REFUSALS,
    ASKED_EXAMPLE,
    DETAIL_EXAMPLE,
    EXAMPLE,
    PHOTO_EXAMPLE,
    AfterSaleDetailSerializer,
    AfterSalePhotoSerializer,
    AfterSaleSerializer,
    AppealSerializer,
    AskSerializer,
    OrderAfterSalesSerializer,
    UploadSerializer,
    after_sale_shape,
    asked_of,
    detail_shape,
    photo_shape,
)
from api.store.words import list_of
from api.views import StoreView, body_of, query_of
from kit import clock
from tenants.aftersales.photos import TooManyPhotos, add_photo
from tenants.aftersales.selectors import (
    AfterSaleMissing,
    PhotoMissing,
    after_sale_of,
    after_sales_of,
    after_sales_of_order,
    cursor_of,
    left_of,
)
from tenants.aftersales.services.ask import Asker, ask_after_sale, may_ask
from tenants.aftersales.services.decide import AlreadyDecided
from tenants.aftersales.services.follow import AppealNeeded, appeal, withdraw_after_sale
from tenants.aftersales.services.instant import give_at_once
from tenants.catalog.services.encode_picture import MOST_BYTES, NotAPicture, PictureTooLarge
from tenants.journal.services import Actor
from tenants.members.models import Member
from tenants.orders.selectors import OrderMissing, order_of


class AfterSales(StoreView):
    @operation(
        "listAfterSales",
        "我的售后，新的在前",
        query=PageQuery,
        answer=list_of(AfterSaleSerializer, "AfterSalePage"),
        example=examples.page(EXAMPLE),
        tag="after-sales",
    )
    def get(self, request: Request) -> Response:
        asked, now = query_of(request, PageQuery), clock.now()
        found = after_sales_of(
            member=member_asking(request), after=place_after(asked["cursor"]), limit=asked["limit"] + 1
        )
        return Response(
            page_of(found, limit=asked["limit"], place=cursor_of, shape=lambda one: after_sale_shape(one, now=now))
        )

    @operation(
        "askAfterSale",
        "申请售后：说明哪件商品、什么问题、想怎么处理",
        body=AskSerializer,
        asked=ASKED_EXAMPLE,
        answer=AfterSaleDetailSerializer,
        status=201,
        example=DETAIL_EXAMPLE,
        refusals=ASK_REFUSALS,
        tag="after-sales",
        is_once=True,
    )
    @answered_once
    def post(self, request: Request, key: str) -> Response:
        words, member, now = body_of(request, AskSerializer), member_asking(request), clock.now()
        made = ask_after_sale(asked=asked_of(words), by=Asker(_actor(member), member=member), key=key, now=now)
        give_at_once(after_sale=made, now=now)
        made = after_sale_of(member=member, after_sale_id=made.pk)
        return Response(detail_shape(made, now=now), status=201)


class AfterSalePhotos(StoreView):
    parser_classes = (MultiPartParser,)  # type: ignore[assignment]

    @operation(
        "addAfterSalePhoto",
        "上传一张售后照片（multipart），申请时带上它的 id",
        body=UploadSerializer,
        answer=AfterSalePhotoSerializer,
        status=201,
        example=PHOTO_EXAMPLE,
        refusals=(NotAPicture, PictureTooLarge, TooManyPhotos),
        tag="after-sales",
    )
    def post(self, request: Request) -> Response:
        upload: UploadedFile[Any] = body_of(request, UploadSerializer)["photo"]
        now = clock.now()
        if upload.size is None or upload.size > MOST_BYTES:
            raise PictureTooLarge
        photo = add_photo(member=member_asking(request), upload=upload.read(), now=now)
        return Response(photo_shape(photo, now=now), status=201)


class AfterSaleDetail(StoreView):
    @operation(
        "getAfterSale",
        "一个售后申请和它的进度",
        answer=AfterSaleDetailSerializer,
        example=DETAIL_EXAMPLE,
        refusals=(AfterSaleMissing,),
        tag="after-sales",
    )
    def get(self, request: Request, after_sale_id: UUID) -> Response:
        made = after_sale_of(member=member_asking(request), after_sale_id=after_sale_id)
        return Response(detail_shape(made, now=clock.now()))


class Withdrawal(StoreView):
    @operation(
        "withdrawAfterSale",
        "撤销售后申请（退款之前）",
        answer=AfterSaleDetailSerializer,
        status=201,
        example={
            **DETAIL_EXAMPLE,
            "state": "withdrawn",
            "state_label": "已撤回",
            "can_withdraw": False,
            "due_at": None,
        },
        refusals=(AfterSaleMissing, AlreadyDecided),
        tag="after-sales",
    )
    def post(self, request: Request, after_sale_id: UUID) -> Response:
        member, now = member_asking(request), clock.now()
        withdraw_after_sale(after_sale_id=after_sale_id, member=member, actor=_actor(member), now=now)
        made = after_sale_of(member=member, after_sale_id=after_sale_id)
        return Response(detail_shape(made, now=now), status=201)


class Appeal(StoreView):
    @operation(
        "appealAfterSale",
        "对拒绝提出申诉（3 天内，一次）",
        body=AppealSerializer,
        asked={"words": "照片里第二张能看清烂叶", "photo_ids": []},
        answer=AfterSaleDetailSerializer,
        status=201,
        example={**DETAIL_EXAMPLE, "state": "appealed", "state_label": "申诉中", "answer": "照片看不清"},
        refusals=(AfterSaleMissing, AlreadyDecided, AppealNeeded, PhotoMissing, TooManyPhotos),
        tag="after-sales",
    )
    def post(self, request: Request, after_sale_id: UUID) -> Response:
        words, member, now = body_of(request, AppealSerializer), member_asking(request), clock.now()
        appeal(after_sale_id=after_sale_id, member=member, actor=_actor(member), now=now, **words)
        made = after_sale_of(member=member, after_sale_id=after_sale_id)
        return Response(detail_shape(made, now=now), status=201)


class OrderAfterSales(StoreView):
    @operation(
        "getOrderAfterSales",
        "一张订单的售后：已有的申请，和每件商品还能申请多少",
        answer=OrderAfterSalesSerializer,
        example={
            "can_ask": True,
            "left": [{"line_id": examples.LINE_ID, "quantity": 1, "amount": examples.yuan(590)}],
            "items": [EXAMPLE],
        },
        refusals=(OrderMissing,),
        tag="after-sales",
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        now = clock.now()
        order = order_of(member=member_asking(request), order_id=order_id, now=now)
        lines = list(order.lines.all())
        left = left_of(lines)
        return Response(
            {
                "can_ask": may_ask(order) and any(one.quantity for one in left.values()),
                "left": [
                    {
                        "line_id": line.pk,
                        "quantity": left[line.pk].quantity,
                        "amount": money(left[line.pk].amount_minor, order.currency),
                    }
                    for line in lines
                ],
                "items": [after_sale_shape(one, now=now) for one in after_sales_of_order(order)],
            }
        )


def _actor(member: Member) -> Actor:
    return Actor(kind="member", id=str(member.pk), name=str(member))
