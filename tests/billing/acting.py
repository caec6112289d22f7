"""Moving a subscription in tests: quote, confirm, and let the webhook arrive."""

from typing import Any

from billing.models.catalogue import Edition, PriceVersion
from billing.models.changes import Movement, PlanChange
from billing.models.invoices import Invoice
from billing.models.metering import UsageEvent, WaitingUsage
from billing.services.confirm_change import confirm_change
from billing.services.quote_change import Quoted, quote_change
from billing.wishes import Wish
from kit.tenancy import in_control
from tests.billing.world import World, at

ACTOR = "boss@acme.test"


def queue(*events: UsageEvent) -> None:
    """Let events that were written by hand wait for their fee."""
    WaitingUsage.objects.bulk_create(WaitingUsage(event=event, merchant_id=event.merchant_id) for event in events)


def quote(world: World, movement: str, **wish: Any) -> Quoted:
    with in_control():
        return quote_change(
            merchant_id=world.store.merchant_id, wish=Wish(Movement(movement), **wish), actor=ACTOR, now=world.now
        )


def confirm(world: World, change: PlanChange, **options: Any) -> PlanChange:
    with in_control():
        return confirm_change(
            change_id=change.pk, merchant_id=world.store.merchant_id, actor=ACTOR, now=world.now, **options
        )


def act(world: World, movement: str, **wish: Any) -> PlanChange:
    """Quote and confirm, and hear of the money."""
    change = confirm(world, quote(world, movement, **wish).change)
    world.hear()
    with in_control():
        change.refresh_from_db()
    return change


def switch(world: World, edition: str, interval: str = "month", *, movement: str = "switch_now", **wish: Any) -> Any:
    return act(world, movement, price_id=world.price(edition, interval).pk, **wish)


def lines_of(change: PlanChange) -> list[tuple[str, int]]:
    with in_control():
        invoice = Invoice.objects.prefetch_related("lines").get(change=change)
    return [(line.kind, line.gross_minor) for line in invoice.lines.all()]


def reprice(edition: str, amount_minor: int, *, interval: str = "month", **fields: Any) -> PriceVersion:
    """Sell an edition at another price from now on, whatever the catalogue says."""
    with in_control():
        old = PriceVersion.objects.filter(edition__code=edition, interval=interval, valid_until=None, currency="CNY")
        last = old.first()
        old.update(valid_until=at("2026-11-01 00:00"))
        given = {
            "edition": Edition.objects.get(code=edition), "currency": "CNY", "interval": interval,
            "amount_minor": amount_minor, "tax_ppm": 0, "tiers": [[None, 0]], "limits": last.limits if last else {},
            "valid_from": at("2026-11-01 00:00"),
        }  # fmt: skip
        return PriceVersion.objects.create(**{**given, **fields})
