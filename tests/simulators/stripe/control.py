"""The fake's own levers, under /_control: what no real Stripe would let you do."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from tests.simulators.stripe.faults import KINDS, Faults
from tests.simulators.stripe.resources import charging, disputes, payouts
from tests.simulators.stripe.store import Store, public
from tests.simulators.stripe.timeline import catch_up
from tests.simulators.stripe.webhooks import Mischief, Webhooks
from tests.simulators.stripe.wire import ApiError, Obj

DISPUTE_ENDS = {"win": True, "lose": False}


class Control:
    """Answers to GET and POST under /_control; see LEVERS for the list."""

    def __init__(self, store: Store, faults: Faults, webhooks: Webhooks) -> None:
        self.store = store
        self.faults = faults
        self.webhooks = webhooks

    def answer(self, method: str, path: str, given: Obj) -> Obj:
        """This function will pull one lever and tell what it did.

        :raises ApiError: 404 for an unknown lever, 400 for a wrong setting.
        """
        lever = LEVERS.get((method, path.removeprefix("/_control").rstrip("/")))
        if lever is None:
            raise ApiError(404, f"No such lever: {method} {path}", levers=[f"{verb} {name}" for verb, name in LEVERS])
        result: Obj = lever(self, given)
        self.store.changed.set()
        return result

    def read_clock(self, given: Obj) -> Obj:
        clock = self.store.clock
        return {"now": clock.now(), "frozen": clock.frozen_at is not None}

    def move_clock(self, given: Obj) -> Obj:
        clock = self.store.clock
        with self.store.lock:
            if "frozen" in given:
                clock.freeze(bool(given["frozen"]))
            if "at" in given:
                clock.set(read_moment(given["at"]))
            if "advance_seconds" in given:
                clock.set(clock.now() + float(given["advance_seconds"]))
            catch_up(self.store)
        return self.read_clock({})

    def read_faults(self, given: Obj) -> Obj:
        return {"plans": self.faults.report(), "kinds": KINDS}

    def plan_fault(self, given: Obj) -> Obj:
        if given.get("clear"):
            self.faults.clear()
        else:
            self.faults.plan(given)
        return self.read_faults({})

    def read_webhooks(self, given: Obj) -> Obj:
        return self.webhooks.report()

    def set_webhooks(self, given: Obj) -> Obj:
        known = {each.name for each in fields(Mischief)}
        if unknown := set(given) - known - {"url", "secret", "reset"}:
            raise ApiError(400, f"Unknown fields: {', '.join(sorted(unknown))}.")
        with self.store.clock.moved:
            if given.get("reset"):
                self.webhooks.mischief = Mischief()
            self.webhooks.url = given.get("url", self.webhooks.url)
            self.webhooks.secret = given.get("secret", self.webhooks.secret)
            for name in known & set(given):
                setattr(self.webhooks.mischief, name, given[name])
            self.store.clock.moved.notify_all()
        return self.webhooks.report()

    def release_webhooks(self, given: Obj) -> Obj:
        order = given.get("order", "as_made")
        if order not in ("as_made", "reversed", "shuffled"):
            raise ApiError(400, "order is as_made, reversed or shuffled.", param="order")
        self.webhooks.release(order=order, seed=int(given.get("seed", 0)))
        return {"idle": self.webhooks.wait_idle(timeout=float(given.get("timeout", 10)))}

    def wait_webhooks(self, given: Obj) -> Obj:
        return {"idle": self.webhooks.wait_idle(timeout=float(given.get("timeout", 10)))}

    def redeliver(self, given: Obj) -> Obj:
        event = self.store.get("event", given.get("event"))
        self.webhooks.redeliver(event, times=int(given.get("times", 1)))
        return {"idle": self.webhooks.wait_idle(timeout=float(given.get("timeout", 10)))}

    def forge(self, given: Obj) -> Obj:
        event = given.get("event")
        subject = event if isinstance(event, dict) else self.store.get("event", event)
        try:
            return {"status": self.webhooks.forge(subject, kind=given.get("kind", "wrong_secret"))}
        except ValueError as error:
            raise ApiError(400, "kind is wrong_secret, no_signature, stale or tampered.", param="kind") from error

    def emit(self, given: Obj) -> Obj:
        with self.store.lock:
            subject = self.store.objects.get(given.get("object", ""))
            if subject is None:
                raise ApiError(404, "No such object.", param="object")
            return {"event": self.store.emit(given["type"], subject)["id"]}

    def open_dispute(self, given: Obj) -> Obj:
        with self.store.lock:
            ref = given.get("charge") or self.store.get("payment_intent", given.get("payment_intent"))["latest_charge"]
            return disputes.open_dispute(
                self.store,
                self.store.get("charge", ref),
                reason=given.get("reason", "fraudulent"),
                inquiry=bool(given.get("inquiry")),
                amount=given.get("amount"),
            )

    def end_dispute(self, given: Obj) -> Obj:
        if given.get("outcome") not in DISPUTE_ENDS:
            raise ApiError(400, "outcome is win or lose.", param="outcome")
        with self.store.lock:
            dispute = self.store.get("dispute", given.get("dispute"))
            return disputes.end(self.store, dispute, won=DISPUTE_ENDS[given["outcome"]])

    def hold_payments(self, given: Obj) -> Obj:
        self.store.next_payments_wait = int(given.get("next", 1))
        return {"next": self.store.next_payments_wait}

    def settle_payment(self, given: Obj) -> Obj:
        with self.store.lock:
            intent = self.store.get("payment_intent", given.get("payment_intent"))
            return charging.settle_waiting(self.store, intent, succeed=given.get("outcome", "succeed") == "succeed")

    def authenticate(self, given: Obj) -> Obj:
        with self.store.lock:
            intent = self.store.get("payment_intent", given.get("payment_intent"))
            return charging.authenticate(self.store, intent, approved=given.get("outcome", "approve") == "approve")

    def pay_out(self, given: Obj) -> Obj:
        with self.store.lock:
            catch_up(self.store)
            return {"payout": payouts.sweep(self.store, currency=given.get("currency", "cny"))}

    def read_log(self, given: Obj) -> Obj:
        return {"requests": list(self.store.log)}

    def read_objects(self, given: Obj) -> Obj:
        with self.store.lock:
            counts: dict[str, int] = {}
            for each in self.store.objects.values():
                counts[each["object"]] = counts.get(each["object"], 0) + 1
            return {"counts": counts}

    def reset(self, given: Obj) -> Obj:
        self.store.forget_everything()
        self.faults.clear()
        with self.store.clock.moved:
            self.webhooks.mischief = Mischief()
            self.webhooks.attempts.clear()
        self.store.clock.freeze(False)
        self.store.clock.offset = 0.0
        return {"reset": True}


def read_moment(value: Any) -> float:
    """This function will read seconds since 1970 or an ISO 8601 time with its offset."""
    if isinstance(value, int | float):
        return float(value)
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ApiError(400, "Give the time with its offset, like 2027-01-01T00:30:00+08:00.", param="at")
    return moment.timestamp()


LEVERS: dict[tuple[str, str], Any] = {
    ("GET", "/clock"): Control.read_clock,
    ("POST", "/clock"): Control.move_clock,
    ("GET", "/faults"): Control.read_faults,
    ("POST", "/faults"): Control.plan_fault,
    ("GET", "/webhooks"): Control.read_webhooks,
    ("POST", "/webhooks"): Control.set_webhooks,
    ("POST", "/webhooks/release"): Control.release_webhooks,
    ("POST", "/webhooks/wait"): Control.wait_webhooks,
    ("POST", "/webhooks/redeliver"): Control.redeliver,
    ("POST", "/webhooks/forge"): Control.forge,
    ("POST", "/events"): Control.emit,
    ("POST", "/disputes"): Control.open_dispute,
    ("POST", "/disputes/end"): Control.end_dispute,
    ("POST", "/payments/hold"): Control.hold_payments,
    ("POST", "/payments/settle"): Control.settle_payment,
    ("POST", "/payments/authenticate"): Control.authenticate,
    ("POST", "/payouts"): Control.pay_out,
    ("GET", "/requests"): Control.read_log,
    ("GET", "/objects"): Control.read_objects,
    ("POST", "/reset"): Control.reset,
}


def shown(result: Obj) -> Obj:
    """This function will hide the fake's own notes from a lever's answer."""
    cleaned: Obj = public(result)
    return cleaned
