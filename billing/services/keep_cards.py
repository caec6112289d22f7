"""The payer's cards: which one is charged, and taking one away."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import BillingAccount, SavedCard, Subscription
from billing.models.collection import OPEN_ATTEMPTS, ChargeAttempt
from billing.services.collect_invoice import CardMissing
from billing.services.judge_subscription import OWING_STATES
from control.audit.services import record_act
from kit.errors import Kind, Refused
from kit.gateway.cards import forget_card


class LastCard(Refused):
    """A running plan needs a card to charge."""

    code, kind, sentence = "last_card", Kind.CONFLICT, _("套餐还在使用，不能删除唯一的一张卡。请先绑定另一张。")


class CardBusy(Refused):
    """A charge to this card is under way."""

    code, kind, sentence = "card_busy", Kind.CONFLICT, _("这张卡正在扣款，结果出来后再删除。")


def choose_default_card(*, merchant_id: UUID, card_id: UUID, by: str, now: datetime) -> SavedCard:
    """Let one of the payer's cards be the one the clock charges. Safe to repeat. :raises CardMissing:"""
    with transaction.atomic(durable=True):
        billing_account = _locked(merchant_id)
        card = _card(billing_account, card_id)
        if card.replaced_at is None:
            return card
        SavedCard.objects.filter(billing_account=billing_account, replaced_at=None).update(replaced_at=now)
        card.replaced_at = None
        card.save(update_fields=["replaced_at"])
        record_act(what="card.chosen", actor=by, now=now, merchant_id=merchant_id, card=str(card))
    return card


def remove_card(*, merchant_id: UUID, card_id: UUID, by: str, now: datetime) -> None:
    """Take a card away, here and out of the vault. The default passes to the newest that is left.

    :raises CardMissing, LastCard, CardBusy: nothing was changed.
    :raises GatewayUnknown: no answer from the vault; it is gone here and never charged again.
    """
    with transaction.atomic(durable=True):
        billing_account = _locked(merchant_id)
        card = _card(billing_account, card_id)
        others = billing_account.cards.filter(detached_at=None).exclude(pk=card.pk).order_by("-added_at", "-id")
        following = others.first()
        is_running = Subscription.objects.filter(billing_account=billing_account, state__in=OWING_STATES).exists()
        if following is None and is_running:
            raise LastCard
        if ChargeAttempt.objects.filter(card=card, state__in=OPEN_ATTEMPTS).exists():
            raise CardBusy
        was_default = card.replaced_at is None
        card.replaced_at, card.detached_at = card.replaced_at or now, now
        card.save(update_fields=["replaced_at", "detached_at"])
        if was_default and following is not None:
            SavedCard.objects.filter(pk=following.pk).update(replaced_at=None)
        record_act(what="card.removed", actor=by, now=now, merchant_id=merchant_id, card=str(card))
    forget_card(payment_method_ref=card.gateway_ref)


def _locked(merchant_id: UUID) -> BillingAccount:
    billing_account = BillingAccount.objects.select_for_update().filter(merchant_id=merchant_id).first()
    if billing_account is None:
        raise CardMissing
    return billing_account


def _card(billing_account: BillingAccount, card_id: UUID) -> SavedCard:
    card = SavedCard.objects.filter(pk=card_id, billing_account=billing_account, detached_at=None).first()
    if card is None:
        raise CardMissing
    return card
