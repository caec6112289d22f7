"""The fake's own time: it runs like the wall's, may be moved, and may be stopped."""

import threading
import time


class Clock:
    """Seconds since 1970 as the fake sees them; every mover is woken when it jumps."""

    def __init__(self) -> None:
        self.moved = threading.Condition()
        self.offset = 0.0
        self.frozen_at: float | None = None

    def now(self) -> float:
        """This function will return the fake's present moment."""
        return self.frozen_at if self.frozen_at is not None else time.time() + self.offset

    def set(self, moment: float) -> None:
        """This function will move the fake to a moment; a stopped clock stays stopped there."""
        with self.moved:
            if self.frozen_at is not None:
                self.frozen_at = moment
            else:
                self.offset = moment - time.time()
            self.moved.notify_all()

    def freeze(self, frozen: bool) -> None:
        """This function will stop the clock, or let it run on from where it stands."""
        here = self.now()
        with self.moved:
            self.frozen_at = here if frozen else None
            self.offset = here - time.time()
            self.moved.notify_all()
