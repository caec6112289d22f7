"""What the world tells a store."""

from django.urls import path

from api.webhooks import sandbox

urlpatterns = [
    path("sandbox", sandbox.SandboxNotices.as_view()),
]
