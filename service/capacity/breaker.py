"""Keeps requests away from a part that fails or answers late: after the first failure one thread probes it.

The request that finds the part broken opens the breaker. The thread probes every second, and a quick answer closes the
breaker. So a dead Redis costs one request a short timeout, however long it is dead.
"""

import threading
import time
import weakref
from collections.abc import Callable

ASK_EVERY = 1.0  # seconds


class Breaker:
    """Closed while all is well; `ask` is called from a thread and returns whether the part works again."""

    def __init__(self, ask: Callable[[], bool]) -> None:
        self._ask = ask
        self._open = False
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def is_closed(self) -> bool:
        """Whether a request may use the part."""
        if not self._open:
            return True
        if self._thread is None or not self._thread.is_alive():  # a thread does not survive a fork
            self.open()
        return False

    def open(self) -> None:
        """Keep requests away until a probe succeeds."""
        with self._lock:
            self._open = True
            if self._thread is None or not self._thread.is_alive():
                # A weak reference, so that the thread ends with the breaker.
                self._thread = threading.Thread(
                    target=_keep_asking, args=(weakref.ref(self),), name="breaker", daemon=True
                )
                self._thread.start()

    def try_closing(self) -> bool:
        """Probe now; return whether that closed the breaker."""
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
