"""接龙 over the API: public, masked, numbered, page by page."""

from kit.ids import new_id
from kit.tenancy import in_store
from tenants.campaigns.models import Campaign
from tests.api.conftest import Shop
from tests.factories.campaigns import an_offer
from tests.factories.orders import a_paid_order


def test_a_chain_is_read_page_by_page_by_anybody(shop: Shop) -> None:
    with in_store(shop.ref):
        item = an_offer(title="土鸡蛋")
        Campaign.objects.filter(pk=item.campaign_id).update(kind="solitaire")
        for quantity in (1, 2, 3):
            a_paid_order(item, quantity=quantity)
    path = f"/campaigns/{item.campaign_id}/joins"

    first = shop.stranger.get(f"{path}?limit=2").json()
    second = shop.stranger.get(f"{path}?limit=2&cursor={first['next']}").json()

    assert [one["number"] for one in first["items"] + second["items"]] == [3, 2, 1]
    assert second["next"] is None
    assert first["items"][0]["name"] == "王**"
    assert first["items"][0]["lines"] == [{"title": "土鸡蛋", "sku_label": "500g/份", "quantity": 3}]
    assert "1380" not in str(first)


def test_what_is_no_chain_and_what_is_no_cursor(shop: Shop) -> None:
    with in_store(shop.ref):
        item = an_offer()
        Campaign.objects.filter(pk=item.campaign_id).update(kind="solitaire")
    for campaign_id in (shop.item.campaign_id, new_id()):
        answer = shop.stranger.get(f"/campaigns/{campaign_id}/joins")
        assert (answer.status_code, answer.json()["code"]) == (404, "campaign_missing")
    for cursor in ("x", "WyJ4Il0", "WyItMSJd", "e30"):
        assert shop.stranger.get(f"/campaigns/{item.campaign_id}/joins?cursor={cursor}").status_code == 400
