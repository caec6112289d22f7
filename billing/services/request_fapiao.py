"""A merchant asks for a 发票 over what it paid."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.invoiceable import invoiceable
from billing.models.agreements import BillingAccount
from billing.models.fapiao import Fapiao, FapiaoShare, FapiaoState, FapiaoType
from billing.models.invoices import Invoice
from billing.services.keep_titles import title_of
from billing.services.spend_wallet import locked_wallet
from control.audit.services import record_act
from kit.errors import Kind, Refused


class NothingToInvoice(Refused):
    """Nothing was paid in money, or all of it is on 发票 already."""

    code, kind = "nothing_to_invoice", Kind.CONFLICT
    sentence = _("选中的账单没有可开票的金额：只有实际付款的部分可以开票，赠送和优惠不能。")


class FapiaoInvoiceMissing(Refused):
    """One of the invoices is not this merchant's."""

    code, kind, sentence = "invoice_missing", Kind.MISSING, _("没有找到这张账单。")


class NotForSpecial(Refused):
    """A special 发票 needs a company with address, phone, bank and account."""

    code, kind = "not_for_special", Kind.INVALID
    sentence = _("专票需要企业抬头，并填好地址、电话、开户行和账号。")


class NoSuchFapiao(Refused):
    """There is no such 发票."""

    code, kind, sentence = "fapiao_missing", Kind.MISSING, _("没有找到这张发票。")


class FapiaoMovedOn(Refused):
    """It was issued, rejected or withdrawn already."""

    code, kind, sentence = "fapiao_moved_on", Kind.CONFLICT, _("这张发票已经处理过了，请刷新查看。")


def request_fapiao(
    *,
    merchant_id: UUID,
    title_id: UUID,
    type: FapiaoType,
    invoice_ids: Collection[UUID],
    email: str,
    key: UUID,
    by: str,
    now: datetime,
) -> Fapiao:
    """Ask for one 发票 over all that may still be asked for of these invoices. The same key asks once.

    The amount is what was paid in money and not given back: never promo money, never a zero invoice.

    :raises NoSuchTitle, NotForSpecial, FapiaoInvoiceMissing, NothingToInvoice:
    """
    with transaction.atomic(durable=True):
        payer = BillingAccount.objects.get(merchant_id=merchant_id)
        locked_wallet(billing_account=payer)  # two requests at once take turns, and the second finds less
        if known := Fapiao.objects.filter(key=key, billing_account=payer).first():
            return known
        title = title_of(merchant_id=merchant_id, title_id=title_id)
        if type == FapiaoType.SPECIAL and not title.fits_special:
            raise NotForSpecial
        wanted = set(invoice_ids)
        invoices = list(Invoice.objects.filter(billing_account=payer, pk__in=wanted).order_by("number"))
        if len(invoices) != len(wanted):
            raise FapiaoInvoiceMissing
        shares = {invoice_id: amount for invoice_id, amount in invoiceable(invoices).items() if amount}
        if not shares:
            raise NothingToInvoice
        asked = Fapiao.objects.create(
            billing_account=payer,
            title=title,
            type=type,
            amount_minor=sum(shares.values()),
            currency=payer.currency,
            email=email,
            key=key,
            requested_by=by,
            requested_at=now,
        )
        FapiaoShare.objects.bulk_create(
            FapiaoShare(fapiao=asked, invoice_id=invoice_id, amount_minor=amount)
            for invoice_id, amount in shares.items()
        )
        remember_fapiao(asked, what="fapiao.asked", by=by, now=now)
        return asked


def withdraw_fapiao(*, merchant_id: UUID, fapiao_id: UUID, by: str, now: datetime) -> Fapiao:
    """Take a request back before it is issued. :raises NoSuchFapiao, FapiaoMovedOn:"""
    with transaction.atomic(durable=True):
        asked = locked_fapiao(fapiao_id, merchant_id=merchant_id)
        if asked.state != FapiaoState.REQUESTED:
            raise FapiaoMovedOn
        asked.state, asked.closed_at = FapiaoState.WITHDRAWN, now
        asked.save(update_fields=["state", "closed_at"])
        remember_fapiao(asked, what="fapiao.withdrawn", by=by, now=now)
        return asked


def locked_fapiao(fapiao_id: UUID, *, merchant_id: UUID | None = None) -> Fapiao:
    """Hold a 发票 after its payer, in the caller's transaction. :raises NoSuchFapiao: none, or another merchant's."""
    found = Fapiao.objects.filter(pk=fapiao_id)
    if merchant_id is not None:
        found = found.filter(billing_account__merchant_id=merchant_id)
    payer_id = found.values_list("billing_account_id", flat=True).first()
    if payer_id is None:
        raise NoSuchFapiao
    locked_wallet(billing_account=BillingAccount.objects.get(pk=payer_id))
    return Fapiao.objects.select_for_update(of=("self",)).select_related("billing_account", "title").get(pk=fapiao_id)


def remember_fapiao(fapiao: Fapiao, *, what: str, by: str, now: datetime, reason: str = "") -> None:
    """Write one act about a 发票 into the audit, in the caller's transaction."""
    record_act(
        what=what,
        actor=by,
        now=now,
        merchant_id=fapiao.billing_account.merchant_id,
        reason=reason,
        number=fapiao.number or "",
        amount_minor=fapiao.amount_minor,
        currency=fapiao.currency,
    )
