"""The operator's console, on the platform's host."""

from django.urls import path

from control.console import views_entry, views_fleet, views_money, views_stores, views_watch

app_name = "console"
urlpatterns = [
    path("login", views_entry.login, name="login"),
    path("logout", views_entry.sign_out, name="logout"),
    path("", views_stores.overview, name="overview"),
    path("search", views_stores.search, name="search"),
    path("stores", views_stores.stores, name="stores"),
    path("stores/<uuid:merchant_id>", views_stores.store, name="store"),
    path("invoices", views_money.invoices, name="invoices"),
    path("invoices/<uuid:invoice_id>", views_money.invoice, name="invoice"),
    path("charges", views_money.charges, name="charges"),
    path("letters", views_watch.letters, name="letters"),
    path("events", views_watch.events, name="events"),
    path("events/<uuid:event_id>/retry", views_watch.retry, name="retry"),
    path("pool", views_watch.pool, name="pool"),
    path("fleet", views_fleet.fleet, name="fleet"),
]
