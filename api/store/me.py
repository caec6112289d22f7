"""The member who is asking."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import member_asking
from api.schema import operation
from api.store import examples
from api.store.pickup_points import PickupPointSerializer, point_shape
from api.views import StoreView
from kit import clock
from tenants.leaders.selectors import leader_of
from tenants.members.models import Member
from tenants.orders.models import OrderState
from tenants.orders.selectors import count_orders_by_state, last_point_of


class MemberSerializer(serializers.Serializer[Any]):
    """A member as they see themselves."""

    id = serializers.UUIDField()
    nickname = serializers.CharField()
    phone_masked = serializers.CharField()
    is_leader = serializers.BooleanField()


class OrderCountsSerializer(serializers.Serializer[Any]):
    """How many orders are in each state."""

    def get_fields(self) -> dict[str, Any]:
        return {state.value: serializers.IntegerField() for state in OrderState}


class MeSerializer(serializers.Serializer[Any]):
    """What the member's own page shows."""

    member = MemberSerializer()
    orders_by_state = OrderCountsSerializer()
    last_pickup_point = PickupPointSerializer(allow_null=True)


class Me(StoreView):
    @operation(
        "getMe",
        "我的信息",
        answer=MeSerializer,
        example={
            "member": examples.MEMBER,
            "orders_by_state": {**dict.fromkeys(OrderState.values, 0), "pending_payment": 1, "picked_up": 12},
            "last_pickup_point": {**examples.POINT, "distance_m": None},
        },
        tag="me",
    )
    def get(self, request: Request) -> Response:
        member = member_asking(request)
        point = last_point_of(member=member, now=clock.now())
        return Response(
            {
                "member": member_shape(member),
                "orders_by_state": count_orders_by_state(member=member),
                "last_pickup_point": point_shape(point) if point else None,
            }
        )


def member_shape(member: Member) -> dict[str, Any]:
    """Write a member; asks once whether they are a leader."""
    return {
        "id": str(member.pk),
        "nickname": member.nickname,
        "phone_masked": member.phone_masked,
        "is_leader": leader_of(member) is not None,
    }
