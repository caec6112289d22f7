"""What a shopper's browser opens on the store's host: the H5 storefront, its files, the sandbox cashier."""

from django.urls import path
from django.views.generic import RedirectView

from api.storefront import after_sale_photo, cashier, h5, media

app_name = "storefront"
urlpatterns = [
    path("", RedirectView.as_view(url="/m/"), name="home"),
    path("m", RedirectView.as_view(url="/m/")),
    path("m/", h5.app, name="app"),
    path("m/<path:path>", h5.asset, name="asset"),
    path("media/<path:file_key>", media.show, name="media"),
    path("after-sales/photos/<str:link>", after_sale_photo.show, name="after-sale-photo"),
    path("pay/sandbox/<str:key>", cashier.page, name="cashier"),
]
