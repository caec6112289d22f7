"""The sandbox provider's cashier page, where a shopper tries out paying, failing and silence.

The shopper comes from the app, which signs in by a token and not by a cookie: the charge's key, which nobody can
guess, is what lets them in. The form is guarded against posts from other sites.
"""

import json

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from api.webhooks.sandbox import hear
from kit import clock
from tenants.payments.methods.sandbox import charge_with_key, sandbox_decide, sign_notice
from tenants.payments.selectors import payment_with_key


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(choices=[("pay", "支付成功"), ("fail", "支付失败"), ("silent", "不回应")])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, key: str) -> HttpResponse:
    """Show what is to be paid, or take the shopper's decision and go back to the app."""
    payment = payment_with_key(key)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        _decide(key, form.cleaned_data["decision"])
        return redirect(f"/m/#/sub/order/result?order={payment.first_order_id}")
    charge = charge_with_key(key)
    status = 422 if form.is_bound else 200
    context = {"charge": charge, "payment": payment}
    return render(request, "storefront/cashier.html", context, status=status)


def _decide(key: str, decision: str) -> None:
    notice = sandbox_decide(key=key, decision=decision, now=clock.now())  # type: ignore[arg-type]
    if notice is None:  # paid, and nobody is told: our janitor has to ask
        return
    # The provider's notice goes through the same door as any, signature and all.
    body = json.dumps(notice).encode()
    hear(body=body, signature=sign_notice(body=body))
