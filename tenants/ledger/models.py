"""Transfers and their postings. Rows are only ever added."""

from typing import ClassVar

from django.db import models

from kit.tenancy.models import ScopedModel


class Book(models.TextChoices):
    """The store's ledger accounts. A positive posting is a debit."""

    CLEARING = "clearing", "支付在途"  # money at the payment provider (D)
    ORDER = "order", "顾客订单款"  # what we owe in goods for a paid order (C), party = order
    MEMBER_BALANCE = "member_balance", "顾客余额"  # what members have with us (C), party = member
    BALANCE_TOPUP = "balance_topup", "余额充值"  # money taken or given for it (D)
    COMMISSION_EXPENSE = "commission_expense", "佣金支出"  # (D)
    COMMISSION_PAYABLE = "commission_payable", "应付佣金"  # (C), party = leader
    PAID_BY_HAND = "paid_by_hand", "线下退款"  # refunds paid in cash or by bank, outside of any provider (C)
    SALES = "sales", "销售收入"  # (C)


class Transfer(ScopedModel):
    """One balanced movement, once per (what, subject)."""

    what = models.CharField(max_length=40)  # "payment.captured"
    subject_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["what", "subject_id"], name="transfer_once")]

    def __str__(self) -> str:
        return f"{self.what} {self.subject_id}"


class Posting(ScopedModel):
    """One side of a transfer: debit positive, credit negative, minor units."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="postings")
    book = models.CharField(max_length=24, choices=Book.choices)
    party_id = models.UUIDField(null=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(amount_minor=0), name="posting_not_zero"),
        ]
        indexes: ClassVar = [models.Index(fields=["book", "party_id"], name="postings_of_party")]

    def __str__(self) -> str:
        return f"{self.book} {self.amount_minor}"
