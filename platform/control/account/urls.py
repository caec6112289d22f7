"""Plan, invoices and cards, in the back office."""

from django.urls import path

from control.account import views_card, views_changes, views_domains, views_exports, views_invoices, views_plan

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
    path("exports/<uuid:export_id>", views_exports.download, name="export"),
    path("invoices", views_invoices.invoices, name="invoices"),
    path("invoices/<uuid:invoice_id>", views_invoices.invoice, name="invoice"),
    path("invoices/<uuid:invoice_id>/payment", views_invoices.pay, name="pay"),
]
