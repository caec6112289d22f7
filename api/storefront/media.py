"""The store's own public files, at addresses nobody can guess."""

import mimetypes

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

from kit.ports.storage import NoSuchFile, has_file, key_of_public, read_file

_FOREVER = "public, max-age=31536000, immutable"  # a changed picture gets another name


@require_safe
def show(request: HttpRequest, file_key: str) -> HttpResponse:
    """Answer with one file. Another store's is as absent here as one that never was."""
    etag = f'"{file_key}"'
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
    response["ETag"] = etag
    response["Cache-Control"] = _FOREVER
    # Whatever a file says it is, it is shown as what we say, and it runs nothing.
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
