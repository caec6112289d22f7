"""Events: what happened, as it was then."""

from tests.simulators.stripe.resources.listing import list_of, page
from tests.simulators.stripe.store import Store
from tests.simulators.stripe.wire import Obj


def retrieve(store: Store, params: Obj, ref: str) -> Obj:
    return store.get("event", ref)


def list_all(store: Store, params: Obj) -> Obj:
    wanted = params.get("types") or ([params["type"]] if "type" in params else [])
    if not wanted:
        return list_of(store, "event", params, url="/v1/events")
    everything = list_of(store, "event", {**params, "limit": 100}, url="/v1/events")
    found = [each for each in everything["data"] if matches(each["type"], wanted)]
    limit = params.get("limit", 10)
    return page(found[:limit], more=len(found) > limit or everything["has_more"], url="/v1/events")


def matches(type_name: str, wanted: list[str]) -> bool:
    return any(type_name == each or (each.endswith(".*") and type_name.startswith(each[:-1])) for each in wanted)
