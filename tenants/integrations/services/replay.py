"""A delivery is sent once more because somebody asked."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.tenancy import current_store
from tenants.integrations.models import DeliveryState, EndpointState, WebhookDelivery
from tenants.integrations.services.courier import carry


class DeliveryMissing(Refused):
    """There is no such delivery."""

    code, kind, sentence = "delivery_missing", Kind.MISSING, _("没有找到这条通知。")


class NotReceiving(Refused):
    """The endpoint takes nothing now."""

    code, kind, sentence = "not_receiving", Kind.CONFLICT, _("这个回调地址没有在接收，请先恢复。")


def replay(*, delivery_id: UUID, now: datetime) -> WebhookDelivery:
    """Begin a new round of tries with the same webhook-id, whatever came of the last.

    :raises DeliveryMissing, NotReceiving:
    """
    with transaction.atomic():
        found = WebhookDelivery.objects.select_for_update(of=("self",)).select_related("endpoint")
        delivery: WebhookDelivery | None = found.filter(pk=delivery_id).first()
        if delivery is None:
            raise DeliveryMissing
        if delivery.endpoint.state != EndpointState.ACTIVE:
            raise NotReceiving
        delivery.state, delivery.tries, delivery.next_at = DeliveryState.PENDING, 0, now
        delivery.save(update_fields=["state", "tries", "next_at"])
        store = str(current_store().merchant_id)
        transaction.on_commit(partial(carry.delay, store=store, delivery_id=str(delivery.pk)), robust=True)
    return delivery
