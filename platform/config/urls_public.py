"""The platform's own host: the public site, sign-up, the operator's console, Stripe's webhook."""

from django.urls import include, path

urlpatterns = [
    path("", include("control.signup.urls")),
    path("console/", include("control.console.urls")),
    path("kit/", include("kit.web.urls")),
    path("api/v1/webhooks/", include("api.webhooks.urls_public")),
]

handler400 = "kit.web.errors.bad_request"
handler403 = "kit.web.errors.forbidden"
handler404 = "kit.web.errors.not_found"
handler500 = "kit.web.broken.broken"
