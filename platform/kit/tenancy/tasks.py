"""Celery tasks that run in their store or not at all.

A store's task takes the keyword ``store`` (the merchant's id). It refuses to be published without one, and to run
for a merchant that is gone, unfinished or suspended. A control task runs in the control plane.
"""

from typing import Any

import structlog
from celery import Task

from kit.tenancy.directory import WORKING_STATES, find_store
from kit.tenancy.scope import NoStore, in_control, in_store, scope_now

log = structlog.get_logger(__name__)


class StoreUnavailable(RuntimeError):
    """The task's store does not exist or may not work now. The body did not run."""


class StoreTask(Task):  # type: ignore[type-arg]
    """A task inside one store: ``@shared_task(base=StoreTask)``, called with ``store=<merchant id>``."""

    abstract = True

    def apply_async(self, args: Any = None, kwargs: Any = None, *more: Any, **options: Any) -> Any:
        self._refuse_without_store(kwargs or {})
        return super().apply_async(args, kwargs, *more, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._refuse_without_store(kwargs)
        with in_control():
            ref = find_store(kwargs["store"])
        if ref is None or ref.state not in WORKING_STATES:
            log.warning("task_refused", task=self.name, store=str(kwargs["store"]), state=ref and ref.state)
            raise StoreUnavailable(f"{self.name}: store {kwargs['store']} is {ref.state if ref else 'gone'}")
        with in_store(ref), structlog.contextvars.bound_contextvars(store=ref.slug, task=self.name):
            return super().__call__(*args, **kwargs)

    def _refuse_without_store(self, kwargs: dict[str, Any]) -> None:
        if not kwargs.get("store"):
            raise NoStore(f"{self.name} needs store=<merchant id>")
        scope = scope_now()
        if scope and scope.store and str(scope.store.merchant_id) != str(kwargs["store"]):
            raise NoStore(f"{self.name} of another store was called inside {scope.store.slug}")


class ControlTask(Task):  # type: ignore[type-arg]
    """A task in the control plane: ``@shared_task(base=ControlTask)``."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with in_control(), structlog.contextvars.bound_contextvars(task=self.name):
            return super().__call__(*args, **kwargs)
