"""What WeChat Pay and Alipay tell the platform about merchants' own payments: verified, stored, answered, acted on."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from api.parsing import MOST_BYTES
from billing.collecting import ALIPAY
from billing.services.settle_prepay import take_prepay_notice
from billing.tasks import settle_prepay_event
from kit import clock
from kit.errors import Refused
from kit.web.refusals import STATUS


@csrf_exempt
@require_POST
def receive(request: HttpRequest, provider: str) -> HttpResponse:
    """Take in one notice. A no keeps nothing of it; the company then repeats what was really its own."""
    body = request.body  # the very bytes that were signed
    if len(body) > MOST_BYTES:
        return _no(413, "too_large", "")
    try:
        event_id, is_new = take_prepay_notice(provider=provider, body=body, headers=request.headers, now=clock.now())
    except Refused as refusal:
        return _no(STATUS[refusal.kind], refusal.code, str(refusal))
    if is_new:
        settle_prepay_event.delay(event_id=str(event_id))
    if provider == ALIPAY:
        return HttpResponse("success", content_type="text/plain")
    return JsonResponse({"code": "SUCCESS", "message": ""})


def _no(status: int, code: str, detail: str) -> JsonResponse:
    told = {"code": "FAIL", "message": detail, "title": code, "status": status, "detail": detail}
    return JsonResponse(told, status=status, content_type="application/problem+json")
