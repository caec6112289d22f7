"""What strikes the running code between two statements: a worker that dies, a wire that is cut, an answer that is lost.

Nothing is left to time: a strike comes at a counted statement, so the same count strikes at the same place again.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from celery import Task
from django.db import OperationalError, connection

DIES = "the worker dies"
CUT = "the wire is cut"
UNHEARD = "the commit is not heard of"
FORGETFUL = "the broker forgets"
STRIKES = [DIES, CUT, UNHEARD, FORGETFUL]


class Died(BaseException):
    """The worker was killed here. No code of ours sees it: only what the database has committed is left."""


@contextmanager
def struck(strike: str, *, at: int) -> Iterator[None]:
    """Let a strike come at the statement (or, of a commit, at the commit) with this number, counted from one."""
    if strike == FORGETFUL:
        with broker_forgets():
            yield
    elif strike == UNHEARD:
        with _commits_unheard(at):
            yield
    elif strike:
        with connection.execute_wrapper(_Statements(strike, at)):
            yield
    else:
        yield


@contextmanager
def broker_forgets() -> Iterator[list[str]]:
    """Let every task that is published be gone, as after a FLUSHALL of Redis; yield the names of what was."""
    gone: list[str] = []

    def publish(task: Task, *_given: Any, **_more: Any) -> None:  # type: ignore[type-arg]
        gone.append(str(task.name))

    with patch.object(Task, "apply_async", publish):
        yield gone


class _Statements:
    """Counts statements, and strikes at one."""

    def __init__(self, strike: str, at: int) -> None:
        self.strike, self.left = strike, at

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            if self.strike == DIES:
                raise Died
            connection.connection.close()
        return execute(sql, params, many, context)


@contextmanager
def _commits_unheard(at: int) -> Iterator[None]:
    commit, left = connection._commit, at  # type: ignore[attr-defined]

    def commit_and_be_cut() -> None:
        nonlocal left
        commit()
        left -= 1
        if left == 0:
            connection.connection.close()
            raise OperationalError("the answer to the commit never came")

    with patch.object(connection, "_commit", commit_and_be_cut):
        yield
