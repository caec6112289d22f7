"""The page of a store that does not serve shoppers now."""

from django.http import HttpRequest, HttpResponse, JsonResponse

_SENTENCES = {
    "building": "店铺正在开通，请稍后再来。",
    "read_only": "店铺暂停接单，请联系商家。",
    "suspended": "店铺已打烊，请联系商家。",
}


def closed_page(request: HttpRequest, *, state: str) -> HttpResponse:
    """Answer 503 (or 404 for a store that is no more), as JSON for the API and as a page for people."""
    sentence = _SENTENCES.get(state, "没有这个店铺。")
    status = 503 if state in _SENTENCES else 404
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"title": "Store closed", "status": status, "code": "store_closed", "detail": sentence},
            status=status,
            content_type="application/problem+json",
        )
    return HttpResponse(
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{sentence}</title><h1>{sentence}</h1>',
        status=status,
    )
