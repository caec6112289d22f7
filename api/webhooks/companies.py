"""What a store's payment companies tell it, each at an address of the store's own: verified, stored, answered, then
acted on."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from api.parsing import MOST_BYTES
from kit import clock
from kit.errors import Refused
from kit.tenancy import current_store
from kit.tenancy.directory import WORKING_STATES
from kit.web.refusals import STATUS
from tenants.payments.ways import ALIPAY
from tenants.sales.services.take_notice import take_company_notice
from tenants.sales.tasks import settle_event


@csrf_exempt
@require_POST
def receive(request: HttpRequest, endpoint: str) -> HttpResponse:
    """Take in one notice. A no keeps nothing of it; the company then repeats what was really its own."""
    body = request.body  # the very bytes that were signed
    if len(body) > MOST_BYTES:
        return _no(413, "too_large", "")
    try:
        channel, event_id = take_company_notice(endpoint=endpoint, body=body, headers=request.headers, now=clock.now())
    except Refused as refusal:
        return _no(STATUS[refusal.kind], refusal.code, str(refusal))
    store = current_store()
    if store.state in WORKING_STATES:  # for a closed store it is kept, and acted on when it works again
        settle_event.delay(store=str(store.merchant_id), event_id=str(event_id))
    if channel.provider == ALIPAY:
        return HttpResponse("success", content_type="text/plain")
    return JsonResponse({"code": "SUCCESS", "message": ""})


def _no(status: int, code: str, detail: str) -> JsonResponse:
    # "code" is what WeChat reads; the rest is ours
    told: dict[str, Any] = {"code": "FAIL", "message": detail, "title": code, "status": status, "detail": detail}
    return JsonResponse(told, status=status, content_type="application/problem+json")
