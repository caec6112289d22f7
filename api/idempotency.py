"""Idempotency-Key: the same request twice is one effect and one answer, with Stripe's semantics.

What is kept is the first decided answer, success or refusal, byte for byte. What decided nothing is not kept: a body
that could not be read (400), a caller told to come back later (429), and our own failures (5xx), after which the same
key runs the story again. Stripe replays its 500s because it cannot tell what was done; our stories are idempotent by
the same key and can.
"""

import hashlib
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import MEDIA_TYPE, problem_of
from api.rendering import QuickJSONRenderer
from api.views import StoreView
from kit import clock
from kit.errors import Refused
from tenants.journal.answers import Claim, FirstAnswer, claim_answer, drop_claim, keep_answer

HEADER = "Idempotency-Key"
_FORM = re.compile(r"[\x21-\x7e]{1,255}\Z")
_FIRST_REFUSAL = 400
_LATER = 429
View = TypeVar("View", bound=StoreView)
Post = Callable[..., Response]


def answered_once(post: Post) -> Callable[..., HttpResponse]:
    """Run a view's ``post`` once a key; it is given the key as ``key``. The caller must be signed in."""

    @wraps(post)
    def answer(view: StoreView, request: Request, **ids: Any) -> HttpResponse:
        key = request.headers.get(HEADER, "")
        if not _FORM.match(key):
            raise ValidationError({HEADER: [_("缺少 Idempotency-Key 请求头，或格式不对。")]})
        actor = str(request.user.pk)  # a member, or a key of another program
        claim = claim_answer(actor=actor, key=key, fingerprint=_fingerprint(request), now=clock.now())
        if isinstance(claim, FirstAnswer):
            return _written(claim.status, claim.body, is_replay=True)
        return _first(post, view, request, claim=claim, key=key, **ids)

    return answer


def _first(post: Post, view: StoreView, request: Request, *, claim: Claim, key: str, **ids: Any) -> HttpResponse:
    try:
        try:
            response = post(view, request, key=key, **ids)
        except Refused as refusal:
            response = problem_of(refusal, request_id=getattr(request, "request_id", ""))
        body = QuickJSONRenderer().render(response.data).decode()
    except Exception:
        drop_claim(claim=claim)
        raise
    if response.status_code == _LATER:
        drop_claim(claim=claim)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
    keep_answer(claim=claim, status=response.status_code, body=body)
    return _written(response.status_code, body, is_replay=False)


def _written(status: int, body: str, *, is_replay: bool) -> HttpResponse:
    media_type = MEDIA_TYPE if status >= _FIRST_REFUSAL else "application/json"
    response = HttpResponse(body.encode(), status=status, content_type=media_type)
    if is_replay:
        response["Idempotent-Replayed"] = "true"
    return response


def _fingerprint(request: Request) -> str:
    # Of the words, not of the bytes: the same order with its fields in another sequence is the same order.
    words = json.dumps([request.method, request.path, request.data], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(words.encode()).hexdigest()
