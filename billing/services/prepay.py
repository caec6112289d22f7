"""A merchant pays into its wallet by WeChat Pay or Alipay: opened once, believed only when the company says so."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from billing.collecting import WayMissing as WayMissing  # raised here, told by its door
from billing.collecting import company_called, notify_url, ways_offered
from billing.models.agreements import BillingAccount
from billing.models.prepay import CompanyCharge, PrepayWay
from billing.models.wallet import TopUp, TopUpMethod, TopUpState
from billing.services.open_top_up import open_top_up
from billing.services.settle_top_up import fail_top_up, settle_top_up
from kit.ports.payments.words import ChargeNews, ChargeState, ChargeWish, Opened, Rejected, Unreachable

log = structlog.get_logger(__name__)
LASTS = timedelta(minutes=30)
_FIRST_LOOK = timedelta(seconds=30)
_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 30))
_METHOD_OF = {"wechat": TopUpMethod.WECHAT, "alipay": TopUpMethod.ALIPAY}


def prepay(
    *,
    merchant_id: UUID,
    amount_minor: int,
    way: PrepayWay,
    key: UUID,
    return_url: str,
    payer_ip: str,
    actor: str,
    now: datetime,
) -> CompanyCharge:
    """Open a charge at a payment company for a merchant's wallet and say where it is paid.

    The wish is committed before the company is asked; the same key (one a form) is the same trade, so a double click
    or a silence asks for it again and never opens a second. A clear no fails the top-up.

    :raises WayMissing, TopUpOutOfRange, KeyTaken:
    """
    payer = BillingAccount.objects.get(merchant_id=merchant_id)
    if way not in ways_offered(currency=payer.currency):
        raise WayMissing
    provider = way.partition("_")[0]
    top_up = open_top_up(
        merchant_id=merchant_id, amount_minor=amount_minor, method=_METHOD_OF[provider], key=key, actor=actor, now=now
    )
    charge, _made = CompanyCharge.objects.get_or_create(
        top_up=top_up,
        defaults={
            "way": way,
            "key": top_up.pk.hex,
            "expires_at": now + LASTS,
            "next_look_at": now + _FIRST_LOOK,
        },
    )
    if charge.qr or charge.redirect_url or top_up.state != TopUpState.PENDING:
        return charge
    return _open(charge, return_url=return_url, payer_ip=payer_ip, now=now)


def _open(charge: CompanyCharge, *, return_url: str, payer_ip: str, now: datetime) -> CompanyCharge:
    wish = ChargeWish(
        key=charge.key,
        amount_minor=charge.top_up.amount_minor,
        currency=charge.top_up.currency,
        title=_("邻里 Linli 钱包充值"),
        kind=charge.kind,
        expires_at=charge.expires_at,
        notify_url=notify_url(charge.provider),
        return_url=return_url,
        payer_ip=payer_ip,
    )
    try:
        opened: Opened = company_called(charge.provider).open_charge(wish)
    except Unreachable as silence:
        log.warning("prepay_unknown", charge=charge.key, error=str(silence))
        return charge  # asked for again by the same form, or found by the janitor
    except Rejected as refusal:
        with transaction.atomic(durable=True):
            fail_top_up(top_up_id=charge.top_up_id, failure_code=refusal.code, gateway_ref="", now=now)
        CompanyCharge.objects.filter(pk=charge.pk).update(next_look_at=None)
        charge.refresh_from_db()
        return charge
    charge.qr, charge.redirect_url, charge.handle = opened.qr, opened.redirect_url, opened.ref
    charge.save(update_fields=["qr", "redirect_url", "handle"])
    return charge


def look_at_prepay(*, charge: CompanyCharge, now: datetime) -> None:
    """Ask the company what became of a charge and fold it in; one that is over is closed first. Safe to repeat.

    :raises Unreachable, TopUpMismatch:
    """
    company = company_called(charge.provider)
    if now < charge.expires_at:
        news = company.read_charge(key=charge.key, ref=charge.handle)
    else:  # paid at the very last moment or not: closing tells
        news = company.close_charge(key=charge.key, ref=charge.handle)
    _fold(charge, news, now)


def _fold(charge: CompanyCharge, news: ChargeNews | None, now: datetime) -> None:
    is_over = now >= charge.expires_at
    state = news.state if news else (ChargeState.CANCELLED if is_over else ChargeState.PROCESSING)
    if state == ChargeState.PROCESSING:
        return
    with transaction.atomic():
        if news is not None and state == ChargeState.SUCCEEDED:
            settle_top_up(
                top_up_id=charge.top_up_id,
                gateway_ref=f"{charge.provider}:{news.provider_ref}"[:64],
                amount_minor=news.amount_minor,
                currency=news.currency,
                at=now,
                now=now,
            )
        else:
            code = (news.failure if news else "") or state.value
            fail_top_up(top_up_id=charge.top_up_id, failure_code=code, gateway_ref="", now=now)
        CompanyCharge.objects.filter(pk=charge.pk).update(next_look_at=None)


def look_after_prepay(*, now: datetime) -> int:
    """Ask about every charge whose look is due; return how many were asked about."""
    due = CompanyCharge.objects.filter(next_look_at__lte=now).select_related("top_up").order_by("next_look_at", "id")
    looked = 0
    for charge in due:
        pause = _PAUSES[min(charge.looks, len(_PAUSES) - 1)]
        mine = CompanyCharge.objects.filter(pk=charge.pk, next_look_at=charge.next_look_at)
        if not mine.update(next_look_at=now + pause, looks=charge.looks + 1):
            continue  # another janitor has it
        looked += 1
        try:
            look_at_prepay(charge=charge, now=now)
        except Exception:
            # one that cannot be told holds up no other; check_books and the console show what stays pending
            log.exception("prepay_still_unknown", charge=charge.key, looks=charge.looks)
    _drop_unasked(now)
    return looked


def _drop_unasked(now: datetime) -> None:
    # We stopped between the wish and the question, and nobody pressed again: no company ever heard of it
    unasked = TopUp.objects.filter(
        method__in=_METHOD_OF.values(), state=TopUpState.PENDING, charge__isnull=True, created_at__lte=now - LASTS
    )
    for top_up in unasked:
        with transaction.atomic():
            fail_top_up(top_up_id=top_up.pk, failure_code="never_asked", gateway_ref="", now=now)
