"""The back office."""

from django.urls import path

from tenants.backoffice import views_entry

app_name = "backoffice"
urlpatterns = [
    path("login", views_entry.login, name="login"),
    path("enter", views_entry.enter, name="enter"),
    path("logout", views_entry.sign_out, name="logout"),
]
