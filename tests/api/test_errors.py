"""Every no is application/problem+json, says what to do, and tells nothing of our insides."""

from typing import Any

import pytest

from api.parsing import MOST_BYTES, MOST_DEPTH
from api.store import store as store_door
from tests.api.conftest import Shop

MEMBERS = {"type", "title", "status", "code", "detail", "request_id"}


def refuse_nothing_less(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Check the form of a problem and return it."""
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    assert set(said) >= MEMBERS
    assert (said["status"], said["code"], said["type"]) == (status, code, f"urn:linli:problem:{code}")
    assert said["detail"]
    assert said["request_id"] == answer.headers["X-Request-Id"]
    return said


class TestProblems:
    @pytest.mark.parametrize("path", ["/", "/nothing", "/orders/", "/orders/not-an-id", "/webhooks/none", "/store/x"])
    def test_address_that_is_none(self, shop: Shop, path: str) -> None:
        for method in ("GET", "POST", "PATCH"):
            refuse_nothing_less(shop.phone.ask(method, path), 404, "not_found")

    def test_method_that_is_none(self, shop: Shop) -> None:
        answer = shop.phone.ask("PATCH", "/store")

        refuse_nothing_less(answer, 405, "method_not_allowed")
        assert "GET" in answer.headers["Allow"]

    @pytest.mark.parametrize(
        "body",
        [
            b"", b"{", b"[]", b'"x"', b"null", b"{'phone': 1}", b'{"phone": NaN}', b"\xff\xfe", b'{"a":1,"a":2}',
            b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
            b'{"a":' + b"9" * 5000 + b"}",
            b'{"a":' * MOST_DEPTH + b"{}" + b"}" * MOST_DEPTH,
        ],
    )  # fmt: skip
    def test_body_that_is_no_json_object(self, shop: Shop, body: bytes) -> None:
        answer = shop.stranger.post("/quotes", body)

        if len(body) > MOST_BYTES:
            refuse_nothing_less(answer, 413, "too_large")
        elif body == b"":
            refuse_nothing_less(answer, 400, "invalid")
        else:
            refuse_nothing_less(answer, 400, "malformed_json")

    def test_body_that_is_too_large(self, shop: Shop) -> None:
        answer = shop.stranger.post("/quotes", b'{"remark": "' + b"x" * MOST_BYTES + b'"}')

        refuse_nothing_less(answer, 413, "too_large")

    def test_body_of_another_kind(self, shop: Shop) -> None:
        answer = shop.phone.client.post("/api/v1/quotes", {"lines": "1"})

        refuse_nothing_less(answer, 415, "unsupported_media_type")

    def test_answer_of_another_kind(self, shop: Shop) -> None:
        refuse_nothing_less(shop.stranger.get("/store", accept="text/html"), 406, "not_acceptable")

    def test_unknown_words_in_body_and_query(self, shop: Shop) -> None:
        body = refuse_nothing_less(shop.stranger.post("/quotes", {"lines": [], "voucher": 1}), 400, "invalid")
        query = refuse_nothing_less(shop.stranger.get("/campaigns?sort=price"), 400, "invalid")

        assert body["errors"] == {"voucher": ["没有这个字段。"]}
        assert query["errors"] == {"sort": ["没有这个字段。"]}

    def test_a_bug_says_nothing_of_itself(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken() -> None:
            raise RuntimeError("SELECT secret FROM t_abc")

        monkeypatch.setattr(store_door, "store_profile", broken)

        said = refuse_nothing_less(shop.stranger.get("/store"), 500, "server_error")

        assert set(said) == MEMBERS
        assert "secret" not in str(said)

    def test_speaks_english_to_who_asks_for_it(self, shop: Shop) -> None:
        said = shop.stranger.get("/me", accept_language="en").json()

        assert said["detail"] == "Please sign in first."

    def test_says_what_is_wrong_with_a_word_in_the_language_of_each_who_asks(self, shop: Shop) -> None:
        def said(language: str) -> str:
            answer = shop.stranger.get(f"/products?q={'苹' * 51}", accept_language=language)
            return str(refuse_nothing_less(answer, 400, "invalid")["errors"]["q"][0])

        for _time in range(2):  # forms are kept, and what one of them said once it says again
            assert "50" in said("zh")
            assert "characters" not in said("zh")
            assert "50 characters" in said("en")

    def test_is_kept_by_no_cache(self, shop: Shop) -> None:
        assert shop.stranger.get("/nothing").headers["Cache-Control"] == "no-store"
        assert shop.phone.get("/me").headers["Cache-Control"] == "no-store"
