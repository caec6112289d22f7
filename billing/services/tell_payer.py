"""Letters and SMS to whoever pays: what is unpaid, what follows, and when."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.utils.translation import gettext_lazy as _

from billing.calendar import add_months, local_day
from billing.dunning import next_after, schedule_of
from billing.models.agreements import BillingAccount, SavedCard, Subscription
from billing.models.dunning import DunningCase, DunningStep, StepTaken
from billing.models.invoices import Invoice, InvoiceState
from billing.services.judge_subscription import OWING_STATES
from kit.money import major_units
from kit.ports.messages import send_email, send_sms

log = structlog.get_logger(__name__)
# What has happened, at each step; what follows is added from the schedule, with its exact date
_SAYS: dict[DunningStep, Any] = {
    DunningStep.PAST_DUE: _("账单 %(number)s（%(amount)s）没有扣成功，店铺照常营业。"),
    DunningStep.REMINDER: _("账单 %(number)s（%(amount)s）还没有付清。"),
    DunningStep.WARNING: _("账单 %(number)s（%(amount)s）已逾期一周。"),
    DunningStep.LAST_CALL: _("账单 %(number)s（%(amount)s）已逾期两周。"),
    DunningStep.RESTRICTED: _("账单 %(number)s（%(amount)s）逾期未付，后台已改为只能查看，顾客仍可下单。"),
    DunningStep.CLOSING_SOON: _("账单 %(number)s（%(amount)s）仍未付清。"),
    DunningStep.CLOSED: _("账单 %(number)s（%(amount)s）逾期一个月，店铺已暂停接单，数据都为你留着。"),
    DunningStep.ENDING_SOON: _("账单 %(number)s（%(amount)s）还是没有付清。"),
    DunningStep.ENDED: _("账单 %(number)s（%(amount)s）逾期两个月，套餐已退订，数据仍为你留着。"),
}
_FOLLOWS: dict[DunningStep, Any] = {
    DunningStep.RESTRICTED: _("%(at)s 起后台将只能查看。"),
    DunningStep.CLOSED: _("%(at)s 起店铺将暂停接单。"),
    DunningStep.ENDED: _("%(at)s 起套餐将自动退订。"),
}
_PAY = _("在后台“套餐与账单”付款，付清后立即恢复。")
# The carrier charges by the message: only what changes the shop, and the day before
_BY_SMS = {DunningStep.LAST_CALL, DunningStep.RESTRICTED, DunningStep.CLOSING_SOON, DunningStep.CLOSED}
WARN_BEFORE = timedelta(days=14)


def tell_payers(*, now: datetime) -> int:
    """Send the letter of every step that waits for one, and say beforehand that a card expires; return how many.

    What was paid meanwhile is not chased. A letter is marked before it leaves: one that the carrier loses is not sent
    twice, the next step tells again.
    """
    sent = 0
    waiting = StepTaken.objects.filter(is_told=None).select_related("invoice__billing_account")
    for taken in waiting.order_by("taken_at", "id"):
        still_owed = taken.invoice.state == InvoiceState.OPEN and taken.invoice.overdue_since is not None
        if StepTaken.objects.filter(pk=taken.pk, is_told=None).update(is_told=still_owed) and still_owed:
            _tell_step(taken, now)
            sent += 1
    return sent + _tell_of_expiry(now)


def _tell_step(taken: StepTaken, now: datetime) -> None:
    invoice, step = taken.invoice, DunningStep(taken.step)
    words = {"number": invoice.number, "amount": _amount(invoice)}
    text = "".join([str(_SAYS[step] % words), _following(invoice, step), str(_PAY)])
    subject = str(_("账单 %(number)s 待付款") % words)
    send_to_payer(billing_account=invoice.billing_account, subject=subject, text=text, has_sms=step in _BY_SMS, now=now)


def _amount(invoice: Invoice) -> str:
    return f"{invoice.currency} {major_units(invoice.due_minor, invoice.currency)}"


def _following(invoice: Invoice, step: DunningStep) -> str:
    zone = invoice.billing_account.zone
    case = DunningCase.objects.filter(billing_account=invoice.billing_account, closed_at=None).first()
    if case is None:
        return ""
    schedule = schedule_of(case.first_day, shift_days=case.shift_days, zone=zone)
    following = next_after(schedule, step)
    while following is not None and following.step not in _FOLLOWS:
        following = next_after(schedule, following.step)
    if following is None:
        return ""
    return str(_FOLLOWS[following.step] % {"at": f"{following.at:%Y-%m-%d %H:%M}"})


def _tell_of_expiry(now: datetime) -> int:
    """Tell each payer once that the card in use stops with its month."""
    soon = now + WARN_BEFORE
    in_use = SavedCard.objects.filter(replaced_at=None, warned_at=None, exp_year__lte=soon.year)
    paying = Subscription.objects.filter(state__in=OWING_STATES).values("billing_account")
    sent = 0
    for card in in_use.filter(billing_account__in=paying).select_related("billing_account"):
        first_bad_day = add_months(
            local_day(now, card.billing_account.zone).replace(year=card.exp_year, month=card.exp_month, day=1), 1
        )
        if first_bad_day > local_day(soon, card.billing_account.zone):
            continue
        if SavedCard.objects.filter(pk=card.pk, warned_at=None).update(warned_at=now):
            text = _("扣款银行卡 %(card)s 的有效期到 %(until)s，请在后台“套餐与账单 · 银行卡”换一张，以免扣款失败。")
            send_to_payer(
                billing_account=card.billing_account,
                subject=str(_("扣款银行卡快到期了")),
                text=str(text % {"card": card, "until": f"{card.exp_year}-{card.exp_month:02d}"}),
                has_sms=False,
                now=now,
            )
            sent += 1
    return sent


def send_to_payer(*, billing_account: BillingAccount, subject: str, text: str, has_sms: bool, now: datetime) -> None:
    """Send a letter, and an SMS when asked; outside any transaction. A carrier that fails holds nothing up."""
    merchant_id, address, phone = billing_account.merchant_id, billing_account.email, billing_account.phone
    try:
        send_email(address=address, subject=subject, text=text, merchant_id=merchant_id, now=now)
        if has_sms:
            send_sms(phone=phone, text=text, merchant_id=merchant_id, now=now)
    except Exception:
        log.exception("payer_not_told", merchant=str(merchant_id), subject=subject)
