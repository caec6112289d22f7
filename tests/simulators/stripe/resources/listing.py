"""Stripe's lists: newest first, cut by cursors."""

from typing import Any

from tests.simulators.stripe.store import Store
from tests.simulators.stripe.wire import ApiError, Obj

COMPARE = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def list_of(store: Store, kind: str, params: Obj, *, url: str, **equal: Any) -> Obj:
    """This function will return one page; ``equal`` fields that are None do not filter."""
    found = [
        each
        for each in store.newest(kind)
        if all(each.get(name) == wanted for name, wanted in equal.items() if wanted is not None)
        and created_within(each, params.get("created"))
    ]
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise ApiError(400, "Invalid integer: limit must be between 1 and 100", param="limit")
    refs = [each["id"] for each in found]
    if after := params.get("starting_after"):
        store.get(kind, after, param="starting_after")
        found = found[refs.index(after) + 1 :] if after in refs else []
    elif before := params.get("ending_before"):
        store.get(kind, before, param="ending_before")
        earlier = found[: refs.index(before)] if before in refs else []
        return page(earlier[-limit:], more=len(earlier) > limit, url=url)
    return page(found[:limit], more=len(found) > limit, url=url)


def page(items: list[Obj], *, more: bool = False, url: str) -> Obj:
    return {"object": "list", "data": items, "has_more": more, "url": url}


def created_within(each: Obj, bounds: Any) -> bool:
    if bounds is None:
        return True
    if isinstance(bounds, int):
        return bool(each["created"] == bounds)
    return all(COMPARE[name](each["created"], bound) for name, bound in bounds.items())


def merge_metadata(kept: Obj, given: Any) -> Obj:
    """This function will apply Stripe's rule: named keys are set, empty ones removed, '' removes all."""
    if given is None:
        return kept
    if given == "":
        return {}
    merged = {**kept, **given}
    return {key: value for key, value in merged.items() if value != ""}
