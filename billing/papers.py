"""What our papers say: the invoice, the credit note, the statement; in Chinese or English."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.models.agreements import BillingAccount
from billing.models.credits import CreditNote, CreditNoteState
from billing.models.invoices import Invoice, InvoiceLine, InvoiceState, LineKind
from billing.printing import Paper, PaperColumn, Section, TotalRow, print_paper
from billing.statements import Statement
from kit.web.format import day, moment, money, number, percent

LANGUAGES = {"zh": "zh-hans", "en": "en"}
_CODE = 20
_INSTANT = timedelta(microseconds=1)  # ends are exclusive; a paper names the last day


def invoice_paper(*, invoice: Invoice, language: str) -> bytes:
    """Print an invoice as it stands now: its words are final, its payment is today's.

    ``language`` is a key of LANGUAGES. Lines, phases and the merchant should be fetched along; in the control plane.
    """
    payer = invoice.billing_account
    with override(LANGUAGES[language]), timezone.override(payer.zone):
        money_of = _written(invoice.currency)
        paid = invoice.state == InvoiceState.PAID
        totals = [
            TotalRow(_("不含税"), money_of(invoice.subtotal_minor)),
            *([TotalRow(_("已优惠"), money_of(-invoice.discount_minor))] if invoice.discount_minor else []),
            TotalRow(_("增值税"), money_of(invoice.tax_minor)),
            TotalRow(_("合计"), money_of(invoice.total_minor), strong=True),
            *([TotalRow(_("余额与贷项抵扣"), money_of(-invoice.credited_minor))] if invoice.credited_minor else []),
            *([TotalRow(_("已付"), money_of(-invoice.paid_minor))] if invoice.paid_minor else []),
            TotalRow(_("待付"), money_of(invoice.due_minor), strong=True),
        ]
        return print_paper(
            Paper(
                lang=language,
                title=_("服务账单"),
                number=invoice.number,
                seller=_("邻里 Linli"),
                state=str(invoice.get_state_display()),
                tone="good" if paid else "warn",
                facts=[
                    *payer_facts(payer),
                    (_("出账时间"), moment(invoice.issued_at)),
                    (_("付清时间"), moment(invoice.paid_at)),
                    (_("币种"), invoice.currency),
                ],
                sections=_sections(invoice),
                totals=totals,
                notes=[_("这是服务账单，不是税务发票；发票请在后台申请。")],
                check=_("扫码核对这张账单的真伪和付款状态"),
                check_url=check_url(invoice.number),
                footer=_("邻里 Linli · 社区团购店铺服务"),
                dated=invoice.issued_at,
            )
        )


def credit_note_paper(*, note: CreditNote, language: str) -> bytes:
    """Print an issued credit note."""
    invoice = note.invoice
    payer = invoice.billing_account
    assert note.issued_at is not None, "drafts have no paper"
    assert note.number is not None, "drafts have no paper"
    with override(LANGUAGES[language]), timezone.override(payer.zone):
        money_of = _written(note.currency)
        columns = [
            PaperColumn(_("项目"), wide=True),
            PaperColumn(_("不含税"), right=True),
            PaperColumn(_("税率"), right=True),
            PaperColumn(_("税额"), right=True),
            PaperColumn(_("金额"), right=True),
        ]
        rows = [
            [
                line_words(each.invoice_line),
                money_of(each.net_minor),
                rate_words(each.invoice_line),
                money_of(each.tax_minor),
                money_of(each.gross_minor),
            ]
            for each in note.lines.all()
        ]
        return print_paper(
            Paper(
                lang=language,
                title=_("贷项单"),
                number=note.number,
                seller=_("邻里 Linli"),
                state=str(note.get_state_display()),
                tone="warn" if note.state == CreditNoteState.ISSUED else "good",
                facts=[
                    *payer_facts(payer),
                    (_("原账单"), invoice.number),
                    (_("开出时间"), moment(note.issued_at)),
                    (_("去向"), str(note.get_destination_display())),
                    (_("原因"), note.reason),
                ],
                sections=[Section(payer.merchant.name, columns, rows)],
                totals=[
                    TotalRow(_("不含税"), money_of(note.net_minor)),
                    TotalRow(_("增值税"), money_of(note.tax_minor)),
                    TotalRow(_("退还合计"), money_of(note.gross_minor), strong=True),
                ],
                check=_("扫码核对这张贷项单的真伪"),
                check_url=check_url(note.number),
                footer=_("邻里 Linli · 社区团购店铺服务"),
                dated=note.issued_at,
            )
        )


def statement_paper(*, billing_account: BillingAccount, statement: Statement, language: str, now: datetime) -> bytes:
    """Print a month's statement; ``now`` says whether the month is over."""
    zone: ZoneInfo = billing_account.zone
    ends_at = statement.period.ends_at(zone)
    with override(LANGUAGES[language]), timezone.override(zone):
        money_of = _written(billing_account.currency)
        opening, closing = statement.opening, statement.closing
        columns = [
            PaperColumn(_("时间")),
            PaperColumn(_("事项"), wide=True),
            PaperColumn(_("应付变动"), right=True),
            PaperColumn(_("账户余额变动"), right=True),
            PaperColumn(_("钱包变动"), right=True),
        ]
        rows = [
            ["", _("期初"), *map(money_of, (opening.owed_minor, opening.credit_minor, opening.wallet_minor))],
            *(
                [
                    moment(each.at),
                    f"{each.label} {each.number}".strip(),
                    *(
                        money_of(amount) if amount else ""
                        for amount in (each.moved.owed_minor, each.moved.credit_minor, each.moved.wallet_minor)
                    ),
                ]
                for each in statement.movements
            ),
            ["", _("期末"), *map(money_of, (closing.owed_minor, closing.credit_minor, closing.wallet_minor))],
        ]
        month = statement.period.starts_on.strftime("%Y-%m")
        return print_paper(
            Paper(
                lang=language,
                title=_("对账单"),
                number=month,
                seller=_("邻里 Linli"),
                state=_("已结束") if ends_at <= now else _("进行中"),
                tone="good" if ends_at <= now else "warn",
                facts=[
                    *payer_facts(billing_account),
                    (_("期间"), f"{day(statement.period.starts_on)} – {day(ends_at - _INSTANT)}"),
                    (_("币种"), billing_account.currency),
                ],
                sections=[Section(billing_account.merchant.name, columns, rows)],
                totals=[
                    TotalRow(_("期末应付"), money_of(closing.owed_minor), strong=True),
                    TotalRow(_("期末账户余额"), money_of(closing.credit_minor)),
                    TotalRow(_("期末钱包余额"), money_of(closing.wallet_minor)),
                ],
                footer=_("邻里 Linli · 社区团购店铺服务"),
                dated=statement.period.starts_at(zone),
            )
        )


