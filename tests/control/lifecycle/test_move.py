"""A store moves to another cell and back: two databases, real commands, killed at every step."""

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from config.cells import CellByCommand
from control.lifecycle.manifest import ExportChanged, StrangeExport
from control.lifecycle.models import StoreMove
from control.lifecycle.moving import STAYS
from control.lifecycle.services import move_out as story
from control.lifecycle.services.archive_store import StillClosing
from control.lifecycle.services.move_out import BooksDiffer, NoSuchCell, NotHere, move_out
from control.lifecycle.services.resume_store import UnderWay, resume_store
from control.merchants.directory import forget
from control.merchants.models import Merchant, MerchantState
from control.people.models import Seat
from kit.tenancy import StoreRef, in_control
from tests.control.lifecycle.children import outcome
from tests.control.lifecycle.conftest import BY, CLOSED, NOW
from tests.control.lifecycle.looking import checksums
from tests.control.provisioning.test_kill import strays
from tests.database import point_django_at


def go_on(ref: StoreRef) -> StoreMove:
    return move_out(merchant_id=ref.merchant_id, to="east", far=CellByCommand("east"), by=BY, now=CLOSED)


class TestMove:
    def test_carries_every_row_file_and_person_and_comes_back(
        self, leaving: StoreRef, database: str, cells: str, settings: Any, tmp_path: Path
    ) -> None:
        before = {t: s for t, s in checksums(database, leaving.schema).items() if t not in STAYS}
        rows = sum(count for count, _hash in before.values())
        pictures = [path.read_bytes() for path in sorted((tmp_path / "media" / "t").rglob("*.webp"))]

        move = go_on(leaving)

        assert list(move.steps) == list(story.STEPS)
        assert move.steps["proven"] == {"rows": rows}
        assert _answers(leaving.slug) == 404
        with in_control():
            assert Merchant.objects.get(slug="acme").cell == "east"
            assert strays() == {}
            assert _schemas() == 0
        assert not list((tmp_path / "media" / "t").rglob("*.webp"))
        assert "acme.linli.test 10.0.2.5:8000;" in _said("cells", "map")

        go_to(cells)
        settings.MEDIA_ROOT = tmp_path / "east" / "media"
        with in_control():
            there = Merchant.objects.get(slug="acme")
            assert (there.pk, there.cell, there.state) == (leaving.merchant_id, "", MerchantState.TRIAL)
            assert Seat.objects.get(merchant_id=there.pk).person.email == "owner-marka@acme.example"
            assert strays() == {}
        assert {t: s for t, s in checksums(cells, there.schema_name).items() if t in before} == before
        assert [path.read_bytes() for path in sorted((tmp_path / "east" / "media" / "t").rglob("*.webp"))] == pictures
        assert _answers("acme") == 200

        settings.LINLI_CELL, settings.LINLI_CELLS = "east", json.loads(os.environ["LINLI_CELLS"])
        home = CellByCommand("west")
        with pytest.raises(StillClosing):
            move_out(merchant_id=there.pk, to="west", far=home, by=BY, now=NOW)
        move_out(merchant_id=there.pk, to="west", far=home, by=BY, now=CLOSED)

        go_to(database)
        settings.MEDIA_ROOT = tmp_path / "media"
        with in_control():
            back = Merchant.objects.get(slug="acme")
            assert (back.pk, back.cell, back.state) == (leaving.merchant_id, "", MerchantState.TRIAL)
            assert strays() == {}
        assert {t: s for t, s in checksums(database, back.schema_name).items() if t in before} == before
        assert _answers("acme") == 200

    def test_is_served_nowhere_while_it_moves_and_cannot_be_opened_by_hand(self, leaving: StoreRef) -> None:
        assert _answers(leaving.slug) != 200
        with pytest.raises(UnderWay):
            resume_store(merchant_id=leaving.merchant_id, by=BY, reason="impatient", now=CLOSED)

    def test_does_not_hand_over_what_does_not_add_up_there(
        self, leaving: StoreRef, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(CellByCommand, "findings", lambda _self, _slug: [{"invariant": "I1"}])
        with pytest.raises(BooksDiffer):
            go_on(leaving)
        with in_control():
            assert Merchant.objects.get(slug="acme").cell == ""

    def test_refuses_what_it_does_not_know(self, acme: StoreRef, cells: str) -> None:
        with pytest.raises(NoSuchCell):
            move_out(merchant_id=acme.merchant_id, to="south", far=CellByCommand("south"), by=BY, now=NOW)
        with pytest.raises(CommandError, match="no_such_cell"):
            call_command("store", "move", "acme", "--to", "south")

    def test_one_way_at_a_time(self, leaving: StoreRef, settings: Any) -> None:
        settings.LINLI_CELLS = settings.LINLI_CELLS | {"north": {"database": "postgresql://x/y"}}
        with pytest.raises(NotHere):
            move_out(merchant_id=leaving.merchant_id, to="north", far=CellByCommand("north"), by=BY, now=CLOSED)

    @pytest.mark.parametrize(("find", "put", "refusal"), [("1", "2", StrangeExport), ("}", "", ExportChanged)])
    def test_control_rows_that_were_changed_on_the_way_are_refused(
        self, tmp_path: Path, acme: StoreRef, find: str, put: str, refusal: type[Exception]
    ) -> None:
        from control.lifecycle.moving import FILE, read_control, write_control

        with in_control():
            write_control(tmp_path, merchant=Merchant.objects.get(slug="acme"), cell="west")
        assert read_control(tmp_path)["merchant"]["slug"] == "acme"
        (tmp_path / FILE).write_text((tmp_path / FILE).read_text().replace(find, put))

        with pytest.raises(refusal):
            read_control(tmp_path)


DIES_BEFORE = f"""
from datetime import datetime
from config.cells import CellByCommand
from control.lifecycle.services import move_out as story
import os
story.STEPS = dict(story.STEPS) | {{{{"{{step}}": die}}}}
story.move_out(merchant_id=os.environ["MOVES"], to="east", far=CellByCommand("east"), by="test",
               now=datetime.fromisoformat("{CLOSED.isoformat()}"))
"""
DIES_AFTER = DIES_BEFORE.replace('"{step}": die', '"{step}": dying').replace(
    "import os",
    """import os
def dying(on, done=story.STEPS["{step}"]):
    on.note = on._note = die
    done(on)
""",
)


def _killed(step: str, code: str, leaving: StoreRef, database: str, tmp_path: Path) -> None:
    os.environ["MOVES"] = str(leaving.merchant_id)
    # It starts processes of the other cell in its turn
    assert outcome(code.format(step=step), database=database, var=tmp_path, patience=300) == -9
    assert _answers("acme") != 200

    move = go_on(leaving)

    assert move.done_at is not None
    go_to(move_to := json.loads(os.environ["LINLI_CELLS"])["east"]["database"])
    with in_control():
        assert Merchant.objects.get(slug="acme").cell == ""
        assert strays() == {}
    assert move_to
    assert _answers("acme") == 200
    go_to(database)


@pytest.mark.parametrize("step", ["received"])
def test_killed_when_a_step_was_done_and_not_written_down(
    step: str, leaving: StoreRef, database: str, tmp_path: Path
) -> None:
    _killed(step, DIES_AFTER, leaving, database, tmp_path)


@pytest.mark.nightly
@pytest.mark.parametrize("code", [DIES_BEFORE, DIES_AFTER], ids=["before", "after"])
@pytest.mark.parametrize("step", list(story.STEPS))
def test_killed_at_every_step(step: str, code: str, leaving: StoreRef, database: str, tmp_path: Path) -> None:
    _killed(step, code, leaving, database, tmp_path)


def _answers(slug: str) -> int:
    forget()
    return Client(headers={"host": f"{slug}.linli.test"}).get("/api/v1/store").status_code


def _schemas() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_namespace WHERE nspname = (SELECT schema_name FROM merchants_merchant"
            " WHERE slug = 'acme')"
        )
        return int(cursor.fetchone()[0])


def go_to(url: str) -> None:
    point_django_at(url)
    forget()


def _said(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()
