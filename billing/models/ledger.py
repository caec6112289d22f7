"""The platform's books: double entry, append-only, balanced by a trigger at commit."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import BillingAccount
from kit.tenancy.models import ScopedModel


class Book(models.TextChoices):
    """Which account of the books. A positive entry is a debit; (D) marks those that are normally in debit."""

    AR = "ar", _("应收账款")  # (D) must equal the sum of what open invoices are due
    DEFERRED_REVENUE = "deferred_revenue", _("预收订阅费")
    REVENUE_SUBSCRIPTION = "revenue_subscription", _("订阅收入")
    REVENUE_ADD_ON = "revenue_add_on", _("增购收入")
    REVENUE_FEE = "revenue_fee", _("交易服务费收入")
    DISCOUNT = "discount", _("优惠折让")  # (D)
    TAX_PAYABLE = "tax_payable", _("应交税费")
    MERCHANT_CREDIT = "merchant_credit", _("商家账户余额")
    WALLET_PAID = "wallet_paid", _("钱包充值余额")
    WALLET_PROMO = "wallet_promo", _("钱包赠送余额")
    REFUND_PAYABLE = "refund_payable", _("应退商家款")  # a credit note owes it, the card refund pays it
    CLEARING_STRIPE = "clearing_stripe", _("Stripe 在途资金")  # (D)
    CLEARING_WECHAT = "clearing_wechat", _("微信支付在途资金")  # (D)
    CLEARING_ALIPAY = "clearing_alipay", _("支付宝在途资金")  # (D)
    BANK = "bank", _("银行存款")  # (D)
    REVENUE_SHARE = "revenue_share", _("合伙人分成")  # (D) what headquarters gave a partner of its orders
    PARTNER_PAYABLE = "partner_payable", _("应付合伙人分成")
    SHARE_PAID = "share_paid", _("已付合伙人分成")
    PSP_FEE = "psp_fee", _("支付通道手续费")  # (D)
    DISPUTE_RECEIVABLE = "dispute_receivable", _("争议中的款项")  # (D)
    DISPUTE_FEE = "dispute_fee", _("争议费")  # (D)
    BAD_DEBT = "bad_debt", _("坏账损失")  # (D)


class LedgerAccount(ScopedModel):
    """One book of one billing account in one currency."""

    billing_account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="ledger_accounts")
    book = models.CharField(max_length=20, choices=Book.choices)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["billing_account", "book", "currency"], name="one_ledger_account"),
        ]

    def __str__(self) -> str:
        return f"{self.book} {self.currency}"


class LedgerTransaction(ScopedModel):
    """One balanced movement, once per (what, subject)."""

    what = models.CharField(max_length=40)  # "invoice.issued", "charge.captured"
    subject_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["what", "subject_id"], name="ledger_tx_once")]

    def __str__(self) -> str:
        return f"{self.what} {self.subject_id}"


class LedgerEntry(ScopedModel):
    """One side of a movement: debit positive, credit negative, minor units."""

    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="entries")
    ledger_account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="entries")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="ledger_entry_not_zero"),
        ]
        indexes: ClassVar = [models.Index(fields=["transaction", "currency"], name="entries_of_transaction")]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"
