"""A stocked shop for the selling bench, and customers who never rest."""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from api.pagination import cursor_at
from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.campaigns.models import CampaignItem
from tenants.leaders.models import PickupPoint
from tests.bench.frame import percentile
from tests.factories.campaigns import an_open_campaign
from tests.factories.catalog import a_product, a_sku_of
from tests.factories.leaders import a_leader_with_point
from tests.factories.promotions import TWENTY_FIVE_LESS_THREE, a_promotion
from tests.races.serving import basket, open_today

CLIENTS, GOODS, LINES, PAGE = 8, 200, 3, 20
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Shop:
    """Two hundred products of three SKUs each, all on today's list."""

    point: PickupPoint
    items: list[CampaignItem]
    products: list[UUID]


def a_stocked_shop(now: datetime) -> Shop:
    """Fill the store now open."""
    a_promotion(TWENTY_FIVE_LESS_THREE)
    skus = []
    for number in range(GOODS):
        first = a_product(title=f"商品{number}", in_stock=1_000_000)
        skus += [first, *(a_sku_of(first.product, label=label, in_stock=1_000_000) for label in ("1kg", "2kg"))]
    campaign = an_open_campaign(*skus)
    open_today(now)
    products = sorted({sku.product_id for sku in skus})
    return Shop(a_leader_with_point(), list(campaign.items.order_by("id")), products)


def pages_of(shop: Shop) -> list[str]:
    """Write the addresses of pages that begin anywhere in the list."""
    starts = shop.products[: -PAGE - 1]
    return [f"/api/v1/products?limit={PAGE}&cursor={cursor_at(1, start)}" for start in starts]


def requests_on(ports: Sequence[int], ref: StoreRef, paths: Sequence[str], *, seconds: int) -> tuple[float, float]:
    """Read pages at random; return how many a second, and the 95th percentile in milliseconds."""
    headers = {"Host": f"{ref.slug}.linli.test"}
    return _busy(ports, [lambda luck: _said("GET", luck.choice(paths), headers)] * CLIENTS, 200, seconds)


def order_on(
    ports: Sequence[int], ref: StoreRef, shop: Shop, tokens: Sequence[str], *, seconds: int
) -> tuple[float, float]:
    """Order baskets of three lines, every member one after another."""

    def orders(token: str) -> Callable[[Random], bytes]:
        def order(luck: Random) -> bytes:
            body: dict[str, Any] = basket(shop.point, *((item, 1) for item in luck.sample(shop.items, LINES)))
            body["expected_total"]["amount"] -= 300
            headers = {
                "Host": f"{ref.slug}.linli.test",
                "Authorization": f"Bearer {token}",
                "Idempotency-Key": str(new_id()),
                "Content-Type": "application/json",
            }
            return _said("POST", "/api/v1/orders", headers, json.dumps(body).encode())

        return order

    return _busy(ports, [orders(token) for token in tokens], 201, seconds)


def _said(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def _heard(line: socket.socket) -> tuple[int, bytes]:
    # By hand: http.client costs as much as our server, on the cores that the server should have
    heard = b""
    while b"\r\n\r\n" not in heard:
        part = line.recv(65_536)
        assert part, "the server hung up"
        heard += part
    head, _blank, body = heard.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    assert length, head
    while len(body) < int(length[1]):
        body += line.recv(65_536)
    return int(head[9:12]), body


def _busy(
    ports: Sequence[int], asks: Sequence[Callable[[Random], bytes]], expected: int, seconds: int
) -> tuple[float, float]:
    took: list[list[float]] = [[] for _ask in asks]
    wrong: list[bytes] = []
    end = time.monotonic() + seconds

    def shop(place: int) -> None:
        luck = Random(place)
        with ExitStack() as kept:
            lines = [kept.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60)) for port in ports]
            while time.monotonic() < end and not wrong:
                words, line = asks[place](luck), luck.choice(lines)
                began = time.monotonic()
                line.sendall(words)
                status, answer = _heard(line)
                took[place].append(time.monotonic() - began)
                if status != expected:
                    wrong.append(answer)

    threads = [threading.Thread(target=shop, args=(place,)) for place in range(len(asks))]
    since = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[0][:300]
    every = [one for each in took for one in each]
    return len(every) / (time.monotonic() - since), 1000 * percentile(every, 95)
