"""The open platform, one file per resource."""

from django.urls import path

from api.open import campaigns, orders, people, products, stock

urlpatterns = [
    path("products", products.OpenProducts.as_view()),
    path("products/<uuid:product_id>", products.OpenProductDetail.as_view()),
    path("products/<uuid:product_id>/listings", products.OpenListings.as_view()),
    path("stock", stock.OpenStock.as_view()),
    path("stock/<uuid:sku_id>/counts", stock.OpenCounts.as_view()),
    path("orders", orders.OpenOrders.as_view()),
    path("orders/<uuid:order_id>", orders.OpenOrderDetail.as_view()),
    path("campaigns", campaigns.OpenCampaigns.as_view()),
    path("campaigns/<uuid:campaign_id>/closing", campaigns.OpenClosing.as_view()),
    path("leaders", people.OpenLeaders.as_view()),
    path("members", people.OpenMembers.as_view()),
]
