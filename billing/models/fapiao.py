"""发票: the tax office's invoice, asked for apart from ours, issued by a person, reversed in red when we credit."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import BillingAccount
from billing.models.credits import CreditNote
from billing.models.invoices import Invoice
from kit.tenancy.models import ScopedModel


class TitleKind(models.TextChoices):
    PERSONAL = "personal", _("个人")
    COMPANY = "company", _("企业")


class FapiaoTitle(ScopedModel):
    """Whom a 发票 is made out to. Changing one makes a new row: what was issued keeps its words."""

    billing_account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="fapiao_titles")
    kind = models.CharField(max_length=8, choices=TitleKind.choices)
    name = models.CharField(max_length=100)
    tax_number = models.CharField(max_length=18, blank=True)  # 统一社会信用代码, check digit proven
    # asked for by a special 发票 only
    address = models.CharField(max_length=160, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    bank = models.CharField(max_length=80, blank=True)
    bank_number = models.CharField(max_length=40, blank=True)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(kind="company") | ~Q(tax_number=""), name="company_has_a_tax_number"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def fits_special(self) -> bool:
        """Whether it has what a special 发票 prints."""
        return self.kind == TitleKind.COMPANY and all((self.address, self.phone, self.bank, self.bank_number))


class FapiaoType(models.TextChoices):
    NORMAL = "normal", _("数电普票")
    SPECIAL = "special", _("数电专票")


class FapiaoState(models.TextChoices):
    """requested -> issued -> reversed; requested -> rejected | withdrawn."""

    REQUESTED = "requested", _("待开票")
    ISSUED = "issued", _("已开票")
    REVERSED = "reversed", _("已红冲")
    REJECTED = "rejected", _("已驳回")
    WITHDRAWN = "withdrawn", _("已撤回")


class Fapiao(ScopedModel):
    """One 发票, from the wish to the paper. It may cover several invoices of one account."""

    billing_account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="fapiao")
    title = models.ForeignKey(FapiaoTitle, on_delete=models.PROTECT, related_name="fapiao")
    type = models.CharField(max_length=8, choices=FapiaoType.choices)
    state = models.CharField(max_length=10, choices=FapiaoState.choices, default=FapiaoState.REQUESTED)
    amount_minor = models.BigIntegerField()  # tax included
    currency = models.CharField(max_length=3)
    email = models.EmailField()
    key = models.UUIDField(unique=True)  # of the form it was asked on: a double click asks once
    requested_by = models.CharField(max_length=80)
    requested_at = models.DateTimeField()
    number = models.CharField(max_length=20, null=True, unique=True)  # the tax office's, twenty digits
    issued_by = models.CharField(max_length=80, blank=True)
    issued_at = models.DateTimeField(null=True)
    closed_because = models.CharField(max_length=200, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="fapiao_positive"),
            models.CheckConstraint(
                condition=~Q(state__in=["issued", "reversed"]) | Q(number__isnull=False), name="issued_fapiao_numbered"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["billing_account", "-requested_at"], name="fapiao_of_account"),
            models.Index(fields=["state", "requested_at"], name="fapiao_by_state"),
        ]

    def __str__(self) -> str:
        return self.number or str(self.pk)


class FapiaoShare(ScopedModel):
    """How much of one invoice a 发票 covers; ``reversed_minor`` of it was taken back in red."""

    fapiao = models.ForeignKey(Fapiao, on_delete=models.PROTECT, related_name="shares")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="fapiao_shares")
    amount_minor = models.BigIntegerField()
    reversed_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fapiao", "invoice"], name="one_share_an_invoice"),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, reversed_minor__gte=0, reversed_minor__lte=models.F("amount_minor")),
                name="fapiao_share_fits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} of {self.invoice_id}"


class RedLetterState(models.TextChoices):
    NEEDED = "needed", _("待红冲")
    ISSUED = "issued", _("已红冲")


class RedLetter(ScopedModel):
    """红冲: what must be taken back of a 发票 because a credit note took it back of the invoice."""

    fapiao = models.ForeignKey(Fapiao, on_delete=models.PROTECT, related_name="red_letters")
    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="red_letters")
    state = models.CharField(max_length=6, choices=RedLetterState.choices, default=RedLetterState.NEEDED)
    amount_minor = models.BigIntegerField()
    number = models.CharField(max_length=20, null=True, unique=True)
    needed_at = models.DateTimeField()
    issued_by = models.CharField(max_length=80, blank=True)
    issued_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fapiao", "credit_note"], name="one_red_letter_a_credit_note"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="red_letter_positive"),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "needed_at"], name="red_letters_by_state")]

    def __str__(self) -> str:
        return self.number or str(self.pk)


class FapiaoPaper(ScopedModel):
    """The paper itself, kept with the books (the law wants it longer than the store lives): one of each."""

    fapiao = models.ForeignKey(Fapiao, on_delete=models.PROTECT, related_name="papers")
    red_letter = models.OneToOneField(RedLetter, null=True, on_delete=models.PROTECT, related_name="paper")
    content = models.BinaryField()
    kept_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fapiao"], condition=Q(red_letter__isnull=True), name="one_paper_a_fapiao"),
        ]

    def __str__(self) -> str:
        return f"paper of {self.fapiao_id}"
