"""Serving the H5 build of mobile/. In front of many stores a proxy may serve the same files by the same rules."""

import mimetypes
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils.http import http_date
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from django.views.static import was_modified_since

from control.merchants.directory import address_of

# The build writes its own style elements and paints canvases; it runs no script but its own files.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_NAMED_BY_CONTENT = "assets/"  # the bundler puts a hash of the content into these names
_FOREVER = "public, max-age=31536000, immutable"
_AN_HOUR = "public, max-age=3600"
_ASK_EACH_TIME = "no-cache"  # the page names the assets: an old one would ask for files that are gone


@require_safe
@gzip_page
def app(request: HttpRequest) -> HttpResponse:
    """Answer with the app's page, or say how to build it."""
    if not (_root() / "index.html").is_file():
        return render(request, "storefront/not_built.html", status=404)
    response = _served(request, "index.html", _ASK_EACH_TIME)
    # One page at several hosts: search engines are told which one is the store's home
    response["Link"] = f'<{address_of(request.store)}/m/>; rel="canonical"'  # type: ignore[attr-defined]
    return response


@require_safe
@gzip_page
def asset(request: HttpRequest, path: str) -> HttpResponse:
    """Answer with one file of the build."""
    if path == "index.html":
        return app(request)
    return _served(request, path, _FOREVER if path.startswith(_NAMED_BY_CONTENT) else _AN_HOUR)


def _served(request: HttpRequest, name: str, keep: str) -> HttpResponse:
    file = _file_named(name)
    changed_at = int(file.stat().st_mtime)
    response: HttpResponse = HttpResponseNotModified()
    if was_modified_since(request.headers.get("If-Modified-Since"), changed_at):
        response = HttpResponse(file.read_bytes(), content_type=_media_type(name))
    response["Last-Modified"] = http_date(changed_at)
    response["Cache-Control"] = keep
    response["Content-Security-Policy"] = POLICY
    return response


def _file_named(name: str) -> Path:
    # No hidden file, no way up, and no link that leads out of the build.
    hidden = any(part.startswith(".") or not part for part in name.split("/"))
    file = _root() / name
    if hidden or not file.is_file() or not file.resolve().is_relative_to(_root().resolve()):
        raise Http404
    return file


def _media_type(name: str) -> str:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _root() -> Path:
    return Path(settings.LINLI_H5_ROOT)
