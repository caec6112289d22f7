"""A cell that a spreadsheet would run is text."""

import pytest

from kit.web.csv import csv_answer, neutral


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_formulas_are_neutralised(begin: str) -> None:
    assert neutral(f"{begin}cmd|' /C calc'!A0").startswith("'")
    said = csv_answer(name="x.csv", heads=["h"], rows=[[f"{begin}1+1"]]).content.decode()
    assert f"'{begin}1+1" in said


@pytest.mark.parametrize("value", ["王阿姨", "1=1", -3, 0, None])
def test_anything_else_stays(value: object) -> None:
    assert neutral(value) == value
