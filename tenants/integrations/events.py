"""What endpoints can be told."""

from django.utils.translation import gettext_lazy as _

TEST = "test.ping"
EVENTS = {
    "order.paid": _("订单已付款"),
    "order.closed": _("订单已关闭（未付款）"),
    "order.refunded": _("订单已退款"),
    "order.picked_up": _("订单已提货（含部分提货）"),
    "campaign.closed": _("团期已截单"),
}
