"""T11: the platform's people come with a reason and for a while, are seen, look and leave money alone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation

from control.audit.models import AuditEntry
from control.merchants.models import Merchant
from control.people.models import Person
from control.people.services import register_person
from control.support import middleware
from control.support.middleware import refusal_of
from control.support.models import SupportStep, SupportVisit
from control.support.selectors import living_visit
from control.support.services.set_consent import set_consent
from control.support.services.start_visit import EntryForbidden, ReasonTooShort, TooLongVisit, start_visit
from kit import clock
from kit.tenancy import StoreRef, in_control, in_store
from tenants.content.models import StoreProfile
from tests.factories.times import NOW
from tests.isolation.visitors import signed_in_staff

PASSWORD = "邻里-运营-2026"
WHY = "商家反映团长页面打不开，来看一下"
SHOP = {"name": "新店名", "notice": "", "service_phone": "", "brand_color": "#0b7a3b"}


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.at(NOW), translation.override("zh-hans"):
        yield


@pytest.fixture
def operator(db: None) -> Person:
    with in_control():
        person = register_person(email="ops@linli.test", phone="13900000000", password=PASSWORD, name="小运", now=NOW)
        person.is_operator = True
        person.save()
    return person


@pytest.fixture
def console(operator: Person) -> Client:
    client = Client(headers={"host": "linli.test"})
    client.post("/console/login", {"email": operator.email, "password": PASSWORD})
    return client


def begin(console: Client, store: StoreRef, **said: Any) -> Any:
    words = {"reason": WHY, "ticket": "T-1", "minutes": "10", "password": PASSWORD, **said}
    return console.post(f"/console/stores/{store.merchant_id}/support", words)


def visitor(console: Client, store: StoreRef, **said: Any) -> Client:
    answer = begin(console, store, **said)
    assert answer.status_code == 303, answer.content.decode()[:500]
    browser = Client(headers={"host": f"{store.slug}.linli.test"})
    entered = browser.get(answer["Location"].partition(".linli.test")[2])
    assert entered["Location"] == "/backoffice/"
    return browser


def allow(store: StoreRef, *, enter: bool = True, write: bool = False) -> None:
    set_consent(merchant_id=store.merchant_id, may_enter=enter, may_write=write, by="boss@acme.test", now=NOW)


def posting_views() -> dict[str, Any]:
    """Every view at a store's host below the back office, by its path's form."""

    def walk(patterns: list[Any], before: str) -> Iterator[tuple[str, Any]]:
        for pattern in patterns:
            here = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, here)
            elif isinstance(pattern, URLPattern) and here.startswith("backoffice/"):
                yield here, pattern.callback

    return dict(walk(get_resolver("config.urls_store").url_patterns, ""))


class TestEntry:
    def test_every_page_says_who_is_there_until_when_and_how_to_leave(self, console: Client, acme: StoreRef) -> None:
        browser = visitor(console, acme)
        for path in ("", "orders", "products", "leaders", "campaigns", "shop", "account/invoices"):
            page = browser.get(f"/backoffice/{path}").content.decode()
            assert "ops@linli.test" in page, path
            assert "12:10" in page
            assert "/backoffice/support/leave" in page

    @pytest.mark.parametrize(
        "wrong", [{"reason": "看看"}, {"reason": ""}, {"minutes": "31"}, {"minutes": "0"}, {"password": "wrong"}]
    )
    def test_needs_a_reason_a_limit_and_the_password(
        self, console: Client, acme: StoreRef, wrong: dict[str, str]
    ) -> None:
        assert begin(console, acme, **wrong).status_code == 422
        with in_control():
            assert not SupportVisit.objects.exists()

    def test_the_story_refuses_what_the_form_would(self, operator: Person, acme: StoreRef) -> None:
        usual: dict[str, Any] = {"merchant_id": acme.merchant_id, "operator": operator, "ticket": "", "now": NOW}
        with pytest.raises(ReasonTooShort):
            start_visit(reason="         x", minutes=10, wants_write=False, **usual)
        with pytest.raises(TooLongVisit):
            start_visit(reason=WHY, minutes=31, wants_write=False, **usual)

    def test_a_pass_opens_once_within_a_minute_and_only_its_store(
        self, console: Client, acme: StoreRef, rival: StoreRef
    ) -> None:
        path = begin(console, acme)["Location"].partition(".linli.test")[2]

        assert "/login" in Client(headers={"host": "rival.linli.test"}).get(path)["Location"]
        with clock.at(NOW + timedelta(seconds=60)):
            assert "/login" in Client(headers={"host": "acme.linli.test"}).get(path)["Location"]
        assert Client(headers={"host": "acme.linli.test"}).get(path)["Location"] == "/backoffice/"
        assert "/login" in Client(headers={"host": "acme.linli.test"}).get(path)["Location"]

    def test_only_operators_may(self, acme: StoreRef) -> None:
        staff = signed_in_staff(acme)

        answer = begin(staff, acme)

        assert answer.status_code == 404

    def test_an_operator_without_a_visit_has_no_seat(self, operator: Person, acme: StoreRef) -> None:
        browser = Client(headers={"host": "acme.linli.test"})
        browser.post("/backoffice/login", {"email": operator.email, "password": PASSWORD})

        assert "/login" in browser.get("/backoffice/")["Location"]


class TestDies:
    def test_at_its_limit(self, console: Client, acme: StoreRef) -> None:
        browser = visitor(console, acme)
        with clock.at(NOW + timedelta(minutes=10, seconds=-1)):
            assert browser.get("/backoffice/").status_code == 200
        with clock.at(NOW + timedelta(minutes=10)):
            assert "/login" in browser.get("/backoffice/")["Location"]

    def test_when_the_operator_logs_out(self, console: Client, acme: StoreRef) -> None:
        browser = visitor(console, acme)
        console.post("/console/logout")

        assert "/login" in browser.get("/backoffice/")["Location"]

    def test_when_the_merchant_forbids_it(self, console: Client, acme: StoreRef) -> None:
        browser = visitor(console, acme)
        allow(acme, enter=False)

        assert "/login" in browser.get("/backoffice/")["Location"]
        assert begin(console, acme).status_code == 403 or begin(console, acme).status_code == 422
        with pytest.raises(EntryForbidden), in_control():
            start_visit(
                merchant_id=acme.merchant_id,
                operator=Person.objects.get(email="ops@linli.test"),
                reason=WHY,
                ticket="",
                minutes=10,
                wants_write=False,
                now=NOW,
            )

    def test_when_the_operator_is_one_no_more(self, console: Client, acme: StoreRef) -> None:
        browser = visitor(console, acme)
        with in_control():
            Person.objects.update(is_operator=False)

        assert "/login" in browser.get("/backoffice/")["Location"]

    def test_when_the_visitor_leaves(self, console: Client, acme: StoreRef) -> None:
        browser = visitor(console, acme)

        browser.post("/backoffice/support/leave")

        assert "/login" in browser.get("/backoffice/")["Location"]
        with in_control():
            assert SupportVisit.objects.get().ended_by == "ops@linli.test"

    def test_a_visit_that_is_not_looked_up_would_be_seen(
        self, console: Client, acme: StoreRef, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        browser, real = visitor(console, acme), living_visit

        monkeypatch.setattr(middleware, "living_visit", lambda one, *, merchant_id, now: real(one, merchant_id=merchant_id, now=NOW))  # fmt: skip  # noqa: E501
        with clock.at(NOW + timedelta(hours=2)):
            assert browser.get("/backoffice/").status_code == 200  # the mutant lives for ever

    def test_its_session_is_nobodys_at_another_store(self, console: Client, acme: StoreRef, rival: StoreRef) -> None:
        browser = visitor(console, acme)
        stolen = Client(headers={"host": "rival.linli.test"})
        stolen.cookies = browser.cookies

        assert "/login" in stolen.get("/backoffice/")["Location"]


class TestMayNot:
    SAFE: ClassVar = {
        "backoffice/support/leave": "always",
        "backoffice/shop": "write",
        "backoffice/leaders/<uuid:leader_id>/rest": "write",
        "backoffice/leaders/<uuid:leader_id>/resume": "write",
    }

    def test_only_these_are_marked(self) -> None:
        views = posting_views()
        marked = {
            path: view.support for path, view in views.items() if getattr(view, "support", "") not in ("", "never")
        }

        assert len(views) > 60
        assert marked == self.SAFE

    def test_every_post_that_is_not_marked_is_refused_even_where_writing_is_allowed(
        self, console: Client, acme: StoreRef
    ) -> None:
        allow(acme, write=True)
        browser = visitor(console, acme, wants_write="on")
        one = "01900000-0000-7000-8000-000000000001"
        answers = {}
        for form in posting_views():
            if form in self.SAFE:
                continue
            path = "/" + form
            while "<" in path:
                path = path[: path.index("<")] + one + path[path.index(">") + 1 :]
            answers[form] = browser.post(path).status_code

        assert len(answers) > 50
        assert {form: status for form, status in answers.items() if status != 403} == {}

    def test_with_the_default_turned_round_the_matrix_is_red(
        self, console: Client, acme: StoreRef, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        allow(acme, write=True)
        browser = visitor(console, acme, wants_write="on")
        monkeypatch.setattr(middleware, "refusal_of", lambda view, *, method, may_write: None)

        assert browser.post("/backoffice/account/exports/new").status_code == 403  # owners only, a second lock
        assert browser.post("/backoffice/campaigns/new").status_code != 403

    def test_changes_the_shop_only_where_the_merchant_lets_it(self, console: Client, acme: StoreRef) -> None:
        looking = visitor(console, acme, wants_write="on")
        assert looking.post("/backoffice/shop", SHOP).status_code == 403

        allow(acme, write=True)
        writing = visitor(console, acme, wants_write="on")
        assert writing.post("/backoffice/shop", SHOP).status_code == 303
        modest = visitor(console, acme)
        assert modest.post("/backoffice/shop", SHOP).status_code == 403

        with in_store(acme):
            assert StoreProfile.objects.get().name == "新店名"

    @pytest.mark.parametrize("path", ["orders/export", "products/export", "account/card/done?visit=x"])
    def test_carries_nothing_away(self, console: Client, acme: StoreRef, path: str) -> None:
        assert visitor(console, acme).get(f"/backoffice/{path}").status_code == 403

    def test_the_owner_may(self, acme: StoreRef) -> None:
        staff = signed_in_staff(acme)

        assert staff.get("/backoffice/orders/export").status_code == 200
        assert staff.post("/backoffice/shop", SHOP).status_code == 303

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "X"])
    def test_whatever_the_method(self, method: str) -> None:
        def view() -> None:
            """Not marked."""

        assert refusal_of(view, method=method, may_write=True) is not None


class TestIsSeen:
    def test_every_step_stands_in_a_log_that_the_merchant_reads(self, console: Client, acme: StoreRef) -> None:
        browser = visitor(console, acme)
        browser.get("/backoffice/orders?q=王")
        browser.post("/backoffice/shop", SHOP)

        with in_control():
            steps = [(step.method, step.path, step.status) for step in SupportStep.objects.order_by("at", "id")]
            actors = set(AuditEntry.objects.filter(what="support.started").values_list("actor", flat=True))
        assert steps[-2][0::2] == ("GET", 200)
        assert steps[-2][1].startswith("/backoffice/orders?q=")
        assert steps[-1] == ("POST", "/backoffice/shop", 403)
        assert actors == {"ops@linli.test"}
        owner = signed_in_staff(acme)
        page = owner.get("/backoffice/account/support").content.decode()
        assert WHY in page
        assert "ops@linli.test" in page
        assert WHY not in owner.get("/backoffice/account/support?q=nothing-like-this").content.decode()
        assert "/backoffice/orders" in owner.get("/backoffice/account/support/export").content.decode()

    def test_another_merchant_reads_nothing_of_it(self, console: Client, acme: StoreRef, rival: StoreRef) -> None:
        visitor(console, acme).get("/backoffice/orders")
        with in_control():
            visit = SupportVisit.objects.get()
        other = signed_in_staff(rival)

        assert WHY not in other.get("/backoffice/account/support").content.decode()
        assert other.get(f"/backoffice/account/support/{visit.pk}").status_code == 404
        assert other.post(f"/backoffice/account/support/{visit.pk}/end").status_code == 404
        assert "orders" not in other.get("/backoffice/account/support/export").content.decode()

    def test_what_it_writes_in_the_store_names_both(self, console: Client, acme: StoreRef) -> None:
        allow(acme, write=True)
        visitor(console, acme, wants_write="on").post("/backoffice/shop", SHOP)

        from tenants.journal.models import JournalEntry

        with in_store(acme):
            assert JournalEntry.objects.latest("at").actor_name == "平台协助 · 小运"
        with in_control():
            assert Person.objects.get(email="ops@linli.test").name == "小运"

    def test_no_step_is_ever_changed(self, console: Client, acme: StoreRef) -> None:
        visitor(console, acme).get("/backoffice/orders")

        with in_control(), pytest.raises(DatabaseError), transaction.atomic():
            SupportStep.objects.update(path="/elsewhere")

    def test_the_operators_see_live_and_past_and_may_end_one(self, console: Client, acme: StoreRef) -> None:
        browser = visitor(console, acme)
        with in_control():
            visit = SupportVisit.objects.get()
        assert "正在店里" in console.get("/console/support").content.decode()
        assert WHY in console.get(f"/console/support/{visit.pk}").content.decode()

        console.post(f"/console/support/{visit.pk}/end")

        assert "/login" in browser.get("/backoffice/")["Location"]
        assert "正在店里" not in console.get("/console/support").content.decode()

    def test_the_owner_sends_a_visitor_out(self, console: Client, acme: StoreRef) -> None:
        browser = visitor(console, acme)
        with in_control():
            visit = SupportVisit.objects.get()

        signed_in_staff(acme).post(f"/backoffice/account/support/{visit.pk}/end")

        assert "/login" in browser.get("/backoffice/")["Location"]

    def test_a_store_that_is_gone_is_not_entered(self, console: Client, acme: StoreRef) -> None:
        with in_control():
            Merchant.objects.filter(pk=acme.merchant_id).update(state="archived")

        assert begin(console, acme).status_code in (403, 422)
