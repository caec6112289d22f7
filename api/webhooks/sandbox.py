"""The sandbox provider's webhook: verified, stored, answered, then acted on."""

from django.core.exceptions import RequestDataTooBig
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.parsing import MOST_BYTES
from api.views import StoreView
from kit import clock
from kit.tenancy import current_store
from kit.tenancy.directory import WORKING_STATES
from tenants.sales.services.take_notice import take_notice
from tenants.sales.tasks import settle_event

SIGNATURE = "X-Sandbox-Signature"


@extend_schema(exclude=True)
class SandboxNotices(StoreView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        body = request.body  # the very bytes that were signed
        if len(body) > MOST_BYTES:
            raise RequestDataTooBig
        hear(body=body, signature=request.headers.get(SIGNATURE, ""))
        return Response({"received": True})


def hear(*, body: bytes, signature: str) -> None:
    """Take in a notice and have it acted on; a repeat wakes the same task, which then finds nothing to do.

    For a closed store it is only kept: ``settle_forgotten_events`` acts on it when the store works again.
    """
    event_id = take_notice(body=body, signature=signature, now=clock.now())
    if current_store().state in WORKING_STATES:
        settle_event.delay(store=str(current_store().merchant_id), event_id=str(event_id))
