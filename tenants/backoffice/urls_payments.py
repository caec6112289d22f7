"""The back office's pages about being paid."""

from django.urls import path

from tenants.backoffice import views_money, views_payments, views_refunds

urlpatterns = [
    path("payments", views_payments.channels, name="payments"),
    path("payments/stuck", views_money.stuck, name="payments-stuck"),
    path("payments/books", views_money.books, name="payments-books"),
    path("payments/books/export", views_money.export, name="payments-export"),
    path("payments/books/<uuid:difference_id>", views_money.explain, name="difference"),
    path("payments/channels/<slug:provider>", views_payments.configure, name="channel"),
    *(
        path(f"payments/channels/<slug:provider>/{what}", views_payments.act, {"what": what}, name=f"channel-{what}")
        for what in ("check", "on", "off", "first")
    ),
    *(
        path(f"payments/<uuid:payment_id>/{what}", views_money.act_on_payment, {"what": what}, name=f"payment-{what}")
        for what in ("look", "close", "return")
    ),
    *(
        path(f"refunds/<uuid:refund_id>/{what}", views_money.act_on_refund, {"what": what}, name=f"refund-{what}")
        for what in ("retry", "balance")
    ),
    path("refunds/<uuid:refund_id>/hand", views_refunds.by_hand, name="refund-hand"),
    path("refunds/<uuid:refund_id>/hand/confirm", views_refunds.confirm_by_hand, name="refund-hand-confirm"),
    path("balances", views_money.balances, name="balances"),
]
