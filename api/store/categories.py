"""The shelves of the shop, and the badges on its goods."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.schema import operation
from api.store import examples
from api.store.words import list_of
from api.views import StoreView
from tenants.catalog.selectors import category_tree


class TagSerializer(serializers.Serializer[Any]):
    """A badge; white words on ``color`` can be read."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    color = serializers.CharField()


class CategorySerializer(serializers.Serializer[Any]):
    """A category, followed by those in it; ``level`` is 1, 2 or 3."""

    id = serializers.UUIDField()
    parent_id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    icon = serializers.CharField(allow_blank=True)
    level = serializers.IntegerField()


TAG_EXAMPLE = {"id": examples.TAG_ID, "name": "当季", "color": "#0b7a3b"}
_EXAMPLE = {"id": examples.CATEGORY_ID, "parent_id": None, "name": "蔬菜", "icon": "leaf", "level": 1}


class Categories(StoreView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @operation(
        "listCategories",
        "商品分类，按店里的顺序，上级在前",
        answer=list_of(CategorySerializer, "CategoryPage"),
        example=examples.page(_EXAMPLE),
        tag="products",
        is_public=True,
    )
    def get(self, request: Request) -> Response:
        items = [
            {
                "id": shelf.category.pk,
                "parent_id": shelf.category.parent_id,
                "name": shelf.category.name,
                "icon": shelf.category.icon,
                "level": shelf.level,
            }
            for shelf in category_tree(shown_only=True)
        ]
        return Response({"items": items, "next": None})
