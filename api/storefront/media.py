"""The store's own public files, at addresses nobody can guess."""

import mimetypes
import re

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.views.decorators.http import require_safe

from kit.ports.storage import NoSuchFile, has_file, key_of_public, read_file, size_of, stretch_of

# first-last, first-, or -length; more digits than any file has bytes are no range
_RANGE = re.compile(r"bytes=(?:(?P<first>\d{1,15})-(?P<last>\d{0,15})|-(?P<length>\d{1,15}))", re.ASCII)
_FOREVER = "public, max-age=31536000, immutable"  # a changed picture gets another name


@require_safe
def show(request: HttpRequest, file_key: str) -> HttpResponse:
    """Answer with one file. Another store's is as absent here as one that never was."""
    etag = f'"{file_key}"'
    if file_key.endswith(".mp4"):
        return _safe(_in_part(request, file_key, etag), etag)
    try:
        key = key_of_public(file_key)
        # A browser's word that it knows the file is no proof that we have it
        is_known = request.headers.get("If-None-Match") == etag and has_file(key)
        content = b"" if is_known else read_file(key)
    except NoSuchFile:
        raise Http404 from None
    if is_known:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(content, content_type=mimetypes.guess_type(file_key)[0] or "application/octet-stream")
    return _safe(response, etag)


def _in_part(request: HttpRequest, file_key: str, etag: str) -> HttpResponse:
    """Answer with a video, whole or the part that a player asks for (RFC 9110, 14: one range; several get it whole)."""
    try:
        key = key_of_public(file_key)
        size = size_of(key)
        if request.headers.get("If-None-Match") == etag:
            return HttpResponseNotModified()
        asked = request.headers.get("Range", "") if request.headers.get("If-Range", etag) == etag else ""
        first, last = _range_in(asked, size)
        is_outside = first > last or first >= size
        body = [] if is_outside else stretch_of(key, first=first, length=last - first + 1)
    except NoSuchFile:
        raise Http404 from None
    if is_outside:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    response = StreamingHttpResponse(body, content_type="video/mp4")
    if _RANGE.fullmatch(asked):
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Content-Length"] = str(last - first + 1)
    response["Accept-Ranges"] = "bytes"
    return response  # type: ignore[return-value]  # a streaming response, of which the stubs think less than Django does


def _range_in(asked: str, size: int) -> tuple[int, int]:
    match = _RANGE.fullmatch(asked)
    if match is None:
        return 0, size - 1
    if match["length"] is not None:
        length = int(match["length"])
        return (max(0, size - length), size - 1) if length else (size, size - 1)
    return int(match["first"]), min(int(match["last"]), size - 1) if match["last"] else size - 1


def _safe(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Cache-Control"] = _FOREVER
    # Whatever a file says it is, it is shown as what we say, and it runs nothing.
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
