"""The description of this API, OpenAPI 3.1."""

import json
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Answer with the description; it is the same for every store."""
    response = HttpResponse(_document(), content_type="application/json")
    response["Cache-Control"] = "public, max-age=300"
    return response


def describe() -> dict[str, Any]:
    """Generate the description from the views."""
    generator = SchemaGenerator(urlconf=settings.LINLI_STORE_URLCONF)  # type: ignore[no-untyped-call]
    described: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return described


def written(described: dict[str, Any]) -> str:
    """Write a description the way docs/openapi.json is kept."""
    return json.dumps(described, ensure_ascii=False, indent=2) + "\n"


@cache  # holds nothing of any store
def _document() -> bytes:
    return written(describe()).encode()
