"""What a decline means: whether to try the same card again, and what to tell the merchant."""

from typing import Any

from django.utils.translation import gettext_lazy as _

# The issuer will not change its mind (docs.stripe.com/declines/codes): ask for another card, do not retry
HARD = frozenset(
    {
        "card_not_supported",
        "currency_not_supported",
        "do_not_try_again",
        "expired_card",
        "fraudulent",
        "incorrect_number",
        "invalid_account",
        "invalid_number",
        "lost_card",
        "merchant_blacklist",
        "new_account_information_available",
        "no_action_taken",
        "pickup_card",
        "restricted_card",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "security_violation",
        "stolen_card",
        "stop_payment_order",
        "transaction_not_allowed",
    }
)

# The issuer will say no until its owner confirms: an absent owner changes nothing by waiting
WANTS_OWNER = frozenset({"authentication_required", "authentication_not_handled", "offline_pin_required"})

# Never tell anyone that a card is reported lost or stolen, nor that it looks like fraud: it reads as a plain decline
SENTENCES = {
    "insufficient_funds": _("卡内余额不足，请充值后重试或换一张卡。"),
    "expired_card": _("这张卡已过有效期，请换一张卡。"),
    "incorrect_cvc": _("安全码不正确，请重新绑卡。"),
    "authentication_required": _("发卡银行要求你本人确认这笔付款。"),
    "payment_intent_authentication_failure": _("银行验证没有通过，请重试或换一张卡。"),
    "card_velocity_exceeded": _("这张卡短时间内扣款次数过多，请稍后再试。"),
    "processing_error": _("银行暂时没有处理成功，我们会再试一次。"),
    "currency_not_supported": _("这张卡不支持该币种，请换一张卡。"),
    "card_not_supported": _("这张卡不支持此类付款，请换一张卡。"),
    "cancelled": _("这笔付款已取消。"),
}
PLAIN = _("发卡银行拒绝了这笔付款，请联系银行或换一张卡。")


def is_hard_decline(*, decline_code: str | None) -> bool:
    """This function will say whether trying the same card again is useless."""
    return decline_code in HARD


def may_retry_alone(*, decline_code: str | None) -> bool:
    """This function will say whether the clock may try the same card again, its owner being absent."""
    return decline_code not in HARD and decline_code not in WANTS_OWNER


def explain_decline(*, decline_code: str | None) -> Any:
    """This function will return the sentence for a merchant, translated when it is shown."""
    return SENTENCES.get(decline_code or "", PLAIN)
