"""A visitor's way in and out, at the store's host."""

from django.urls import path

from control.support import views

app_name = "support"
urlpatterns = [
    path("enter", views.enter, name="enter"),
    path("leave", views.leave, name="leave"),
]
