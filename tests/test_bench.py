"""The benches run; what they measure is nobody's promise here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.frame import Cost, Row, Sheet, median

ROOT = Path(__file__).parents[1]


def test_ratios_are_against_the_first_row_of_a_size() -> None:
    sheet = Sheet("t")
    for size in (50, 200):
        sheet.rows += [Row("peer", size, Cost(2, wall=4, client=1, server=3)), Row("ours", size, Cost(4, 1, 0.5, 0.5))]

    _headings, lines = sheet.table()

    assert [line[3:7] for line in lines[:2]] == [("2,000", "2,000", "1.0×", "1.0×"), ("250", "250", "8.0×", "8.0×")]
    assert median([3, 1, 2]) == 2


@pytest.mark.nightly
def test_every_bench_runs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--stores", "7", "--keep"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "LINLI_TEST_DATABASE_URL"}
        | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("goal:") == 12
