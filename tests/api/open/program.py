"""A program that speaks to a store's open platform with a key, and holds every answer against the description."""

from collections.abc import Collection
from datetime import datetime

from kit import clock
from kit.tenancy import StoreRef, in_store
from tenants.integrations.scopes import SCOPES
from tenants.integrations.services.keys import make_key
from tests.api.phone import Phone


def a_key(ref: StoreRef, scopes: Collection[str] = tuple(SCOPES), *, expires_at: datetime | None = None) -> str:
    """Make a key of a store and return its text."""
    with in_store(ref):
        _row, text = make_key(
            name="ERP",
            scopes=scopes,
            expires_at=expires_at,
            by="owner@acme.example",
            by_name="老板",
            now=clock.now(),
        )
    return text


def a_program(ref: StoreRef, *scopes: str) -> Phone:
    """A program with a key for these scopes; for all of them, if none is named."""
    return Phone(ref, a_key(ref, scopes or tuple(SCOPES)))
