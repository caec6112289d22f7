"""Files that are handed in: evidence for a dispute. Their content is known by its hash alone."""

from tests.simulators.stripe.resources.listing import list_of
from tests.simulators.stripe.store import Store
from tests.simulators.stripe.wire import ApiError, Obj

MOST_BYTES = 5_000_000
TAKEN = {"dispute_evidence": ("pdf", "jpg", "png")}


def create(store: Store, params: Obj) -> Obj:
    given, purpose = params["file"], params["purpose"]
    if not isinstance(given, dict):
        raise ApiError(400, "Invalid file.", param="file")
    if purpose not in TAKEN or given["type"] not in TAKEN[purpose]:
        raise ApiError(400, f"Invalid file: {given['type']} for the purpose {purpose}.", param="file")
    size = int(given["size"])
    if not 0 < size <= MOST_BYTES:
        raise ApiError(400, "File size too large.", param="file")
    return store.add(
        "file",
        {
            "expires_at": None,
            "filename": given["filename"],
            "purpose": purpose,
            "size": size,
            "title": None,
            "type": given["type"],
            "url": None,
            "_sha256": given["sha256"],
        },
    )


def retrieve(store: Store, params: Obj, ref: str) -> Obj:
    return store.get("file", ref)


def list_all(store: Store, params: Obj) -> Obj:
    return list_of(store, "file", params, url="/v1/files", purpose=params.get("purpose"))
