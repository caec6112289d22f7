"""The guarded backend, counting every statement, savepoint, commit and rollback; at the fatal one it dies.

``fate.at`` is the number of the step that is not reached alive; 0 lives for ever and only counts.
"""

import os
import signal
from typing import Any

from kit.tenancy.backend import base as guarded


class Fate:
    """How many steps were taken, and which will be the last."""

    def __init__(self) -> None:
        self.at = 0
        self.steps: list[str] = []

    def step(self, what: str) -> None:
        self.steps.append(what)
        if len(self.steps) == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


fate = Fate()


class DatabaseWrapper(guarded.DatabaseWrapper):
    """As the product's, but mortal."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(_before)

    def _handle_search_path(self, cursor: Any = None) -> None:
        fate.step("SET search_path")
        super()._handle_search_path(cursor)

    def _bare(self, statement: str) -> None:
        fate.step(statement)
        super()._bare(statement)

    def _commit(self) -> Any:
        fate.step("COMMIT")
        return super()._commit()

    def _rollback(self) -> Any:
        fate.step("ROLLBACK")
        return super()._rollback()


def _before(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
    fate.step(str(sql)[:60])
    return execute(sql, params, many, context)
