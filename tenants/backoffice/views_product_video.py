"""商品视频: one a product, put in, covered and taken out beside the editor's form."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import UNPROCESSABLE, is_htmx, say
from tenants.backoffice.listing import by
from tenants.backoffice.roles import changers_only
from tenants.catalog.selectors import product_of
from tenants.catalog.services.keep_video import cover_video, keep_video, remove_video, video_shown
from tenants.catalog.services.mp4 import MOST_BYTES, VideoTooLarge


class CoverForm(forms.Form):
    """Which picture stands before the video."""

    picture = forms.UUIDField()


@require_POST
@staff_only
@changers_only
def upload(request: HttpRequest, product_id: UUID) -> HttpResponse:
    """Take a video in the place of the one that is there."""
    product_of(product_id)
    file = request.FILES.get("video")
    if file is None:
        return _answer(request, product_id, wrong=[_("请选择一个 MP4 视频。")])
    try:
        if (file.size or 0) > MOST_BYTES:
            raise VideoTooLarge
        kept = keep_video(product_id=product_id, upload=file.read(), now=clock.now(), by_name=by(request))
    except Refused as refusal:
        return _answer(request, product_id, wrong=[str(refusal)])
    return _answer(request, product_id, is_slow=not kept.starts_fast)


@require_POST
@staff_only
@changers_only
def cover(request: HttpRequest, product_id: UUID) -> HttpResponse:
    """Choose the picture before the video."""
    form = CoverForm(request.POST)
    if not form.is_valid():
        return _answer(request, product_id, wrong=[_("请选择一张商品图片做封面。")])
    try:
        cover_video(
            product_id=product_id, picture_id=form.cleaned_data["picture"], now=clock.now(), by_name=by(request)
        )
    except Refused as refusal:
        return _answer(request, product_id, wrong=[str(refusal)])
    return _answer(request, product_id)


@require_POST
@staff_only
@changers_only
def remove(request: HttpRequest, product_id: UUID) -> HttpResponse:
    """Take the video away."""
    remove_video(product_id=product_id, now=clock.now(), by_name=by(request))
    return _answer(request, product_id)


def _answer(
    request: HttpRequest, product_id: UUID, *, wrong: Sequence[str] = (), is_slow: bool = False
) -> HttpResponse:
    product = product_of(product_id)
    if not is_htmx(request):
        for sentence in wrong:
            say(request, sentence, tone="error")
        return redirect("backoffice:product", product_id)
    context: dict[str, Any] = {"product": product, "video": video_shown(product), "wrong": wrong, "is_slow": is_slow}
    context["pictures"] = product.shown_pictures  # type: ignore[attr-defined]
    status = UNPROCESSABLE if wrong else 200
    return render(request, "backoffice/products/_video.html", context, status=status)
