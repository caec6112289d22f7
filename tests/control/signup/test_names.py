"""T18, T19: two hundred hostile names at the sign-up, and as many more as a machine thinks of."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from control.merchants import slugs
from control.merchants.models import Merchant
from control.merchants.slugs import SlugRefused, check_slug, suggestions
from control.people.models import PhoneCode
from control.signup.services import sign_up as story
from control.signup.services.sign_up import SignUp, sign_up
from kit.ids import new_id
from kit.tenancy import in_control
from kit.tenancy.scope import STORE_SCHEMA
from kit.tenancy.sql import run
from tests.database import BORN

HOSTILE: list[str] = [
    json.loads(line) for line in Path(__file__).with_name("hostile_names.jsonl").read_text().splitlines()
]
NOW = BORN + timedelta(days=3)
KINDLY = re.compile(r"[\u4e00-\u9fff].*。\Z")


@pytest.fixture
def phone_proven(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are looked at before the phone; the phone is not what is tried here."""
    monkeypatch.setattr(story, "check_phone_code", lambda *, phone, code, now: "13812345678")


def schemas() -> set[str]:
    with in_control():
        return {str(row["nspname"]) for row in run("SELECT nspname FROM pg_namespace")}


def merchants() -> set[str]:
    with in_control():
        return set(Merchant.objects.values_list("schema_name", flat=True))


def tried(slug: str) -> bool:
    """Sign up under a name; say whether a store came of it."""
    asked = SignUp(
        phone="13812345678", code="", email=f"{new_id()}@example.com", password="green-leaf-88",
        store_name="老王果园", slug=slug, accepted_terms=True,
    )  # fmt: skip
    try:
        with in_control():
            sign_up(asked=asked, now=NOW)
    except SlugRefused as no:
        refusal = no
    else:
        return True
    assert KINDLY.search(str(refusal.fields["slug"][0])), slug
    with in_control():
        assert all(check_slug(offer) == offer for offer in refusal.facts["suggestions"])
    return False


class TestHostileNames:
    def test_there_are_two_hundred(self) -> None:
        assert len(set(HOSTILE)) >= 200

    def test_each_is_refused_kindly_and_leaves_nothing(self, phone_proven: None) -> None:
        before = schemas(), merchants()

        accepted = [ascii(name) for name in HOSTILE if tried(name)]

        assert accepted == []
        assert (schemas(), merchants()) == before

    def test_through_the_page_each_is_a_sentence_beside_the_field(self, db: None) -> None:
        browser = Client(headers={"host": "linli.test"}, raise_request_exception=False)
        for name in HOSTILE[::8]:
            answer = browser.get("/signup/address", {"slug": name, "store_name": name})
            assert answer.status_code < 500, ascii(name)
            form = {"slug": name, "store_name": name, "phone": "13812345678", "code": "1", "accepted_terms": "on"}
            assert browser.post("/signup", form).status_code in (400, 422), ascii(name)
        with in_control():
            assert PhoneCode.objects.count() == 0

    @pytest.mark.parametrize("name", ["laowang", "green-home", "fresh88", "senlinlishi", "xn", "shop-8", "linyi-fruit"])
    def test_honest_names_are_taken(self, phone_proven: None, name: str) -> None:
        if name == "xn":  # too short to be anybody's
            assert not tried(name)
            return
        before = schemas(), merchants()

        assert tried(name)

        assert schemas() - before[0] <= merchants() - before[1]
        assert len(merchants() - before[1]) == 1

    def test_without_the_eye_the_brand_would_be_taken(
        self, phone_proven: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The mutant: names are compared letter by letter."""
        monkeypatch.setattr(slugs, "_is_reserved", lambda slug: slug in slugs.RESERVED)

        assert [name for name in ("l1nli", "adm1n", "iinli-shop") if tried(name)] == ["l1nli", "adm1n", "iinli-shop"]


ANY_TEXT = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="abcdelnorx0189-", min_size=1, max_size=12),
    st.from_regex(r"[a-z][a-z0-9-]{1,8}[a-z0-9]", fullmatch=True),
)
HOW: Any = {"deadline": None, "derandomize": True, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


def changes_by_nothing_or_by_one(name: str) -> None:
    before, had = schemas(), merchants()

    opened = tried(name)

    new = merchants() - had
    assert len(new) == int(opened)
    assert len(schemas() - before) <= int(opened)  # none at all when one was claimed from the pool
    assert before <= schemas()
    assert all(STORE_SCHEMA.match(schema) for schema in new)


class TestAnyText:
    @settings(max_examples=30, **HOW)
    @given(name=ANY_TEXT)
    def test_changes_the_list_of_schemas_by_nothing_or_by_one(self, phone_proven: None, name: str) -> None:
        changes_by_nothing_or_by_one(name)

    @pytest.mark.nightly
    @settings(max_examples=300, **HOW)
    @given(name=ANY_TEXT)
    def test_whatever_it_is(self, phone_proven: None, name: str) -> None:
        changes_by_nothing_or_by_one(name)

    def test_a_suggestion_is_never_reserved(self, db: None) -> None:
        with in_control():
            for wanted in HOSTILE[:60]:
                assert all(check_slug(offer) for offer in suggestions(wanted=wanted, name=wanted))
