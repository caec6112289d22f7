"""What the world tells a store."""

from django.urls import path

from api.webhooks import companies, sandbox

urlpatterns = [
    path("sandbox", sandbox.SandboxNotices.as_view()),
    path("pay/<slug:endpoint>", companies.receive, name="company-notices"),
]
