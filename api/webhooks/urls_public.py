"""What the world tells the platform."""

from django.urls import URLPattern, URLResolver, path

from api.webhooks import prepay, stripe

urlpatterns: list[URLPattern | URLResolver] = [
    path("stripe", stripe.receive, name="stripe-webhook"),
    path("pay/<str:provider>", prepay.receive, name="prepay-webhook"),
]
