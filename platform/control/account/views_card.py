"""The card that invoices are charged to; its number is typed on the card company's page, never on ours."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing.selectors import cards_of
from billing.services.keep_cards import choose_default_card, remove_card
from billing.services.open_card_page import open_card_page
from billing.services.save_card import save_card
from control.account.desk import account_context, owners_only, store_of
from control.account.selectors import subscription_of
from control.people.doors import staff_only
from control.support.marks import never_in_support
from kit import clock
from kit.tenancy import in_control
from kit.web.answers import after_login, done


@require_safe
@staff_only
def card(request: HttpRequest) -> HttpResponse:
    """List the cards, the one that is charged first."""
    with in_control():
        subscription = subscription_of(store_of(request))
        kept = cards_of(billing_account=subscription.billing_account)
    wanted = after_login(request, usual="")
    return render(request, "account/card.html", account_context(request, "account:card", cards=kept, wanted=wanted))


@require_POST
@staff_only
@owners_only
def begin(request: HttpRequest) -> HttpResponse:
    """Open a visit to the card company's page and lead there."""
    back = request.build_absolute_uri(reverse("account:card-done"))
    wanted = after_login(request, usual="")
    onward = f"&{urlencode({'next': wanted})}" if wanted else ""
    with in_control():
        address = open_card_page(
            merchant_id=store_of(request).merchant_id,
            success_url=f"{back}?visit={{CHECKOUT_SESSION_ID}}{onward}",
            cancel_url=request.build_absolute_uri(reverse("account:card")),
            now=clock.now(),
        )
    # The content security policy lets no form of ours lead to another host, not even by a redirect; a page may.
    response = render(request, "account/card_leaving.html", account_context(request, "account:card", address=address))
    response["Refresh"] = f"0; url={address}"
    return response


@never_in_support
@require_safe
@staff_only
def finish(request: HttpRequest) -> HttpResponse:
    """Come back from the card company's page; whether a card was saved, only its own answer tells."""
    with in_control():
        kept = save_card(setup_ref=request.GET.get("visit", "")[:120], now=clock.now())
    if kept is None or kept.billing_account.merchant_id != store_of(request).merchant_id:
        return done(request, to=reverse("account:card"), sentence=_("银行卡还没有绑定成功，请再试一次。"))
    return done(
        request,
        to=after_login(request, usual=reverse("account:card")),
        sentence=_("已绑定尾号 %(last4)s 的银行卡。") % {"last4": kept.last4},
    )


@require_POST
@staff_only
@owners_only
def make_default(request: HttpRequest, card_id: UUID) -> HttpResponse:
    """Let this card be the one that is charged."""
    with in_control():
        chosen = choose_default_card(
            merchant_id=store_of(request).merchant_id, card_id=card_id, by=_by(request), now=clock.now()
        )
    return done(request, to=reverse("account:card"), sentence=_("以后用 %(card)s 扣款。") % {"card": chosen})


@require_POST
@staff_only
@owners_only
def remove(request: HttpRequest, card_id: UUID) -> HttpResponse:
    """Take a card away."""
    with in_control():
        remove_card(merchant_id=store_of(request).merchant_id, card_id=card_id, by=_by(request), now=clock.now())
    return done(request, to=reverse("account:card"), sentence=_("银行卡已删除。"))


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]
