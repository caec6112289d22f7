"""What may go wrong between the client and Stripe, on demand."""

import threading
from dataclasses import asdict, dataclass, field

from tests.simulators.stripe.wire import ApiError, Obj

# kind -> what the client sees, and what happened meanwhile
KINDS = {
    "500": "500, nothing happened, nothing remembered",
    "500_after_effect": "500, but it happened; the true answer is kept under the key",
    "500_saved": "500, but it happened; the 500 itself is kept under the key, as Stripe documents",
    "502_html": "502 from a proxy, not even JSON; nothing happened",
    "429": "429, nothing happened",
    "hang": "no answer for `seconds`, nothing happened",
    "hang_after_effect": "no answer for `seconds`, but it happened",
    "reset": "the connection is reset, nothing happened",
    "reset_after_effect": "the connection is reset, but it happened",
    "slow": "the true answer, `seconds` late, its key being in use meanwhile",
}


@dataclass
class Fault:
    """A plan for the next ``count`` requests of a method whose path begins so."""

    kind: str
    count: int = 1
    method: str = ""
    path: str = "/v1/"
    seconds: float = 30.0


@dataclass
class Faults:
    """The plans still open, the first match wins."""

    plans: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopping: threading.Event = field(default_factory=threading.Event)

    def plan(self, given: Obj) -> None:
        """This function will add a plan.

        :raises ApiError: 400 for an unknown kind or field.
        """
        if given.get("kind") not in KINDS:
            raise ApiError(400, f"Unknown fault; known are {', '.join(KINDS)}.", param="kind")
        if unknown := set(given) - set(Fault.__dataclass_fields__):
            raise ApiError(400, f"Unknown fields: {', '.join(sorted(unknown))}.")
        with self.lock:
            self.plans.append(Fault(**given))

    def clear(self) -> None:
        with self.lock:
            self.plans.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """This function will use up one turn of the first plan that fits the request."""
        with self.lock:
            for plan in self.plans:
                if plan.method in ("", method) and path.startswith(plan.path):
                    plan.count -= 1
                    if plan.count <= 0:
                        self.plans.remove(plan)
                    return plan
        return None

    def wait(self, seconds: float) -> None:
        """This function will keep a client waiting, but never a server that wants to stop."""
        self.stopping.wait(seconds)

    def report(self) -> list[Obj]:
        with self.lock:
            return [asdict(each) for each in self.plans]