def line_words(line: InvoiceLine) -> str:
    """Say in words what a line is for."""
    words = str(line.get_kind_display())
    if line.kind == LineKind.SUBSCRIPTION and line.phase:
        return f"{words} · {line.phase.price.edition} {line.phase.price.get_interval_display()}"
    if line.kind == LineKind.ADD_ON:
        return f"{words} × {number(line.quantity)}"
    if line.kind in (LineKind.FEE, LineKind.REVERSAL):
        return f"{words} · {_('%(count)s 笔订单') % {'count': number(line.quantity)}}"
    return words


def rate_words(line: InvoiceLine) -> str:
    """Say at which rate a line is taxed, and that the tax was put on top where it was."""
    rate = percent(line.tax_ppm)
    return rate if line.tax_inclusive else _("%(rate)s（另加）") % {"rate": rate}


def check_url(paper_number: str) -> str:
    """Write the public address at which anybody who holds a paper sees whether it is ours."""
    host = f"{settings.LINLI_SCHEME}://{settings.LINLI_DOMAIN}{settings.LINLI_PORT_SUFFIX}"
    return f"{host}/check/{paper_number}/{_code_of(paper_number)}"


def is_check_code(paper_number: str, code: str) -> bool:
    """Say whether a code is the one on the paper of this number."""
    return constant_time_compare(code, _code_of(paper_number))


def _code_of(paper_number: str) -> str:
    return salted_hmac("billing.papers", paper_number, algorithm="sha256").hexdigest()[:_CODE]


def payer_facts(payer: BillingAccount) -> list[tuple[str, str]]:
    """Name the payer as every paper does."""
    facts = [(_("付款方"), payer.legal_name), (_("税号"), payer.tax_number), (_("地址"), payer.address)]
    return [(label, value) for label, value in facts if value]


def _line_columns() -> list[PaperColumn]:
    return [
        PaperColumn(_("项目"), wide=True),
        PaperColumn(_("服务期")),
        PaperColumn(_("不含税"), right=True),
        PaperColumn(_("税率"), right=True),
        PaperColumn(_("税额"), right=True),
        PaperColumn(_("金额"), right=True),
    ]


def _sections(invoice: Invoice) -> list[Section]:
    """Write a table a store: the payer's own first, then each one it pays for, with its sum."""
    own = invoice.billing_account
    groups: dict[UUID | None, list[InvoiceLine]] = {}
    lines = invoice.lines.select_related("phase__price__edition", "section__merchant", "invoice")
    for line in sorted(lines, key=lambda each: (each.section_id is not None, each.position)):
        groups.setdefault(line.section_id, []).append(line)
    sections = []
    for group in groups.values():
        rows = [_line(line) for line in group]
        if len(groups) > 1:
            total = sum(line.gross_minor for line in group if line.kind != LineKind.TO_CREDIT)
            rows.append([_("小计"), "", "", "", "", _written(invoice.currency)(total)])
        store = group[0].section or own
        sections.append(Section(store.merchant.name, _line_columns(), rows))
    return sections


def _line(line: InvoiceLine) -> list[str]:
    money_of = _written(line.invoice.currency)
    span = f"{day(line.service_starts_at)} – {day(line.last_moment)}" if line.phase else ""
    words = line_words(line)
    if line.discount_minor:
        words += f"（{_('已减 %(amount)s') % {'amount': money_of(line.discount_minor)}}）"
    return [
        words,
        span,
        money_of(line.net_minor),
        rate_words(line),
        money_of(line.tax_minor),
        money_of(line.gross_minor),
    ]


def _written(currency: str) -> Callable[[int], str]:
    return lambda amount_minor: money(amount_minor, currency)
