"""The page of a store that does not serve shoppers now."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from kit.web.errors import Problem, page_for

_SENTENCES = {
    "building": _("店铺正在开通，请稍后再来。"),
    "restricted": _("店铺现在只能查看，不能修改。付清账单后马上恢复。"),
    "read_only": _("店铺暂停接单，请联系商家。"),
    "suspended": _("店铺已打烊，请联系商家。"),
}


def closed_page(request: HttpRequest, *, state: str) -> HttpResponse:
    """Answer 503 (or 404 for a store that is no more), as JSON for the API and as a page for people."""
    sentence = str(_SENTENCES.get(state, _("没有这个店铺。")))
    status = 503 if state in _SENTENCES else 404
    if request.path.startswith("/api/"):
        return JsonResponse(
            {
                "type": "urn:linli:problem:store_closed",
                "title": "Store closed",
                "status": status,
                "code": "store_closed",
                "detail": sentence,
                "request_id": getattr(request, "request_id", ""),
            },
            status=status,
            content_type="application/problem+json",
        )
    return page_for(request, Problem(status, sentence, "", icon="store", may_retry=status == 503))
