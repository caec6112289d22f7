"""T23: a line of the log says whose it is, and nobody's phone."""

import json
import logging
from io import StringIO
from typing import Any

import pytest
import structlog

from config import logs
from kit.logs import masked_text
from kit.tenancy import StoreRef, in_control, in_store

HIDDEN = {
    "13812345678": "138****5678",
    "call 138 1234 5678 now": "call 138****5678 now",
    "+8613812345678": "+86138****5678",
    "Key (phone)=(13812345678) already exists": "Key (phone)=(138****5678) already exists",
    "+85291234567": "+852****67",
    "wang.li@example.com": "w***@example.com",
    "Authorization: Bearer abcdefgh12345678": "Authorization: Bearer ***",
    "/backoffice/enter?pass=s3cr3t-words&x=1": "/backoffice/enter?pass=***&x=1",
}
KEPT = [
    "1290",
    "20261122-000138",
    "01900000-0000-7000-8000-000000000001",
    "a1b2c313812345678d",
    "2026-11-22T10:00:00Z",
    "¥12.90",
]


@pytest.fixture
def line() -> Any:
    """Write a line as the product does, and read it back."""
    out = StringIO()
    formatter = logs.configure()["formatters"]["json"]
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter.pop("()")(**formatter))
    logger = logging.getLogger("tests.line")
    logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel("INFO")

    def write(event: str, **fields: Any) -> dict[str, Any]:
        out.truncate(0)
        out.seek(0)
        if fields.pop("plainly", False):
            logger.info(event)
        else:
            structlog.stdlib.get_logger("tests.line").info(event, **fields)
        found: dict[str, Any] = json.loads(out.getvalue())
        return found

    yield write
    logger.removeHandler(handler)


class TestWhose:
    def test_is_read_from_the_scope(self, line: Any, acme: StoreRef, rival: StoreRef) -> None:
        for ref in (acme, rival):
            with in_store(ref):
                assert (line("x")["store"], line("x")["merchant"]) == (ref.slug, str(ref.merchant_id))
                assert line("x", plainly=True)["store"] == ref.slug  # a library's own line too
        with in_control():
            assert line("x")["store"] == "platform"
        assert "store" not in line("x")

    def test_no_caller_can_say_otherwise(self, line: Any, acme: StoreRef) -> None:
        with in_store(acme), structlog.contextvars.bound_contextvars(store="rival"):
            assert line("x")["store"] == "acme"
            assert line("x", store="rival")["store"] == "acme"

    def test_without_the_scope_the_callers_word_would_stand(
        self, acme: StoreRef, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The mutant: the line says what was bound last."""
        without = [one for one in logs._SHARED if getattr(one, "__name__", "") != "add_scope"]
        assert len(without) == len(logs._SHARED) - 1
        event: Any = {"event": "x", "store": "rival"}
        with in_store(acme):
            for processor in without:
                event = processor(None, "info", event)

        assert event["store"] == "rival"


class TestWho:
    @pytest.mark.parametrize(("text", "shown"), HIDDEN.items())
    def test_is_masked(self, text: str, shown: str) -> None:
        assert masked_text(text) == shown

    @pytest.mark.parametrize("text", KEPT)
    def test_and_nothing_else(self, text: str) -> None:
        assert masked_text(text) == text

    def test_also_in_fields_lists_and_tracebacks(self, line: Any) -> None:
        said = line("failed", phone=13812345678, rows=[{"to": "13812345678"}], password="green-leaf", token="t" * 20)
        try:
            raise ValueError("duplicate key (phone)=(13912345678)")
        except ValueError:
            traced = line("failed", exc_info=True)

        assert "12345678" not in json.dumps(said) + json.dumps(traced)
        assert (said["password"], said["token"]) == ("***", "***")
        assert "139****5678" in traced["exception"]
