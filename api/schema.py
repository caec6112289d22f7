"""Describing the API: one decorator says an operation's name, words, answer, example and refusals."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from api.errors import MEDIA_TYPE
from api.parsing import StrictSerializer
from kit.errors import Kind, Refused
from kit.web.refusals import STATUS

Described = TypeVar("Described", bound=Callable[..., Any])
_KEY = OpenApiParameter(
    name="Idempotency-Key",
    location=OpenApiParameter.HEADER,
    required=True,
    type=str,
    description="同一次提交重试时保持不变（最长 255 个可见 ASCII 字符）。7 天内重复提交得到第一次的回答。",
)


class StoreSchema(AutoSchema):
    """As drf-spectacular's, and says aloud that unknown fields are refused."""

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if isinstance(serializer, StrictSerializer):
            schema["additionalProperties"] = False
        return schema


class MemberTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Writes our token into the description."""

    target_class = "api.authentication.MemberTokenAuthentication"
    name = "member"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "POST /auth/sessions 返回的 token，只在本店有效。"}


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Writes the open platform's keys into the description."""

    target_class = "api.open.authentication.ApiKeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "商家后台“套餐与账单 · 开放接口”里创建的密钥（lk_ 开头），只在本店有效。",
        }


class ProblemSerializer(serializers.Serializer[Any]):
    """An error. What else it carries depends on ``code``."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    request_id = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]  # the name is the contract's
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


def operation(
    operation_id: str,
    summary: str,
    *,
    answer: type[serializers.Serializer[Any]] | None,
    example: Any = None,
    status: int = 200,
    body: type[StrictSerializer] | None = None,
    asked: Any = None,
    query: type[StrictSerializer] | None = None,
    refusals: Sequence[type[Refused] | tuple[int, str]] = (),
    tag: str,
    is_public: bool = False,
    is_once: bool = False,
    scope: str = "",
) -> Callable[[Described], Described]:
    """Describe an operation; one with a ``scope`` is called with a key that has it.

    ``asked`` and ``example`` are a body that works and what it is answered with.
    """
    examples = [OpenApiExample("request", value=asked, request_only=True)] if asked is not None else []
    if example is not None:
        examples.append(OpenApiExample("answer", value=example, response_only=True, status_codes=[str(status)]))
    responses: dict[Any, Any] = {status: OpenApiResponse(answer) if answer else OpenApiResponse(description="—")}
    said = _codes(refusals, body=body, query=query, is_public=is_public, is_once=is_once, scope=scope)
    for code, names in said.items():
        responses[(code, MEDIA_TYPE)] = OpenApiResponse(ProblemSerializer, description=", ".join(names))
    return extend_schema(
        operation_id=operation_id,
        summary=summary,
        description=f"密钥要有权限 `{scope}`。" if scope else None,
        extensions={"x-scope": scope} if scope else None,
        tags=[tag],
        request=body,
        parameters=[*([query] if query else []), *([_KEY] if is_once else [])],
        responses=responses,
        examples=examples,
        auth=[] if is_public else None,
    )


def _codes(
    refusals: Sequence[type[Refused] | tuple[int, str]],
    *,
    body: Any,
    query: Any,
    is_public: bool,
    is_once: bool,
    scope: str,
) -> dict[int, list[str]]:
    said: list[tuple[int, str]] = []
    if body or query or is_once:
        said.append((400, "invalid"))
    if body:
        said += [(400, "malformed_json"), (413, "too_large"), (415, "unsupported_media_type")]
    if scope:
        said += [(401, "key_refused"), (402, "api_not_in_plan"), (403, "scope_missing"), (429, "too_fast")]
    elif not is_public:
        said += [(401, "not_signed_in"), (401, "session_ended")]
    said += [(STATUS[no.kind], no.code) if isinstance(no, type) else no for no in refusals]
    if any(status == STATUS[Kind.MISSING] for status, _code in said):
        said.append((404, "not_found"))  # an id that is no id
    if is_once:
        said += [(409, "idempotency_in_progress"), (422, "idempotency_mismatch")]
    said += [(500, "server_error"), (503, "store_closed")]
    by_status: dict[int, list[str]] = {}
    for status, code in sorted(said, key=lambda pair: pair[0]):
        by_status.setdefault(status, []).append(code)
    return by_status
