"""T1, T2, T23: what strangers write on the wire.

The store of the Host answers, or a refusal; never another store, and never a 500.
"""

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.isolation.wire import Server, serving

A, B, PLATFORM = "acme.linli.test", "rival.linli.test", "linli.test"
CLOSE = "Connection: close\r\n\r\n"


def get(head: str, target: str = "/api/v1/store", version: str = "HTTP/1.1") -> bytes:
    return f"GET {target} {version}\r\n{head}{CLOSE}".encode("latin-1")


def host(value: str) -> bytes:
    return get(f"Host: {value}\r\n")


# These are acme's own: one name, differently spelled.
OWN: dict[str, bytes] = {
    "plain": host(A),
    "upper case": host(A.upper()),
    "mixed case": host("aCmE.LiNlI.tEsT"),
    "final dot": host(f"{A}."),
    "port": host(f"{A}:8443"),
    "final dot and port": host(f"{A}.:443"),
    "spaces around": get(f"Host:   {A}  \r\n"),
    "lower-case header name": get(f"host: {A}\r\n"),
    "forwarded host": get(f"Host: {A}\r\nX-Forwarded-Host: {B}\r\n"),
    "forwarded": get(f"Host: {A}\r\nForwarded: host={B};proto=https\r\n"),
    "forwarded server": get(f"Host: {A}\r\nX-Forwarded-Server: {B}\r\nX-Original-Host: {B}\r\nX-Host: {B}\r\n"),
    "original url": get(f"Host: {A}\r\nX-Original-URL: /console/\r\nX-Rewrite-URL: /console/\r\n"),
    "a header with an underscore": get(f"Host: {A}\r\nHTTP_HOST: {B}\r\n"),
    "via cookie": get(f"Host: {A}\r\nCookie: host={B}; tenant=rival\r\n"),
    "in the query": get(f"Host: {A}\r\n", target=f"/api/v1/store?host={B}&tenant=rival"),
    "http 1.0": get(f"Host: {A}\r\n", version="HTTP/1.0"),
    # the server shows us the Host alone, and the proxy in front makes the two one (deploy/nginx.conf, deploy/Caddyfile)
    "absolute address of another": get(f"Host: {A}\r\n", target=f"http://{B}/api/v1/store"),
    "absolute address of its own": get(f"Host: {A}\r\n", target=f"http://{A}/api/v1/store"),
}
# These are nobody's, or say two things at once.
REFUSED: dict[str, bytes] = {
    "two hosts": get(f"Host: {A}\r\nHost: {B}\r\n"),
    "two hosts, turned": get(f"Host: {B}\r\nHost: {A}\r\n"),
    "the same twice": get(f"Host: {A}\r\nhost: {A}\r\n"),
    "a list": host(f"{A}, {B}"),
    "absolute address of the platform": get(f"Host: {A}\r\n", target=f"http://{PLATFORM}/console/"),
    "folded": get(f"Host: {A}\r\n {B}\r\n"),
    "none": get(""),
    "none in 1.0": get("", version="HTTP/1.0"),
    "empty": host(""),
    "www": host(f"www.{A}"),
    "userinfo": host(f"{A}@evil.example"),
    "userinfo before": host(f"evil@{A}"),
    "password": host(f"user:pass@{A}"),
    "a path": host(f"{A}/{B}"),
    "a scheme": host(f"http://{A}"),
    "a fragment": host(f"{A}#{B}"),
    "a backslash": host(f"{A}\\{B}"),
    "ipv6": host("[::1]"),
    "ipv6 with a store inside": host(f"[{A}]"),
    "ipv4": host("127.0.0.1"),
    "number": host("2130706433"),
    "null byte": host(f"{A}\x00{B}"),
    "null byte, written": host(f"{A}%00"),
    "tab inside": host("acme\t.linli.test"),
    "space inside": host(f"{A} {B}"),
    "vertical tab": host(f"{A}\x0b"),
    "latin letter": host("acmé.linli.test"),
    "a cyrillic letter": "GET /api/v1/store HTTP/1.1\r\nHost: аcme.linli.test\r\n".encode() + CLOSE.encode(),
    "full-width": "GET /api/v1/store HTTP/1.1\r\nHost: ａｃｍｅ.linli.test\r\n".encode() + CLOSE.encode(),
    "punycode": host("xn--cme-5cd.linli.test"),
    "long": host("a" * 300 + ".linli.test"),
    "very long": host("a" * 20_000),
    "two final dots": host(f"{A}.."),
    "a dot before": host(f".{A}"),
    "a star": host("*.linli.test"),
    "port of letters": host(f"{A}:http"),
    "port too long": host(f"{A}:4433333"),
    "two ports": host(f"{A}:80:80"),
    "a negative port": host(f"{A}:-1"),
    "a quote": host(f"{A}' OR '1'='1"),
    "a template": host("${jndi:ldap://x}.linli.test"),
    "a line of script": host("<script>alert(1)</script>"),
    "the parent": host("test"),
    "a child": host(f"x.{A}"),
    "a schema": host("public.linli.test"),
    "underscore": host("acme_.linli.test"),
    "space before the colon": get(f"Host : {A}\r\n"),
    "connect": f"CONNECT {B}:443 HTTP/1.1\r\nHost: {A}\r\n{CLOSE}".encode(),
    "no address": f"GET  HTTP/1.1\r\nHost: {A}\r\n{CLOSE}".encode(),
    "nonsense": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40 + b"\r\n\r\n",
}


