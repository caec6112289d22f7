"""The back office's pages about after-sales."""

from django.urls import path

from tenants.backoffice import views_aftersales, views_liability, views_shortages, views_unclaimed, views_weighing

urlpatterns = [
    path("aftersales", views_aftersales.after_sales, name="after-sales"),
    path("aftersales/grant", views_aftersales.grant_picked, name="after-sales-grant"),
    path("aftersales/liability", views_liability.liability, name="liability"),
    path("aftersales/liability/<slug:party>", views_liability.statement, name="liability-of"),
    path("aftersales/instant", views_liability.instant, name="instant-rule"),
    path("aftersales/photos/<uuid:photo_id>", views_aftersales.photo, name="after-sale-photo"),
    path("aftersales/<uuid:after_sale_id>", views_aftersales.detail, name="after-sale"),
    path("aftersales/<uuid:after_sale_id>/grant", views_aftersales.grant, name="after-sale-grant"),
    path("aftersales/<uuid:after_sale_id>/refuse", views_aftersales.refuse, name="after-sale-refuse"),
    path("aftersales/<uuid:after_sale_id>/returned", views_aftersales.returned, name="after-sale-returned"),
    *(
        path(f"aftersales/<uuid:after_sale_id>/{what}", views_aftersales.act, {"what": what}, name=f"after-sale-{what}")
        for what in ("reopen", "replaced")
    ),
    path("orders/weighing", views_weighing.weighing, name="weighing"),
    path("orders/shortages", views_shortages.shortages, name="shortages"),
    path("orders/shortages/<uuid:shortage_id>", views_shortages.shortage, name="shortage"),
    path("orders/shortages/<uuid:shortage_id>/again", views_shortages.retry, name="shortage-retry"),
    path("orders/shortages/new/<uuid:sku_id>/<str:day>", views_shortages.new, name="shortage-new"),
    path("orders/unclaimed", views_unclaimed.unclaimed, name="unclaimed"),
    path("orders/unclaimed/rule", views_unclaimed.rule, name="unclaimed-rule"),
    path("orders/unclaimed/<uuid:unclaimed_id>/discount", views_unclaimed.discount, name="unclaimed-discount"),
    path("orders/unclaimed/<uuid:unclaimed_id>/hold", views_unclaimed.hold, name="unclaimed-hold"),
    *(
        path(
            f"orders/unclaimed/<uuid:unclaimed_id>/{what}",
            views_unclaimed.end,
            {"what": what},
            name=f"unclaimed-{what}",
        )
        for what in ("return", "loss")
    ),
    path("orders/<uuid:order_id>/aftersales/new", views_aftersales.new, name="after-sale-new"),
]
