"""The store's API, one file per resource."""

from django.urls import include, path, re_path

from api.store import (
    auth,
    campaigns,
    categories,
    coupons,
    joins,
    leader,
    me,
    orders,
    payments,
    pickup_codes,
    pickup_points,
    pickups,
    product_list,
    products,
    quotes,
    reviews,
    store,
)
from api.store.description import openapi
from api.store.unknown import Unknown

urlpatterns = [
    path("openapi.json", openapi, name="openapi"),
    path("store", store.Store.as_view()),
    path("auth/sms-codes", auth.SmsCodes.as_view()),
    path("auth/sessions", auth.Sessions.as_view()),
    path("auth/sessions/current", auth.CurrentSession.as_view()),
    path("me", me.Me.as_view()),
    path("pickup-points", pickup_points.PickupPoints.as_view()),
    path("pickup-points/<uuid:point_id>", pickup_points.PickupPointDetail.as_view()),
    path("campaigns", campaigns.Campaigns.as_view()),
    path("campaigns/<uuid:campaign_id>/joins", joins.Joins.as_view()),
    path("categories", categories.Categories.as_view()),
    path("products", product_list.Products.as_view()),
    path("product-suggestions", product_list.Suggestions.as_view()),
    path("products/<uuid:product_id>", products.ProductDetail.as_view()),
    path("products/<uuid:product_id>/reviews", reviews.ProductReviews.as_view()),
    path("reviews", reviews.Reviews.as_view()),
    path("reviews/to-write", reviews.LinesToReview.as_view()),
    path("reviews/<uuid:review_id>/addition", reviews.Additions.as_view()),
    path("review-pictures", reviews.ReviewPictures.as_view()),
    path("coupons", coupons.Coupons.as_view()),
    path("coupons/claimable", coupons.Claimable.as_view()),
    path("quotes", quotes.Quotes.as_view()),
    path("orders", orders.Orders.as_view()),
    path("orders/<uuid:order_id>", orders.OrderDetail.as_view()),
    path("orders/<uuid:order_id>/cancellation", orders.Cancellation.as_view()),
    path("orders/<uuid:order_id>/payments", payments.OrderPayments.as_view()),
    path("payments/<uuid:payment_id>", payments.PaymentDetail.as_view()),
    path("pickup-codes", pickup_codes.PickupCodes.as_view()),
    path("leader/desk", leader.Desk.as_view()),
    path("leader/pickups", pickups.Pickups.as_view()),
    path("leader/pickups/<uuid:pickup_id>", pickups.PickupDetail.as_view()),
    path("leader/pickups/<uuid:pickup_id>/handovers", pickups.Handovers.as_view()),
    path("leader/handovers/<uuid:handover_id>/reversal", pickups.Reversal.as_view()),
    path("leader/commissions", leader.Commissions.as_view()),
    path("open/", include("api.open.urls")),
    re_path(r"", Unknown.as_view()),  # an address that is none is told so in the API's own words
]
