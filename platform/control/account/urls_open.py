"""Keys and webhooks. Below "open", so the paths begin with nothing or a slash."""

from django.urls import path

from control.account import views_endpoints, views_keys

urlpatterns = [
    path("", views_keys.open_platform, name="open"),
    path("/keys/new", views_keys.new, name="key-new"),
    path("/keys/<uuid:key_id>/revocation", views_keys.revoke, name="key-revoke"),
    path("/endpoints/new", views_endpoints.new, name="endpoint-new"),
    path("/endpoints/<uuid:endpoint_id>", views_endpoints.endpoint, name="endpoint"),
    path("/endpoints/<uuid:endpoint_id>/edit", views_endpoints.edit, name="endpoint-edit"),
    path("/endpoints/<uuid:endpoint_id>/secret", views_endpoints.secret, name="endpoint-secret"),
    *(
        path(f"/endpoints/<uuid:endpoint_id>/{what}", views_endpoints.act, {"what": what}, name=f"endpoint-{what}")
        for what in ("pause", "resume", "removal", "test")
    ),
    path("/deliveries/<uuid:delivery_id>/replay", views_endpoints.send_again, name="delivery-replay"),
]
