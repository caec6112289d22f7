"""Plan, invoices and cards, in the back office."""

from django.urls import include, path

from control.account import (
    views_card,
    views_changes,
    views_domains,
    views_exports,
    views_invoices,
    views_plan,
    views_support,
)

app_name = "account"
urlpatterns = [
    path("", views_plan.plan, name="plan"),
    path("plans", views_plan.plans, name="plans"),
    path("plans/<uuid:price_id>", views_changes.choose, name="choose"),
    path("changes/new", views_changes.change, name="change"),
    path("card", views_card.card, name="card"),
    path("card/new", views_card.begin, name="card-begin"),
    path("card/done", views_card.finish, name="card-done"),
    path("domains", views_domains.domains, name="domains"),
    path("domains/<uuid:claim_id>", views_domains.domain, name="domain"),
    path("domains/<uuid:claim_id>/check", views_domains.check, name="domain-check"),
    path("domains/<uuid:claim_id>/removal", views_domains.remove, name="domain-remove"),
    path("exports", views_exports.exports, name="exports"),
    path("exports/new", views_exports.begin, name="export-begin"),
    path("exports/file", views_exports.download, name="export-file"),
    path("exports/<uuid:export_id>/link", views_exports.link, name="export-link"),
    path("open", include("control.account.urls_open")),
    path("support", views_support.support, name="support"),
    path("support/export", views_support.export, name="support-export"),
    path("support/consent", views_support.consent, name="support-consent"),
    path("support/<uuid:visit_id>", views_support.visit, name="support-visit"),
    path("support/<uuid:visit_id>/end", views_support.end, name="support-end"),
    path("invoices", views_invoices.invoices, name="invoices"),
    path("invoices/<uuid:invoice_id>", views_invoices.invoice, name="invoice"),
    path("invoices/<uuid:invoice_id>/payment", views_invoices.pay, name="pay"),
]
