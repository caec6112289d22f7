"""Everything the fake remembers, behind one lock."""

import copy
import json
import os
import secrets
import string
import threading
from collections import deque
from pathlib import Path
from typing import Any

from stripe._api_version import _ApiVersion

from tests.simulators.stripe.clock import Clock
from tests.simulators.stripe.wire import Obj, missing

# The fake is always of the client's own version: its parameters and fields are checked against it
API_VERSION = _ApiVersion.CURRENT
LETTERS = string.ascii_letters + string.digits
PREFIXES = {
    "customer": "cus",
    "payment_method": "pm",
    "setup_intent": "seti",
    "setup_attempt": "setatt",
    "payment_intent": "pi",
    "charge": "ch",
    "refund": "re",
    "dispute": "du",
    "event": "evt",
    "file": "file",
    "balance_transaction": "txn",
    "payout": "po",
    "checkout.session": "cs_test",
}


class Store:
    """Objects by id, saved answers by idempotency key, and the events made so far.

    Keys that start with an underscore are the fake's own notes and never leave it. Handlers run while ``lock`` is
    held, so each request is atomic.
    """

    def __init__(self, *, clock: Clock, public_url: str, state_file: Path | None = None) -> None:
        self.clock = clock
        self.public_url = public_url
        self.state_file = state_file
        self.lock = threading.RLock()
        self.objects: dict[str, Obj] = {}
        self.by_kind: dict[str, dict[str, Obj]] = {}
        self.saved_answers: dict[str, Obj] = {}
        self.keys_in_use: set[str] = set()
        self.outgoing: list[Obj] = []
        self.log: deque[Obj] = deque(maxlen=5000)
        self.request: Obj = {"id": None, "idempotency_key": None}
        self.next_payments_wait = 0
        self.changed = threading.Event()

    def now(self) -> int:
        """This function will return the fake's time in whole seconds, as Stripe's timestamps are."""
        return int(self.clock.now())

    def add(self, kind: str, fields: Obj) -> Obj:
        """This function will give an object its id, type and birth time, and keep it."""
        ref = f"{PREFIXES[kind]}_{''.join(secrets.choice(LETTERS) for _ in range(24))}"
        kept: Obj = {"id": ref, "object": kind, "created": self.now(), **fields}
        self.keep(kept)
        return kept

    def keep(self, each: Obj) -> None:
        self.objects[each["id"]] = each
        self.by_kind.setdefault(each["object"], {})[each["id"]] = each

    def remove(self, each: Obj) -> None:
        """This function will forget one object, as if it had never been made."""
        del self.objects[each["id"]], self.by_kind[each["object"]][each["id"]]

    def get(self, kind: str, ref: str | None, *, param: str = "id") -> Obj:
        """This function will return the living object.

        :raises ApiError: 404 resource_missing, also when the id names another kind of thing.
        """
        found = self.objects.get(ref or "")
        if found is None or found["object"] != kind:
            raise missing(kind, ref or "", param=param)
        return found

    def newest(self, kind: str) -> list[Obj]:
        """This function will list all objects of a kind, the latest first, as Stripe's lists are ordered."""
        return list(reversed(self.by_kind.get(kind, {}).values()))

    def emit(self, type: str, subject: Obj, *, previous: Obj | None = None) -> Obj:
        """This function will record an event with a snapshot of its subject and queue it for delivery."""
        content: Obj = {"object": public(subject)}
        if previous is not None:
            content["previous_attributes"] = previous
        event = self.add(
            "event",
            {
                "type": type,
                "api_version": API_VERSION,
                "data": content,
                "livemode": False,
                "pending_webhooks": 1,
                "request": dict(self.request),
            },
        )
        with self.clock.moved:
            self.outgoing.append({"event": event["id"], "due": self.clock.now(), "attempt": 0, "fresh": True})
            self.clock.moved.notify_all()
        return event

    def forget_everything(self) -> None:
        """This function will empty the store; the clock and the webhook address stay."""
        with self.lock, self.clock.moved:
            self.objects.clear()
            self.by_kind.clear()
            self.saved_answers.clear()
            self.outgoing.clear()
            self.log.clear()
            self.next_payments_wait = 0
        self.changed.set()

    def load(self) -> None:
        """This function will read the state file, if there is one."""
        if self.state_file is None or not self.state_file.exists():
            return
        state = json.loads(self.state_file.read_text(encoding="utf-8"))
        for each in state["objects"]:
            self.keep(each)
        self.saved_answers = state["saved_answers"]
        self.outgoing = state["outgoing"]
        self.clock.offset = state["clock_offset"]

    def save(self) -> None:
        """This function will write the state file in one move, so that a kill leaves the old or the new one."""
        if self.state_file is None:
            return
        with self.lock, self.clock.moved:
            state = json.dumps(
                {
                    "objects": list(self.objects.values()),
                    "saved_answers": self.saved_answers,
                    "outgoing": self.outgoing,
                    "clock_offset": self.clock.offset,
                },
                ensure_ascii=False,
            )
        beside = self.state_file.with_suffix(".writing")
        beside.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(state, encoding="utf-8")
        os.replace(beside, self.state_file)


def public(value: Any) -> Any:
    """This function will return a copy without the fake's own notes."""
    if isinstance(value, dict):
        return {key: public(inner) for key, inner in value.items() if not key.startswith("_")}
    if isinstance(value, list):
        return [public(inner) for inner in value]
    return copy.copy(value)
