"""A store's host: the H5 storefront, the API, the back office, the sandbox cashier."""

from django.urls import include, path

urlpatterns = [
    path("", include("api.storefront.urls")),
    path("api/v1/webhooks/", include("api.webhooks.urls_store")),
    path("api/v1/", include("api.store.urls")),
    path("backoffice/account/", include("control.account.urls")),
    path("backoffice/support/", include("control.support.urls")),
    path("backoffice/", include("tenants.backoffice.urls")),
    path("kit/", include("kit.web.urls")),
]

handler400 = "kit.web.errors.bad_request"
handler403 = "kit.web.errors.forbidden"
handler404 = "kit.web.errors.not_found"
handler500 = "kit.web.broken.broken"
