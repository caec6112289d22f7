"""What stands at a merchant's own domain, who may ask for its certificate, and how soon every process knows."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from control.domains.books import check
from control.domains.models import CustomDomain
from control.domains.services.check_domain import check_domain
from control.domains.services.release_domain import release_domain
from control.merchants.directory import forget
from control.merchants.models import Domain, Merchant, MerchantState
from kit.tenancy import StoreRef, in_control
from tests.control.domains.conftest import BY, DAY, NOW, SHOP, claimed, proven
from tests.control.lifecycle.children import child
from tests.database import own_database
from tests.isolation.visitors import PASSWORD, staff_of
from tests.simulators.dns.server import NameServer
from tests.simulators.dns.zone import Zone
from tests.stores import store_ref

ASK = "/internal/domains/allowed"


def at_shop(**options: Any) -> Client:
    return Client(headers={"host": SHOP}, **options)


class TestAtTheOwnDomain:
    def test_staff_log_in_and_work(self, serving: CustomDomain) -> None:
        browser = at_shop(enforce_csrf_checks=True)
        page = browser.get("/backoffice/login").content.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        form = {"email": "owner@acme.example", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}

        stolen = browser.post("/backoffice/login", form, headers={"origin": "http://rival.linli.test"})
        home = browser.post("/backoffice/login", form, headers={"origin": f"http://{SHOP}"})

        assert stolen.status_code == 403
        assert home.status_code in (302, 303)
        assert browser.get("/backoffice/").status_code == 200
        assert all(not cookie["domain"] for cookie in browser.cookies.values())

    def test_the_storefront_is_there_and_names_its_home(
        self, serving: CustomDomain, settings: Any, tmp_path: Path
    ) -> None:
        (tmp_path / "index.html").write_text("<title>app</title>")
        settings.LINLI_H5_ROOT = tmp_path
        expected = f'<http://{SHOP}/m/>; rel="canonical"'

        for host in (SHOP, "acme.linli.test"):
            answer = Client(headers={"host": host}).get("/m/")
            assert (answer.status_code, answer["Link"]) == (200, expected)
        rival = Client(headers={"host": "rival.linli.test"}).get("/m/")
        assert rival["Link"] == '<http://rival.linli.test/m/>; rel="canonical"'

    def test_the_platforms_own_pages_are_not(self, serving: CustomDomain) -> None:
        assert at_shop().get("/console/").status_code == 404
        assert at_shop().get("/signup").status_code == 404

    @pytest.mark.parametrize(
        ("state", "status"),
        [
            ("active", 200),
            ("suspended", 503),
            ("read_only", 503),
            ("archived", 404),
            ("erased", 404),
            ("building", 503),
        ],
    )
    def test_the_stores_life_counts_here_too(self, serving: CustomDomain, state: str, status: int) -> None:
        with in_control():
            Merchant.objects.filter(pk=serving.merchant_id).update(state=state)
        forget()

        answer = at_shop().get("/api/v1/store")

        assert answer.status_code == status


class TestCertificates:
    @pytest.fixture(autouse=True)
    def _may_ask(self, settings: Any) -> None:
        settings.LINLI_ASK_KEY = "only-the-proxy-knows"

    def ask(self, domain: str, *, key: str = "only-the-proxy-knows", **headers: str) -> int:
        return int(
            Client(headers={"host": "127.0.0.1", **headers}).get(ASK, {"domain": domain, "key": key}).status_code
        )

    def test_are_given_for_hosts_that_are_served(self, serving: CustomDomain) -> None:
        assert [self.ask(name) for name in (SHOP, "acme.linli.test", "linli.test", SHOP.upper())] == [200] * 4

    def test_and_for_no_other(self, serving: CustomDomain, rival: StoreRef) -> None:
        claimed(rival, "waiting.example.com")
        names = [
            "waiting.example.com",
            "example.com",
            f"x.{SHOP}",
            "nobody.linli.test",
            "",
            "*.linli.test",
            "a b",
            "::1",
        ]

        assert {name: self.ask(name) for name in names} == dict.fromkeys(names, 404)

    def test_not_for_a_store_that_is_gone(self, serving: CustomDomain) -> None:
        with in_control():
            Merchant.objects.filter(pk=serving.merchant_id).update(state=MerchantState.ARCHIVED)

        assert (self.ask(SHOP), self.ask("rival.linli.test")) == (404, 200)

    def test_a_stranger_learns_nothing(self, serving: CustomDomain, settings: Any) -> None:
        assert self.ask(SHOP, key="guessed") == 404
        assert self.ask(SHOP, key="密码") == 404
        assert self.ask(SHOP, **{"x-forwarded-for": "203.0.113.5"}) == 404  # it came through the proxy, not from it
        settings.LINLI_ASK_KEY = ""
        assert self.ask(SHOP, key="") == 404


class TestEveryProcess:
    """The other process' clock is moved, so nobody waits."""

    CODE = """
from django.test import Client
from control.merchants import directory
ahead, real = [0.0], directory.time.monotonic
class Time:
    monotonic = staticmethod(lambda: real() + ahead[0])
directory.time = Time
for line in sys.stdin:
    ahead[0] += float(line)
    print(Client(headers={"host": "shop.example.com"}).get("/api/v1/store").status_code, flush=True)
"""

    def test_knows_within_five_seconds(
        self, django_db_setup: str, django_db_blocker: Any, worker_id: str, settings: Any, tmp_path: Path
    ) -> None:
        zone = Zone()
        server = NameServer(lambda: zone)
        server.start()
        settings.LINLI_DNS = {"servers": [server.address], "timeout": 0.5}
        with django_db_blocker.unblock(), own_database(worker=f"own_{worker_id}") as database:
            forget()
            acme = store_ref("acme")
            staff_of(acme)
            other = child(self.CODE, database=database, var=tmp_path)
            assert other.stdin
            assert other.stdout

            def ask(seconds_later: float) -> str:
                assert other.stdin
                assert other.stdout
                other.stdin.write(f"{seconds_later}\n")
                other.stdin.flush()
                return other.stdout.readline().strip()

            try:
                assert ask(0) == "404"
                claim = claimed(acme)
                proven(zone, claim)
                check_domain(claim_id=claim.pk, now=NOW)
                assert at_shop().get("/api/v1/store").status_code == 200  # at once where it was done
                assert ask(5) == "200"
                release_domain(merchant_id=acme.merchant_id, claim_id=claim.pk, by=BY, now=NOW)
                assert at_shop().get("/api/v1/store").status_code == 404
                assert ask(5) == "404"
            finally:
                other.communicate(timeout=30)
                server.stop()
                forget()


class TestBooks:
    def test_are_content(self, serving: CustomDomain) -> None:
        with in_control():
            assert check(NOW) == []

    def test_find_a_domain_that_is_not_answered(self, serving: CustomDomain) -> None:
        with in_control():
            Domain.objects.filter(domain=SHOP).delete()
            assert [(one.invariant, one.subject) for one in check(NOW)] == [("D1", SHOP)]

    def test_find_a_host_that_nobody_proved(self, rival: StoreRef) -> None:
        with in_control():
            Domain.objects.create(
                domain=SHOP, tenant_id=rival.merchant_id, is_primary=False, verified_at=NOW, created_at=NOW
            )
            assert [(one.invariant, one.store) for one in check(NOW)] == [("D2", "rival")]

    def test_find_a_neighbour_at_a_quarantined_name(self, serving: CustomDomain, rival: StoreRef) -> None:
        release_domain(merchant_id=serving.merchant_id, claim_id=serving.pk, by=BY, now=NOW)
        with in_control():
            Domain.objects.create(
                domain=SHOP, tenant_id=rival.merchant_id, is_primary=False, verified_at=NOW, created_at=NOW
            )
            assert {one.invariant for one in check(NOW + DAY)} == {"D2", "D3"}
