"""The platform's own host: the public site, sign-up, the operator's console, Stripe's webhook."""

from django.urls import include, path

urlpatterns = [
    path("", include("control.signup.urls")),
    path("console/", include("control.console.urls")),
    path("kit/", include("kit.web.urls")),
    path("api/v1/webhooks/", include("api.webhooks.urls_public")),
]
