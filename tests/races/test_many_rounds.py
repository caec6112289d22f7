"""The last pieces wanted through every door at once, and baskets in opposite order, again and again.

A few rounds here; two hundred rounds of two hundred buyers, and fifty thousand requests, nightly.
"""

import http.client
import threading
from collections import Counter
from contextlib import closing
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from kit.ids import new_id
from tenants.campaigns.models import Campaign, CampaignItem
from tenants.campaigns.selectors_drafts import signature_of
from tenants.campaigns.services.paste_chain import paste_chain
from tenants.inventory.models import Stock
from tenants.journal.services import Actor
from tests.factories.campaigns import an_offer
from tests.races.market import Market, market, told
from tests.races.serving import Wish, basket, buyers, open_today, order_at_once, press

__all__ = ["market"]
PIECES, NAMES = 7, "赵钱孙李周吴郑王冯陈"
BOSS = Actor(kind="person", name="老板")
QUARTERS = [pytest.param(number, marks=pytest.mark.nightly) for number in range(4)]


def wishes_through_every_door(
    market: Market, tokens: list[str], item: CampaignItem, other: CampaignItem
) -> tuple[list[Wish], int]:
    """One piece for each: by an order, a checkout of two days, or a draft of a pasted 接龙; and how many checkouts."""
    drafted, joint = len(tokens) // 20, len(tokens) // 5
    pasted = paste_chain(
        campaign_id=item.campaign_id,
        pickup_point_id=market.point.pk,
        text="\n".join(f"{number}. {NAMES[number - 1]}姐 洛川苹果1份" for number in range(1, drafted + 1)),
        key=str(new_id()),
        now=market.now,
        actor=BOSS,
    )
    agreed = {"expected_total": {"amount": item.price_minor, "currency": "CNY"}}
    doors: list[tuple[str, dict[str, Any]]] = [
        (f"/api/v1/join-drafts/{draft.pk}/{signature_of(draft.pk)}/confirmation", agreed)
        for draft in pasted.drafts.all()
    ]
    assert len(doors) == drafted
    doors += [("/api/v1/checkouts", basket(market.point, (item, 1), (other, 1)))] * joint
    doors += [("/api/v1/orders", basket(market.point, (item, 1)))] * (len(tokens) - len(doors))
    return [Wish(token, str(new_id()), body, path) for token, (path, body) in zip(tokens, doors, strict=True)], joint


def sell_out_through_every_door(market: Market, *, crowd: int, rounds: int, seed: int) -> None:
    """Let a crowd want seven pieces, round after round; each round sells seven and tells everybody else at once."""
    tokens, dice = [token for _member, token in buyers(crowd, now=market.now)], Random(seed)
    won: Counter[str] = Counter()
    for number in range(rounds):
        item = an_offer(title="洛川苹果", in_stock=PIECES)
        other = an_offer(title="丰水梨", in_stock=crowd)
        open_today(market.now)
        day_after = (market.now + timedelta(days=2)).date()
        Campaign.objects.filter(pk=other.campaign_id).update(pickup_date=day_after)
        wishes, joint = wishes_through_every_door(market, tokens, item, other)
        dice.shuffle(wishes)

        answers = order_at_once(market.ref, market.port, wishes)

        assert told(answers) == {(201, ""): PIECES, (409, "out_of_stock"): crowd - PIECES}, number
        winners = [wish.path for wish, answer in zip(wishes, answers, strict=True) if answer.status == 201]
        won.update(path.split("/")[3] for path in winners)
        stock, beside = Stock.objects.get(sku=item.sku_id), Stock.objects.get(sku=other.sku_id)
        assert (stock.on_hand, stock.reserved) == (PIECES, PIECES), number
        # Whoever lost one piece of two holds neither
        assert beside.reserved == winners.count("/api/v1/checkouts") <= joint, number
    assert sum(won.values()) == rounds * PIECES
    if rounds >= 50:
        assert set(won) == {"orders", "checkouts", "join-drafts"}


def test_seven_pieces_through_every_door(market: Market) -> None:
    sell_out_through_every_door(market, crowd=40, rounds=2, seed=9)


@pytest.mark.parametrize("quarter", QUARTERS)
def test_seven_pieces_and_two_hundred_buyers_two_hundred_times(market: Market, quarter: int) -> None:
    sell_out_through_every_door(market, crowd=200, rounds=50, seed=quarter)


def shop_and_change_their_minds(market: Market, *, clients: int, requests: int, seed: int) -> Counter[int]:
    """Let clients order the same goods in opposite orders, and give the orders up, each as quickly as it can."""
    goods = [an_offer(title=f"水果{number}", in_stock=10**6) for number in range(4)]
    open_today(market.now)
    tokens, each = [token for _member, token in buyers(clients, now=market.now)], requests // clients
    heard: list[Counter[int]] = [Counter() for _client in tokens]

    def shop(place: int) -> None:
        dice, token = Random(f"{seed} {place}"), tokens[place]
        with closing(http.client.HTTPConnection("127.0.0.1", market.port, timeout=120)) as line:
            for _pair in range(each // 2):
                lines = [(item, 1) for item in dice.sample(goods, dice.randint(2, 4))]
                made = press(line, market.ref, Wish(token, str(new_id()), basket(market.point, *lines)))
                heard[place][made.status] += 1
                path = f"/api/v1/orders/{made.words.get('id')}/cancellation"
                gone = press(line, market.ref, Wish(token, str(new_id()), {"reason": "不要了"}, path))
                heard[place][gone.status] += 1

    threads = [threading.Thread(target=shop, args=(place,)) for place in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = Stock.objects.filter(sku__in=[item.sku_id for item in goods])
    assert set(left.values_list("on_hand", "reserved")) == {(10**6, 0)}
    return sum(heard, Counter())


def test_opposite_baskets_placed_and_given_up(market: Market) -> None:
    assert shop_and_change_their_minds(market, clients=16, requests=192, seed=9) == {201: 192}


@pytest.mark.parametrize("quarter", QUARTERS)
def test_fifty_thousand_requests_of_sixty_four_clients(market: Market, quarter: int) -> None:
    heard = shop_and_change_their_minds(market, clients=64, requests=12_544, seed=quarter)

    assert heard == {201: 12_544}
