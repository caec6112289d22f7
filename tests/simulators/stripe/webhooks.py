"""Signed deliveries: retried with growing pauses, and spoiled on demand."""

import hmac
import http.client
import json
import random
import threading
from collections import deque
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

from tests.simulators.stripe.store import Store, public
from tests.simulators.stripe.wire import Obj

TIMEOUT_SECONDS = 10.0
# Stripe tries for up to three days with growing pauses; the exact ones are not published
RETRY_SECONDS = (5.0, 60.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 43200.0, 86400.0)


@dataclass
class Mischief:
    """What goes wrong on the way to the receiver."""

    hold: bool = False  # keep everything back until released
    duplicates: int = 0  # extra copies of every event
    delay_seconds: float = 0.0
    drop: int = 0  # the next so many events are lost for good
    drop_types: list[str] = field(default_factory=list)
    retry_seconds: list[float] = field(default_factory=lambda: list(RETRY_SECONDS))


class Webhooks:
    """One endpoint and the thread that serves it. Time is the fake's, so moving the clock makes retries due."""

    def __init__(self, store: Store, *, url: str, secret: str) -> None:
        self.store = store
        self.url = url
        self.secret = secret
        self.mischief = Mischief()
        self.attempts: deque[Obj] = deque(maxlen=5000)
        self.busy = False
        self.stopping = False
        self.thread = threading.Thread(target=self.run, name="webhooks", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        with self.store.clock.moved:
            self.stopping = True
            self.store.clock.moved.notify_all()
        self.thread.join(timeout=TIMEOUT_SECONDS)

    def run(self) -> None:
        moved = self.store.clock.moved
        while True:
            with moved:
                self.busy = False
                moved.notify_all()
                delivery = self.take_due()
                while delivery is None and not self.stopping:
                    moved.wait(self.seconds_to_next())
                    delivery = self.take_due()
                if self.stopping or delivery is None:
                    return
                self.busy = True
            self.deliver(delivery)

    def take_due(self) -> Obj | None:
        outgoing, clock = self.store.outgoing, self.store.clock
        self.spoil_fresh()
        if self.mischief.hold or not self.url:
            return None
        due = [each for each in outgoing if each["due"] <= clock.now()]
        if not due:
            return None
        first = min(due, key=lambda each: each["due"])
        outgoing.remove(first)
        return first

    def spoil_fresh(self) -> None:
        """Apply losses, delays and copies once, when an event is first seen."""
        outgoing, mischief = self.store.outgoing, self.mischief
        for delivery in [each for each in outgoing if each.pop("fresh", False)]:
            event = self.store.objects.get(delivery["event"])
            if event is None or event["type"] in mischief.drop_types:
                outgoing.remove(delivery)
            elif mischief.drop > 0:
                mischief.drop -= 1
                outgoing.remove(delivery)
            else:
                delivery["due"] += mischief.delay_seconds
                outgoing.extend(dict(delivery) for _ in range(mischief.duplicates))

    def seconds_to_next(self) -> float | None:
        clock = self.store.clock
        if self.mischief.hold or not self.url or not self.store.outgoing or clock.frozen_at is not None:
            return None
        soonest: float = min(each["due"] for each in self.store.outgoing)
        return min(max(soonest - clock.now(), 0.001), threading.TIMEOUT_MAX)

    def deliver(self, delivery: Obj) -> None:
        event = self.store.objects.get(delivery["event"])
        if event is None:
            return
        status = self.post(*self.letter(event))
        self.attempts.append(
            {"event": event["id"], "type": event["type"], "attempt": delivery["attempt"] + 1, "status": status}
        )
        if 200 <= status < 300:
            event["pending_webhooks"] = 0
        elif delivery["attempt"] < len(self.mischief.retry_seconds):
            pause = self.mischief.retry_seconds[delivery["attempt"]]
            with self.store.clock.moved:
                due = self.store.clock.now() + pause
                self.store.outgoing.append({**delivery, "attempt": delivery["attempt"] + 1, "due": due})
        self.store.changed.set()

    def letter(self, event: Obj) -> tuple[bytes, str]:
        """This function will return the body to send and its signature."""
        body = json.dumps(public(event), indent=2, ensure_ascii=False).encode()
        return body, sign(body, secret=self.secret, moment=self.store.now())

    def post(self, body: bytes, signature: str | None) -> int:
        """This function will send one letter and return the receiver's status, or 0 when nobody answered."""
        target = urlsplit(self.url)
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0"}
        if signature is not None:
            headers["Stripe-Signature"] = signature
        opener = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
        # Names under .localhost are this machine (RFC 6761), which not every resolver knows.
        name = target.hostname or ""
        here = name == "localhost" or name.endswith(".localhost")
        connection = opener("127.0.0.1" if here else name, target.port, timeout=TIMEOUT_SECONDS)
        headers["Host"] = target.netloc
        try:
            path = f"{target.path or '/'}?{target.query}" if target.query else target.path or "/"
            connection.request("POST", path, body=body, headers=headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def release(self, *, order: str, seed: int) -> None:
        """This function will let held events go, in their order, reversed or shuffled."""
        with self.store.clock.moved:
            self.spoil_fresh()
            outgoing = self.store.outgoing
            dues = sorted(each["due"] for each in outgoing)
            if order == "reversed":
                outgoing.reverse()
            elif order == "shuffled":
                random.Random(seed).shuffle(outgoing)
            # min() takes the first of equals, so sorted due times keep the order just made
            for delivery, due in zip(outgoing, dues, strict=True):
                delivery["due"] = due
            self.mischief.hold = False
            self.store.clock.moved.notify_all()

    def redeliver(self, event: Obj, *, times: int) -> None:
        """This function will queue an event again, as the "Resend" button does."""
        with self.store.clock.moved:
            for _ in range(times):
                self.store.outgoing.append({"event": event["id"], "due": self.store.clock.now(), "attempt": 0})
            self.store.clock.moved.notify_all()

    def forge(self, event: Obj, *, kind: str) -> int:
        """This function will send a letter that must be refused, and return the receiver's status."""
        body, good = self.letter(event)
        now = self.store.now()
        if kind == "wrong_secret":
            return self.post(body, sign(body, secret="whsec_someone_else", moment=now))
        if kind == "no_signature":
            return self.post(body, None)
        if kind == "stale":
            return self.post(body, sign(body, secret=self.secret, moment=now - 86400))
        if kind == "tampered":
            return self.post(body.replace(b'"livemode": false', b'"livemode": true '), good)
        raise ValueError(kind)

    def wait_idle(self, *, timeout: float) -> bool:
        """This function will wait until nothing is due or on its way."""

        def idle() -> bool:
            now = self.store.clock.now()
            waiting = any(each["due"] <= now for each in self.store.outgoing)
            return not self.busy and (self.mischief.hold or not self.url or not waiting)

        with self.store.clock.moved:
            return self.store.clock.moved.wait_for(idle, timeout=timeout)

    def report(self) -> Obj:
        """This function will tell what was sent, what waits, and what is being spoiled."""
        with self.store.clock.moved:
            return {
                "url": self.url,
                "mischief": asdict(self.mischief),
                "waiting": [dict(each) for each in self.store.outgoing],
                "attempts": list(self.attempts),
            }


def sign(body: bytes, *, secret: str, moment: int) -> str:
    """This function will make a ``Stripe-Signature`` header (scheme v1)."""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, sha256).hexdigest()
    return f"t={moment},v1={digest}"
