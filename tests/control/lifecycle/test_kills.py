"""A restore that is killed leaves nothing that counts, and the next one succeeds."""

from pathlib import Path

from django.conf import settings

from control.lifecycle.manifest import Manifest
from control.lifecycle.services.export_store import export_store
from control.lifecycle.services.restore_store import restore_store
from control.merchants.models import Merchant
from kit.tenancy import StoreRef, in_control
from tests.control.lifecycle.children import outcome
from tests.control.lifecycle.conftest import ASKS, LATER, NOW


def test_killed_restore_is_done_by_the_next_run(acme: StoreRef, database: str, tmp_path: Path) -> None:
    manifest = export_store(merchant_id=acme.merchant_id, target=tmp_path / "out", now=NOW)
    killed = f"""
from datetime import datetime
from pathlib import Path
from control.lifecycle.services import restore_store as story
story.record_act = die
now = datetime.fromisoformat("{LATER.isoformat()}")
story.restore_store(source=Path("{tmp_path}/out"), slug="copy-one", now=now, as_new=True, by="{ASKS}")
"""
    assert outcome(killed, database=database, var=tmp_path) == -9
    with in_control():
        assert not Merchant.objects.filter(slug="copy-one").exists()

    copy = restore_store(source=tmp_path / "out", slug="copy-one", now=LATER, as_new=True, by=ASKS)

    folders = {path.name for path in (Path(settings.MEDIA_ROOT) / "t").iterdir()}
    assert folders == {str(acme.merchant_id), str(copy.pk)}  # what the first one copied is the second one's
    twin = export_store(merchant_id=copy.pk, target=tmp_path / "twin", now=LATER)
    assert (twin.tables, twin.files) == (manifest.tables, manifest.files)
    assert Manifest.read(tmp_path / "twin").rows == manifest.rows
