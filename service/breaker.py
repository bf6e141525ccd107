"""Keeps requests away from a part that fails or answers late: after the first of them one thread asks, and nobody else.

Whoever finds the part broken opens the breaker; the thread asks every second, and a quick answer closes it. So a dead
Redis costs one request its short timeout, however long it is dead, and a slow one costs nobody anything.
"""

import threading
import time
import weakref
from collections.abc import Callable

ASK_EVERY = 1.0  # seconds


class Breaker:
    """Closed as long as all is well; `ask` is called from a thread and returns whether all is well again."""

    def __init__(self, ask: Callable[[], bool]) -> None:
        self._ask = ask
        self._open = False
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def is_closed(self) -> bool:
        """Whether the part is worth a request's time."""
        if not self._open:
            return True
        if self._thread is None or not self._thread.is_alive():  # a thread does not survive a fork
            self.open()
        return False

    def open(self) -> None:
        """Leave the part to the thread."""
        with self._lock:
            self._open = True
            if self._thread is None or not self._thread.is_alive():
                # It holds us weakly, so that it ends with us.
                self._thread = threading.Thread(
                    target=_keep_asking, args=(weakref.ref(self),), name="breaker", daemon=True
                )
                self._thread.start()

    def try_closing(self) -> bool:
        """Ask now; whether that closed the breaker."""
        well = self._ask()
        with self._lock:
            if well:
                self._open, self._thread = False, None
        return well


def _keep_asking(watched: "weakref.ref[Breaker]") -> None:
    while True:
        time.sleep(ASK_EVERY)
        breaker = watched()
        if breaker is None or breaker.try_closing():
            return
        del breaker
