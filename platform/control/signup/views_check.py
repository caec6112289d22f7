"""Is this paper ours? The page behind the code on every invoice and credit note."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from billing.models.credits import CreditNote
from billing.models.invoices import Invoice
from billing.models.prepay import PrepayRefund
from billing.papers import is_check_code
from kit.errors import Kind, Refused
from kit.tenancy import in_control


class NotOurPaper(Refused):
    """There is no such paper, or the code is not the one printed on it."""

    code, kind, sentence = "not_our_paper", Kind.MISSING, _("没有找到这张单据，请核对二维码或网址。")


@require_safe
def check(request: HttpRequest, paper: str, code: str) -> HttpResponse:
    """Say what a paper of this number says, to whoever holds it; the payer's name is shortened. :raises NotOurPaper:"""
    if not is_check_code(paper, code):
        raise NotOurPaper
    with in_control():
        invoice = Invoice.objects.select_related("billing_account").filter(number=paper).first()
        notes = CreditNote.objects.select_related("invoice__billing_account")
        note = None if invoice else notes.filter(number=paper).first()
        refunds = PrepayRefund.objects.select_related("charge__top_up__wallet__billing_account")
        refund = refunds.filter(number=paper).first()
    if invoice is not None:
        account = invoice.billing_account
    elif note is not None:
        account = note.invoice.billing_account
    elif refund is not None:
        account = refund.charge.top_up.wallet.billing_account
    else:
        raise NotOurPaper
    name = account.legal_name
    shown = {"paper": paper, "invoice": invoice, "note": note, "refund": refund, "payer": f"{name[:2]}***{name[-2:]}"}
    return render(request, "signup/check.html", shown)