@pytest.fixture(scope="module")
def server(django_db_setup: str, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[Server]:
    with serving(database=django_db_setup, folder=tmp_path_factory.mktemp("wire")) as running:
        yield running


class TestHost:
    def test_more_than_thirty_are_tried(self) -> None:
        assert len(OWN) + len(REFUSED) >= 60

    @pytest.mark.parametrize("raw", OWN.values(), ids=OWN.keys())
    def test_every_spelling_leads_home(self, server: Server, raw: bytes) -> None:
        answer = server.says(raw)

        assert answer.status == 200, answer
        assert json.loads(answer.body)["slug"] == "acme"

    @pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED.keys())
    def test_anything_else_is_refused_and_says_nothing(self, server: Server, raw: bytes) -> None:
        answer = server.says(raw)

        assert answer.status == 0 or 400 <= answer.status < 500, answer
        for word in ("绿家生鲜", "隔壁鲜果", "rival", "evil", "script", "Traceback"):
            assert word not in answer.body

    def test_the_neighbour_is_served_at_its_own(self, server: Server) -> None:
        assert json.loads(server.says(host(B)).body)["slug"] == "rival"


class TestLog:
    def test_a_thousand_mixed_requests_are_each_their_own_stores(self, server: Server) -> None:
        chance = random.Random(23)
        hosts = {A: "acme", B: "rival", PLATFORM: "platform"}
        plan: dict[str, str] = {}
        lanes: list[list[bytes]] = [[] for _lane in range(4)]
        for number in range(1000):
            name = chance.choice(list(hosts))
            request_id = f"mixed-{number:06d}"
            plan[request_id] = hosts[name]
            target = chance.choice(
                ["/media/nothing", "/kit/nothing", "/m/nothing?phone=13812345678", "/pay/sandbox/13812345678"]
            )
            lanes[number % 4].append(
                f"GET {target} HTTP/1.1\r\nHost: {name}\r\nX-Request-Id: {request_id}\r\n\r\n".encode()
            )
        with ThreadPoolExecutor(4) as crew:
            statuses = [status for lane in crew.map(server.many, lanes) for status in lane]
        assert set(statuses) == {404}

        log = server.log.read_text()
        lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
        said = {line["request_id"]: line.get("store") for line in lines if line.get("event") == "request"}

        assert {request_id: said.get(request_id) for request_id in plan} == plan
        assert "13812345678" not in log
