"""Headquarters and its city partners in the demo: agreed by two operators, weeks ago, before billing's clock ran."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from billing.services.link_payer import approve_link, request_link
from config.demo.market.days import ZONE
from config.demo.market.operator import OPERATOR_EMAIL, SECOND_EMAIL
from config.demo.market.plan import Store
from control.merchants.models import Merchant
from kit.tenancy import in_control

PAID_FOR = 28  # days: within them headquarters has an invoice, and most often a month of shares is over
SHARE_PPM, CHANNEL_FEE_PPM = 150_000, 6_000


def link_partners(*, stores: Sequence[Store], now: datetime) -> int:
    """Let each partner be paid for by its headquarters, with the order's income shared; return how many."""
    first_day = (now - timedelta(days=PAID_FOR)).astimezone(ZONE).date()
    agreed_at = now - timedelta(days=PAID_FOR + 2)
    partners = [store for store in stores if store.partner_of]
    with in_control():
        ids = dict(Merchant.objects.values_list("slug", "pk"))
        for store in partners:
            link = request_link(
                child_id=ids[store.slug],
                payer_id=ids[store.partner_of],
                first_day=first_day,
                pools_fees=True,
                payer_share_ppm=SHARE_PPM,
                channel_fee_ppm=CHANNEL_FEE_PPM,
                reason="城市合伙人加盟，总部统一付款",
                by=OPERATOR_EMAIL,
                now=agreed_at,
            )
            approve_link(link_id=link.pk, by=SECOND_EMAIL, now=agreed_at + timedelta(hours=2))
    return len(partners)
