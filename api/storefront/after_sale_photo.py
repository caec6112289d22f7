"""Pictures of after-sales requests, to whoever holds a signed address: a phone shows them without a token."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from kit import clock
from kit.ports.storage import NoSuchFile
from tenants.aftersales.photos import photo_by_link
from tenants.aftersales.selectors import PhotoMissing


@require_safe
def show(request: HttpRequest, link: str) -> HttpResponse:
    """Answer with the picture. An address that was not signed here, or is too old, leads nowhere."""
    try:
        content = photo_by_link(link, now=clock.now())
    except (PhotoMissing, NoSuchFile):
        raise Http404 from None
    response = HttpResponse(content, content_type="image/webp")
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
