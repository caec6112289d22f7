"""The operator's console, on the platform's host."""

from django.urls import path

from control.console import (
    views_domains,
    views_entry,
    views_erasure,
    views_fleet,
    views_lifecycle,
    views_money,
    views_stores,
    views_support,
    views_watch,
)

app_name = "console"
urlpatterns = [
    path("login", views_entry.login, name="login"),
    path("logout", views_entry.sign_out, name="logout"),
    path("", views_stores.overview, name="overview"),
    path("search", views_stores.search, name="search"),
    path("stores", views_stores.stores, name="stores"),
    path("stores/<uuid:merchant_id>", views_stores.store, name="store"),
    path("stores/<uuid:merchant_id>/suspension", views_lifecycle.suspend, name="suspend"),
    path("stores/<uuid:merchant_id>/resumption", views_lifecycle.resume, name="resume"),
    path("stores/<uuid:merchant_id>/exports", views_lifecycle.export, name="export"),
    path("stores/<uuid:merchant_id>/archive", views_lifecycle.archive, name="archive"),
    path("stores/<uuid:merchant_id>/restoration", views_lifecycle.restore, name="restore"),
    path("exports/<uuid:export_id>", views_lifecycle.download, name="download"),
    path("exports/<uuid:export_id>/copy", views_lifecycle.copy, name="copy"),
    path("stores/<uuid:merchant_id>/erasure", views_erasure.erasure, name="erasure"),
    path("stores/<uuid:merchant_id>/erasure/approval", views_erasure.approve, name="erasure-approve"),
    path("stores/<uuid:merchant_id>/erasure/withdrawal", views_erasure.withdraw, name="erasure-withdraw"),
    path("domains", views_domains.domains, name="domains"),
    path("domains/<uuid:claim_id>/check", views_domains.check, name="domain-check"),
    path("domains/<uuid:claim_id>/release", views_domains.lift, name="domain-lift"),
    path("invoices", views_money.invoices, name="invoices"),
    path("invoices/<uuid:invoice_id>", views_money.invoice, name="invoice"),
    path("charges", views_money.charges, name="charges"),
    path("letters", views_watch.letters, name="letters"),
    path("events", views_watch.events, name="events"),
    path("events/<uuid:event_id>/retry", views_watch.retry, name="retry"),
    path("pool", views_watch.pool, name="pool"),
    path("fleet", views_fleet.fleet, name="fleet"),
    path("support", views_support.visits, name="visits"),
    path("support/<uuid:visit_id>", views_support.visit, name="visit"),
    path("support/<uuid:visit_id>/end", views_support.end, name="visit-end"),
    path("stores/<uuid:merchant_id>/support", views_support.begin, name="visit-begin"),
]
