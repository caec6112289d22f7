"""The paper of prepaid money that went back the way it came; in Chinese or English."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.models.prepay import PrepayRefund, PrepayRefundState
from billing.papers import LANGUAGES, check_url, payer_facts
from billing.printing import Paper, PaperColumn, Section, TotalRow, print_paper
from kit.web.format import moment, money


def prepay_refund_paper(*, refund: PrepayRefund, language: str) -> bytes:
    """Print an approved refund as it stands now. Its charge, wallet and merchant should be fetched along."""
    top_up = refund.charge.top_up
    payer = top_up.wallet.billing_account
    assert refund.number is not None, "what was not approved has no paper"
    assert refund.approved_at is not None, "what was not approved has no paper"
    with override(LANGUAGES[language]), timezone.override(payer.zone):
        amount = str(money(refund.amount_minor, refund.currency))
        paid = str(money(top_up.amount_minor, top_up.currency))
        columns = [PaperColumn(_("充值"), wide=True), PaperColumn(_("充值金额"), right=True)]
        columns.append(PaperColumn(_("退回金额"), right=True))
        name = f"{top_up.get_method_display()} {top_up.gateway_ref or ''}"
        return print_paper(
            Paper(
                lang=language,
                title=_("充值退回单"),
                number=refund.number,
                seller=_("邻里 Linli"),
                state=str(refund.get_state_display()),
                tone="good" if refund.state == PrepayRefundState.DONE else "warn",
                facts=[
                    *payer_facts(payer),
                    (_("开出时间"), moment(refund.approved_at)),
                    (_("退回时间"), moment(refund.settled_at)),
                    (_("去向"), str(top_up.get_method_display())),
                    (_("原因"), refund.reason),
                ],
                sections=[Section(payer.merchant.name, columns, [[name, paid, amount]])],
                totals=[TotalRow(_("退还合计"), amount, strong=True)],
                notes=[_("退回的是未使用的充值，没有开过发票，不涉及税额。")],
                check=_("扫码核对这张退回单的真伪"),
                check_url=check_url(refund.number),
                footer=_("邻里 Linli · 社区团购店铺服务"),
                dated=refund.approved_at,
            )
        )
