"""The rows of the merchant's downloads: invoice lines, fees, wallet movements. Read in stretches, each in its scope."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from billing.models.invoices import InvoiceLine
from billing.models.metering import RatedFee
from billing.models.prepay import PrepayRefund, PrepayRefundState
from billing.models.wallet import LotKind, WalletLot, WalletUse
from billing.papers import line_words
from control.account.fees import explain
from kit.tenancy import StoreRef, in_control
from kit.web.downloads import major
from kit.web.format import day, moment, percent
from kit.web.xlsx import Cell

STRETCH = 500


def line_head() -> list[str]:
    """Name the columns of the invoice lines."""
    return [
        _("账单号"), _("出账时间"), _("状态"), _("项目"), _("服务期起"), _("服务期止"), _("数量"), _("税率"),
        _("已优惠"), _("不含税"), _("税额"), _("金额"), _("币种"), _("店铺"),
    ]  # fmt: skip


def line_rows(store: StoreRef) -> Iterator[Sequence[Cell]]:
    """Yield every line of every invoice of a store, in the order of their numbers."""

    def lines() -> QuerySet[InvoiceLine]:
        own = InvoiceLine.objects.filter(invoice__billing_account__merchant_id=store.merchant_id)
        return own.select_related(
            "invoice__billing_account__merchant", "phase__price__edition", "section__merchant"
        ).order_by("id")

    for line in _stretches(lines):
        bill = line.invoice
        yield [
            bill.number, moment(bill.issued_at), str(bill.get_state_display()), line_words(line),
            day(line.service_starts_at), day(line.last_moment), line.quantity, percent(line.tax_ppm),
            major(line.discount_minor, bill.currency), major(line.net_minor, bill.currency),
            major(line.tax_minor, bill.currency), major(line.gross_minor, bill.currency), bill.currency,
            (line.section or bill.billing_account).merchant.name,
        ]  # fmt: skip


def fee_head() -> list[str]:
    """Name the columns of the fees."""
    return [_("订单号"), _("付款时间"), _("类型"), _("订单金额"), _("服务费"), _("怎么算的"), _("币种")]


def fee_rows(fees: Callable[[], QuerySet[RatedFee]], currency: str) -> Iterator[Sequence[Cell]]:
    """Yield fees with their reasons, the oldest first; ``fees`` writes the query anew in each scope."""
    for fee in _stretches(lambda: fees().order_by("id")):
        told = explain(fee, currency)
        yield [
            told.order_number, moment(told.paid_at), str(fee.get_kind_display()), major(told.order_minor, currency),
            major(fee.amount_minor, currency), "；".join(told.reasons), currency,
        ]  # fmt: skip


def wallet_head() -> list[str]:
    """Name the columns of the wallet's movements."""
    return [_("时间"), _("事项"), _("说明"), _("资金"), _("金额"), _("币种")]


def wallet_rows(store: StoreRef, currency: str) -> Iterator[Sequence[Cell]]:
    """Yield what came into a wallet, what it paid, and what ended: three lists, each by age."""

    def lots() -> QuerySet[WalletLot]:
        return WalletLot.objects.filter(wallet__billing_account__merchant_id=store.merchant_id).order_by("id")

    def uses() -> QuerySet[WalletUse]:
        own = WalletUse.objects.filter(lot__wallet__billing_account__merchant_id=store.merchant_id)
        return own.select_related("lot", "invoice").order_by("id")

    for lot in _stretches(lots):
        kind = str(lot.get_kind_display())
        yield [
            moment(lot.created_at),
            _("入账"),
            source_words(lot.source),
            kind,
            major(lot.amount_minor, currency),
            currency,
        ]
    for use in _stretches(uses):
        kind = str(use.lot.get_kind_display())
        paid = major(-use.amount_minor, currency)
        yield [moment(use.used_at), _("付账单"), use.invoice.number, kind, paid, currency]
    for lot in _stretches(lambda: lots().filter(expired_minor__gt=0)):
        kind = str(lot.get_kind_display())
        yield [moment(lot.expired_at), _("到期"), "", kind, major(-lot.expired_minor, currency), currency]
    own = {"charge__top_up__wallet__billing_account__merchant_id": store.merchant_id}
    back = (PrepayRefundState.SENT, PrepayRefundState.DONE)
    for refund in _stretches(lambda: PrepayRefund.objects.filter(state__in=back, **own).order_by("id")):
        amount = major(-refund.amount_minor, currency)
        yield [moment(refund.approved_at), _("原路退回"), refund.number, str(LotKind.PAID.label), amount, currency]


def source_words(source: str) -> str:
    """Say where a lot came from."""
    words = {"top_up": _("充值"), "grant": _("平台赠送"), "credit_note": _("退款")}
    return words.get(source.partition(":")[0], _("其他调整"))


def _stretches(rows: Callable[[], QuerySet[Any]]) -> Iterator[Any]:
    # The file is written while it is sent, after the view is gone: each stretch opens the scope for itself
    last = None
    while True:
        with in_control():
            query = rows() if last is None else rows().filter(id__gt=last)
            stretch = list(query[:STRETCH])
        yield from stretch
        if len(stretch) < STRETCH:
            return
        last = stretch[-1].pk
