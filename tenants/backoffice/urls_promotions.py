"""营销."""

from django.urls import path

from tenants.backoffice import views_points
from tenants.backoffice import views_promotions as views
from tenants.promotions.models import PromotionKind

urlpatterns = [
    path("coupons", views.coupons, name="coupons"),
    path("coupons/new", views.coupon_new, name="coupon-new"),
    path("coupons/<uuid:kind_id>", views.coupon, name="coupon"),
    path("coupons/<uuid:kind_id>/edit", views.coupon_edit, name="coupon-edit"),
    path("coupons/<uuid:kind_id>/stop", views.coupon_stop, name="coupon-stop"),
    path("promotions", views.promotions, name="promotions"),
    *(
        path(f"promotions/new/{kind.value}", views.promotion_new, {"kind": kind.value}, name=f"promotion-new-{kind}")
        for kind in PromotionKind
    ),
    path("promotions/<uuid:promotion_id>", views.promotion_edit, name="promotion"),
    path("promotions/<uuid:promotion_id>/stop", views.promotion_stop, name="promotion-stop"),
    path("points", views_points.ledger, name="points"),
    path("points/rule", views_points.rule, name="points-rule"),
    path("points/adjust", views_points.adjust, name="points-adjust"),
]
