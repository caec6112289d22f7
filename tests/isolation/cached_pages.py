"""A store's host with one page more: one that remembers what it read, under its own address."""

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls_store import urlpatterns as of_a_store
from tenants.content.models import StoreProfile


def remembered(request: HttpRequest) -> HttpResponse:
    return HttpResponse(cache.get_or_set(f"page:{request.path}", lambda: StoreProfile.objects.get().name, 60))


urlpatterns = [path("remembered", remembered), *of_a_store]
