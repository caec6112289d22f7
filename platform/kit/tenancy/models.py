"""The base of every table: a UUIDv7 key, and rows that remember the schema they came from."""

from collections.abc import Collection
from typing import Any, Self, TypeVar

from django.db import models

from kit.ids import new_id
from kit.tenancy.scope import WrongScope, required_scope, scope_now


def _refuse_stranger(instance: models.Model, doing: str) -> None:
    home = getattr(instance._state, "linli_schema", None)
    if home is not None and home != required_scope().schema:
        raise WrongScope(f"a {type(instance).__name__} of {home} was {doing} in {required_scope().schema}")


_Row = TypeVar("_Row", bound=models.Model, covariant=True)


class ScopedQuerySet(models.QuerySet[_Row]):
    """A query that may be evaluated only in the schema it was written in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scope = scope_now()
        if scope is not None and getattr(self.query, "linli_schema", None) is None:
            self.query.linli_schema = scope.schema  # type: ignore[attr-defined]
        self._refuse_strange_hint()

    def _add_hints(self, **hints: Any) -> None:
        super()._add_hints(**hints)  # type: ignore[misc]
        self._refuse_strange_hint()

    def _refuse_strange_hint(self) -> None:
        instance = self._hints.get("instance")  # type: ignore[attr-defined]
        if isinstance(instance, models.Model) and scope_now() is not None:
            _refuse_stranger(instance, "followed")


class ScopedModel(models.Model):
    """A row with a UUIDv7 key that refuses to be saved, deleted or refreshed in another schema."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    objects = models.Manager.from_queryset(ScopedQuerySet)()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **later: Any) -> Self:
        instance = super().from_db(db, field_names, values, **later)
        instance._state.linli_schema = required_scope().schema  # type: ignore[attr-defined]
        return instance

    # Django's own hooks, taken for the guard alone: nothing of the trade happens here.
    def save_base(self, *args: Any, **kwargs: Any) -> None:
        _refuse_stranger(self, "saved")
        super().save_base(*args, **kwargs)
        self._state.linli_schema = required_scope().schema  # type: ignore[attr-defined]

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        _refuse_stranger(self, "deleted")
        return super().delete(*args, **kwargs)
