"""A fixture for rooms that move stock or money: whatever a test did, the books add up afterwards."""

from collections.abc import Iterator

import pytest

from tenants.aftersales.books import check
from tests.factories.times import NOW


@pytest.fixture(autouse=True)
def books_add_up(request: pytest.FixtureRequest) -> Iterator[None]:
    """Check the store's books after each test in acme; one that breaks them on purpose asks for ``broken_books``."""
    if "in_acme" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("in_acme")
    yield
    if "broken_books" not in request.fixturenames:
        assert check(NOW) == []


@pytest.fixture
def broken_books() -> None:
    """Say that this test breaks the books on purpose."""
