"""What Stripe tells us: believed when signed, stored once, answered at once, acted on later."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing.tasks import settle_event
from control.inbox.services import accept_event
from kit import clock
from kit.gateway.webhooks import BadSignature, ForeignEvent, verify_webhook


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Take in one event. 400 for a forged, stale, broken or foreign letter, of which nothing is kept."""
    now = clock.now()
    try:
        event = verify_webhook(payload=request.body, signature=request.headers.get("Stripe-Signature", ""), now=now)
    except (BadSignature, ForeignEvent) as refusal:
        return JsonResponse(
            {
                "title": refusal.code.replace("_", " ").capitalize(),
                "status": 400,
                "code": refusal.code,
                "detail": str(refusal),
            },
            status=400,
            content_type="application/problem+json",
        )
    with transaction.atomic(durable=True):
        stored, is_new = accept_event(
            provider="stripe",
            account="platform",
            event_id=event.id,
            kind=event.type,
            object_id=event.object_id,
            occurred_at=event.created,
            payload=event.payload,
            now=now,
        )
        if is_new:
            # Robust: with the broker down the event is kept all the same, and retry_events will act on it
            transaction.on_commit(lambda: settle_event.delay(event_id=str(stored.pk)), robust=True)
    return HttpResponse(status=200)
