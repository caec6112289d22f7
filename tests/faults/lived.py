"""A store somebody has lived in: something lies there for nearly every task of the schedule."""

from datetime import timedelta

from control.inbox.services import accept_event
from kit.tenancy import StoreRef, in_control
from tenants.campaigns.models import CampaignItem
from tenants.commissions.services.set_store_rate import set_store_rate
from tenants.integrations.events import EVENTS
from tenants.integrations.services.endpoints import add_endpoint
from tenants.journal.services import Actor
from tenants.payments.methods import sandbox
from tenants.sales.services.refund_lines import refund_whole
from tenants.sales.services.settle_payment import settle_payment
from tenants.wishes.models import StockWait
from tests.factories.aftersales import an_after_sale, fetched
from tests.factories.campaigns import a_presale_offer, a_team_offer, an_offer, an_open_campaign
from tests.factories.catalog import a_product
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, a_pending_order, a_started_payment, news_of
from tests.factories.points import a_points_rule
from tests.factories.promotions import a_coupon
from tests.factories.times import NOW, TOMORROW

BOSS = Actor(kind="person", name="陈店长")


def live_in(store: StoreRef, *, hook: str) -> None:
    """Sell, be paid, be told and not act on it, hand out, be asked for money back: inside the store now open."""
    set_store_rate(rate_ppm=80_000, by_name="陈店长", now=NOW)
    a_points_rule()
    add_endpoint(url=hook, event_types=list(EVENTS), by="boss@acme.test", by_name="老板", now=NOW)
    a_coupon(a_member())
    a_pending_order()
    a_paid_order(an_offer(), quantity=3)
    an_after_sale(fetched(a_paid_order(quantity=2)))
    refund_whole(order_id=a_paid_order().pk, reason="坏了", actor=BOSS, key="back", now=NOW)
    for decision in ("silent", "pay"):
        notice = sandbox.sandbox_decide(key=a_started_payment(a_pending_order()).key, decision=decision, now=NOW)
        if notice:
            _leave_in_inbox(store, notice)
    scarce = an_offer()
    CampaignItem.objects.filter(pk=scarce.pk).update(min_form_quantity=5)
    a_paid_order(scarce)
    a_paid_order(a_team_offer(hours=2))
    deposit = a_pending_order(a_presale_offer())
    settle_payment(news=news_of(a_started_payment(deposit)), now=NOW + timedelta(minutes=1))
    back = a_product(title="又到货了")
    an_open_campaign(back, cutoff_at=NOW + timedelta(days=3), pickup_date=TOMORROW + timedelta(days=3))
    StockWait.objects.create(member=a_member(), sku=back, asked_at=NOW)


def _leave_in_inbox(store: StoreRef, notice: dict[str, str]) -> None:
    with in_control():
        accept_event(
            provider="sandbox",
            account=str(store.merchant_id),
            event_id=notice["event_id"],
            kind=notice["kind"],
            payload=notice,
            now=NOW,
        )
