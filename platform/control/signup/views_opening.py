"""The page of a store that is registered and not open yet: seldom seen, never a dead end."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from control.merchants.models import Merchant, MerchantState
from control.signup.selectors import merchant_with_id, store_address


def opening_page(request: HttpRequest, *, merchant: Merchant) -> HttpResponse:
    """Show how far the opening has come; the page asks again by itself."""
    return render(request, "signup/opening.html", _steps(merchant))


@require_GET
def opening(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    """Answer the page's question."""
    merchant = merchant_with_id(merchant_id)
    if merchant is None:
        raise Http404
    template = "signup/_opening.html" if request.headers.get("HX-Request") else "signup/opening.html"
    return render(request, template, _steps(merchant))


def _steps(merchant: Merchant) -> dict[str, object]:
    is_open = merchant.state != MerchantState.BUILDING
    address = store_address(merchant.slug)
    return {
        "store_name": merchant.name,
        "store_url": address,
        "steps": [(_("登记店铺"), True), (_("准备货架和账本"), is_open), (_("打开店门"), is_open)],
        "poll": "" if is_open else reverse("signup:opening", args=[merchant.pk]),
        "desk_url": f"{address}/backoffice/login" if is_open else "",
    }
