"""A letter to the payer."""

from datetime import datetime

import structlog

from billing.models.agreements import BillingAccount
from kit.ports.messages import send_email

log = structlog.get_logger(__name__)


def write_letter(*, billing_account: BillingAccount, subject: str, text: str, now: datetime) -> None:
    """Send the payer a letter, after commit. A letter that cannot be sent undoes nothing of what it tells."""
    try:
        send_email(
            address=billing_account.email,
            subject=subject,
            text=text,
            now=now,
            merchant_id=billing_account.merchant_id,
        )
    except Exception:
        log.exception("letter_not_sent", merchant_id=str(billing_account.merchant_id), subject=subject)
