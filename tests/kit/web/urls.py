"""Only the kit's own pages."""

from django.urls import include, path

urlpatterns = [path("kit/", include("kit.web.urls"))]
