"""代客下单 over the API: looked at by anybody with the link, confirmed by a member."""

from kit.ids import new_id
from kit.tenancy import in_store
from tenants.campaigns.selectors_drafts import signature_of
from tenants.campaigns.services.paste_chain import paste_chain
from tenants.journal.services import Actor
from tests.api.conftest import Shop
from tests.factories.times import NOW


def a_draft(shop: Shop, text: str = "1. 王姐 洛川苹果2份") -> str:
    with in_store(shop.ref):
        pasted = paste_chain(
            campaign_id=shop.item.campaign_id,
            pickup_point_id=shop.point.pk,
            text=text,
            key=str(new_id()),
            now=NOW,
            actor=Actor(kind="person", name="老板"),
        )
        draft = pasted.drafts.get()
        return f"/join-drafts/{draft.pk}/{signature_of(draft.pk)}"


def test_is_looked_at_confirmed_and_then_an_order(shop: Shop) -> None:
    path = a_draft(shop)

    shown = shop.stranger.get(path).json()
    assert (shown["name"], shown["needs_phone"], shown["can_order"], shown["order_id"]) == ("王**", "", True, None)
    assert shown["lines"][0]["quantity"] == 2
    agreed = {"expected_total": shown["total"]}
    assert shop.stranger.post(f"{path}/confirmation", agreed).status_code == 401

    first, second = (shop.phone.post(f"{path}/confirmation", agreed) for _time in range(2))

    assert (first.status_code, first.json()["state"], first.json()["total"]) == (201, "pending_payment", shown["total"])
    assert second.json()["id"] == first.json()["id"]
    assert shop.stranger.get(path).json()["order_id"] == first.json()["id"]


def test_another_persons_and_a_forged_one_are_refused(shop: Shop) -> None:
    path = a_draft(shop, "1. 李哥13999999999 洛川苹果2份")
    total = {"expected_total": {"amount": 2580, "currency": "CNY"}}

    assert shop.stranger.get(path).json()["needs_phone"] == "139****9999"
    other = shop.phone.post(f"{path}/confirmation", total)
    assert (other.status_code, other.json()["code"]) == (403, "not_your_draft")
    forged = shop.stranger.get(path[:-1] + ("0" if path[-1] != "0" else "1"))
    assert (forged.status_code, forged.json()["code"]) == (404, "draft_missing")
