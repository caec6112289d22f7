"""linli check_books speaks to people and to machines, and its exit code to both."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from kit.tenancy import StoreRef, in_store
from tenants.inventory.models import Stock
from tests.factories.orders import a_paid_order


def run(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("check_books", *arguments, stdout=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


class TestCheckBooks:
    def test_is_content_with_books_in_order(self, acme: StoreRef, rival: StoreRef) -> None:
        with in_store(acme):
            a_paid_order()

        assert run() == (0, "2 stores checked: everything adds up.\n")

    def test_shows_what_is_wrong_and_where(self, acme: StoreRef, rival: StoreRef) -> None:
        with in_store(rival):
            a_paid_order()
            Stock.objects.update(on_hand=3)

        code, words = run()

        assert code == 1
        assert "rival" in words
        assert "I1" in words

    def test_answers_machines(self, acme: StoreRef, rival: StoreRef) -> None:
        with in_store(rival):
            a_paid_order()
            Stock.objects.update(on_hand=3)

        code, words = run("--json")

        answer = json.loads(words)
        assert (code, answer["stores"]) == (1, 2)
        assert {(one["invariant"], one["store"]) for one in answer["findings"]} == {("I1", "rival")}

    def test_looks_into_one_store(self, acme: StoreRef, rival: StoreRef) -> None:
        with in_store(rival):
            a_paid_order()
            Stock.objects.update(on_hand=3)

        assert run("--store", "acme") == (0, "1 stores checked: everything adds up.\n")
        assert run("--store", "rival")[0] == 1

    def test_knows_no_such_store(self, acme: StoreRef) -> None:
        with pytest.raises(CommandError, match="nowhere"):
            run("--store", "nowhere")
