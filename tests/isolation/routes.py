"""Every GET route of a host, with the parameters that hit the planted rows."""

import importlib
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver

from tests.isolation.planting import ONE_ID

# What stands in a path for each kind of parameter. A new kind without an entry fails the crawl on purpose.
BY_NAME: dict[str, str] = {
    "code": "MARKA-code",
    "signature": "MARKA-signature",
    "key": "MARKA-key",
    "file_key": "MARKA-file_key",
    "path": "index.html",
    "kind": "daily",
    "state": "all",
    "lang": "en",
    "endpoint": "MARKA-endpoint",
    "provider": "wechat",
    "link": "MARKA-link",
    "way_kind": "leader_home",
    "party": "store",
    "what": "suppliers",
    "day": "2026-11-21",
    "decision": "pinned",
}


def get_routes(urlconf: str) -> list[str]:
    """List the paths of a urlconf, each parameter filled in."""
    return sorted(set(_walk(importlib.import_module(urlconf).urlpatterns, "/")))


def _walk(patterns: list[Any], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, prefix + _filled(pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + _filled(pattern)


def _filled(pattern: URLPattern | URLResolver) -> str:
    text = str(pattern.pattern)
    for name, converter in pattern.pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower()
        value = str(ONE_ID) if kind == "uuid" else "1" if kind == "int" else BY_NAME.get(name)
        if value is None:
            raise AssertionError(f"no value for the parameter {name!r} of {text!r}: add it to BY_NAME")
        shown = f"<{kind}:{name}>" if f"<{kind}:{name}>" in text else f"<{name}>"
        text = text.replace(shown, value)
    return text.lstrip("^").removesuffix("$").removesuffix("\\Z")
