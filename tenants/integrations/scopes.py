"""What a key may be allowed: one word a resource and a direction. Nothing here moves money."""

from django.utils.translation import gettext_lazy as _

SCOPES = {
    "goods:read": _("商品：查看"),
    "goods:write": _("商品：上下架"),
    "stock:read": _("库存：查看"),
    "stock:write": _("库存：设定数量"),
    "orders:read": _("订单：查看"),
    "campaigns:read": _("团期：查看"),
    "campaigns:write": _("团期：提前截单"),
    "leaders:read": _("团长：查看"),
    "members:read": _("会员：查看（手机号打码）"),
}
