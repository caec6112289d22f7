"""The owners are told that an endpoint was given up."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from control.people.models import Role, Seat
from kit.ports.messages import send_email
from kit.tenancy import current_store, in_control
from tenants.integrations.models import WebhookEndpoint


def tell_owner(*, endpoint: WebhookEndpoint, reason: str, now: datetime) -> int:
    """Write to each owner of the store, in their language; return how many letters. Call it after commit."""
    store = current_store()
    with in_control():
        owners = [
            seat.person
            for seat in Seat.objects.filter(merchant_id=store.merchant_id, role=Role.OWNER).select_related("person")
        ]
    for owner in owners:
        with override(owner.language):
            why = _("对方回答地址已作废（410）。") if reason == "gone" else _("连续五天没有送达。")
            text = _("%(store)s 的回调地址 %(url)s 已停用：%(why)s修好后请到“套餐与账单 · 开放接口”里恢复。") % {
                "store": store.name,
                "url": endpoint.url,
                "why": why,
            }
            send_email(
                address=owner.email, subject=_("回调地址已停用"), text=text, now=now, merchant_id=store.merchant_id
            )
    return len(owners)
