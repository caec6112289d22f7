"""The one place where a no becomes HTTP: every error of the API is application/problem+json (RFC 9457)."""

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response

from api.shapes import moment, money
from kit.errors import Refused
from kit.money import Money
from kit.web.away import AWAY, CODE, RETRY_AFTER, SENTENCE
from kit.web.refusals import STATUS

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"


class KeyRefused(exceptions.AuthenticationFailed):
    """No key, or one that is unknown in this store, expired or revoked; which of them is not said."""


# What the framework refuses by itself: our code and our sentence, never its own wording.
_FRAMEWORK: dict[type[Exception], tuple[int, str, Any]] = {
    exceptions.ParseError: (400, "malformed_json", _("请求内容不是正确的 JSON。")),
    exceptions.NotAuthenticated: (401, "not_signed_in", _("请先登录。")),
    exceptions.AuthenticationFailed: (401, "session_ended", _("登录已过期，请重新登录。")),
    KeyRefused: (401, "key_refused", _("密钥无效：没有、已过期、已停用，或不是这家店的。")),
    exceptions.PermissionDenied: (403, "forbidden", _("您没有权限这样做。")),
    PermissionDenied: (403, "forbidden", _("您没有权限这样做。")),
    exceptions.NotFound: (404, "not_found", _("没有找到您要的内容。")),
    Http404: (404, "not_found", _("没有找到您要的内容。")),
    exceptions.MethodNotAllowed: (405, "method_not_allowed", _("这个地址不支持这种请求方式。")),
    exceptions.NotAcceptable: (406, "not_acceptable", _("这里只提供 application/json。")),
    RequestDataTooBig: (413, "too_large", _("请求内容太大。")),
    exceptions.UnsupportedMediaType: (415, "unsupported_media_type", _("请求内容必须是 application/json。")),
    exceptions.Throttled: (429, "too_many_requests", _("操作太频繁，请稍后再试。")),
}
_BROKEN = (500, "server_error", _("出错了，不是您的问题，请稍后再试。"))


def problem(error: Exception, context: dict[str, Any]) -> Response:
    """Turn whatever a view raised into an answer. What is neither a refusal nor the framework's own is a bug."""
    request_id = getattr(context["request"], "request_id", "")
    if isinstance(error, Refused):
        return problem_of(error, request_id=request_id)
    if isinstance(error, exceptions.ValidationError):
        return _answer(400, "invalid", _("有内容填写得不对，请检查。"), request_id, errors=dict(_fields(error.detail)))
    if isinstance(error, AWAY):
        log.warning("database_away", exc_info=error)
        return _answer(503, CODE, SENTENCE, request_id, facts={"retry_after_seconds": RETRY_AFTER})
    known = next((_FRAMEWORK[kind] for kind in type(error).__mro__ if kind in _FRAMEWORK), None)
    if known is None:
        log.exception("request_failed", exc_info=error)
        return _answer(*_BROKEN, request_id)
    response = _answer(*known, request_id, facts=_wait(error))
    if auth_header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = auth_header
    return response


def problem_of(refusal: Refused, *, request_id: str) -> Response:
    """Write a refusal: its code and sentence, the sentences beside the fields, and its facts as members."""
    errors = {name: [str(sentence) for sentence in said] for name, said in refusal.fields.items()}
    facts = {name: _plain(value) for name, value in refusal.facts.items()}
    return _answer(STATUS[refusal.kind], refusal.code, refusal.sentence, request_id, errors=errors, facts=facts)


def _answer(
    status: int,
    code: str,
    sentence: Any,
    request_id: str,
    *,
    errors: dict[str, list[str]] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Response:
    body: dict[str, Any] = {
        "type": f"urn:linli:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": str(sentence),
        "request_id": request_id,
    }
    if errors:
        body["errors"] = errors
    body.update((name, value) for name, value in (facts or {}).items() if name not in body)
    response = Response(body, status=status, content_type=MEDIA_TYPE)
    if "retry_after_seconds" in body:
        response["Retry-After"] = str(body["retry_after_seconds"])
    return response


def _fields(detail: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    # {"lines": [{}, {"quantity": ["…"]}]} becomes {"lines.1.quantity": ["…"]}
    if isinstance(detail, Mapping):
        for name, below in detail.items():
            name = str(name) if name != "non_field_errors" else ""
            yield from _fields(below, ".".join(part for part in (path, name) if part))
    elif isinstance(detail, list) and all(isinstance(said, str) for said in detail):
        yield path or "body", [str(said) for said in detail]
    elif isinstance(detail, list):
        for index, below in enumerate(detail):
            yield from _fields(below, f"{path}.{index}")


def _wait(error: Exception) -> dict[str, int]:
    wait = getattr(error, "wait", None)
    return {"retry_after_seconds": math.ceil(wait)} if wait else {}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Money):
        return money(value.amount, value.currency)
    if isinstance(value, UUID | Promise):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(below) for name, below in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(below) for below in value]
    return value
