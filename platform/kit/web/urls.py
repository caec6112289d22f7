"""Pages of the kit itself: the language switch, and the showcase of its components."""

from django.urls import path
from django.views.i18n import set_language

from kit.web import showcase

app_name = "kit"
urlpatterns = [
    path("language", set_language, name="language"),
    path("", showcase.index, name="showcase"),
    path("drawer", showcase.drawer, name="showcase-drawer"),
    path("progress", showcase.progress, name="showcase-progress"),
    path("search", showcase.search, name="showcase-search"),
    path("act", showcase.act, name="showcase-act"),
    path("auth", showcase.auth, name="showcase-auth"),
    path("broken/<int:status>", showcase.broken, name="showcase-broken"),
]
