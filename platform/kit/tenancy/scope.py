"""Which schema the running code may touch, held in a ContextVar so that a new thread starts with none."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

CONTROL_SCHEMA = "public"
STORE_SCHEMA = re.compile(r"t_[a-z2-7]{8,24}\Z")


class NoScope(RuntimeError):
    """A query was tried outside ``in_store`` and ``in_control``. It did not run."""


class NoStore(RuntimeError):
    """Code that needs a store ran in the control plane."""


class WrongScope(RuntimeError):
    """A row or a query of one schema was used in another. Nothing was read or written."""


@dataclass(frozen=True, slots=True)
class StoreRef:
    """What the lower floors know of a merchant: enough to enter the store and to name it."""

    merchant_id: UUID
    schema: str
    slug: str = ""
    name: str = ""
    state: str = "active"
    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"
    next_step: str = ""  # what follows if an overdue invoice stays unpaid, and when
    next_step_at: datetime | None = None

    def __post_init__(self) -> None:
        # The name reaches SQL as an identifier, so the form is checked here, whoever made the reference.
        if not STORE_SCHEMA.match(self.schema):
            raise ValueError(f"not a store's schema: {self.schema!r}")


@dataclass(frozen=True, slots=True)
class Scope:
    """A schema, and the store it belongs to (none in the control plane); ``as_owner``: its tables may be changed."""

    schema: str
    store: StoreRef | None = None
    as_owner: bool = False


_scope: ContextVar[Scope | None] = ContextVar("linli_scope", default=None)


@contextmanager
def in_store(ref: StoreRef, *, as_owner: bool = False) -> Iterator[StoreRef]:
    """Work inside one merchant's schema until the block ends; ``as_owner`` is for migrations alone."""
    token = _scope.set(Scope(schema=ref.schema, store=ref, as_owner=as_owner))
    try:
        yield ref
    finally:
        _scope.reset(token)


@contextmanager
def in_control(*, as_owner: bool = False) -> Iterator[None]:
    """Work in the control plane until the block ends; ``as_owner`` is for making, changing and dropping schemas."""
    token = _scope.set(Scope(schema=CONTROL_SCHEMA, as_owner=as_owner))
    try:
        yield
    finally:
        _scope.reset(token)


def scope_now() -> Scope | None:
    """Say which scope is open, or None."""
    return _scope.get()


def required_scope() -> Scope:
    """Say which scope is open. :raises NoScope:"""
    scope = _scope.get()
    if scope is None:
        raise NoScope("no query outside in_store() or in_control()")
    return scope


def current_store() -> StoreRef:
    """Say which store this code works in. :raises NoStore: outside a store."""
    scope = _scope.get()
    if scope is None or scope.store is None:
        raise NoStore("this code works only inside a store")
    return scope.store
