"""Where a request that waits for a verdict leaves its thread: the front finds here what it waits for.

A server other than ours gives requests no parking; they then wait on their threads.
"""

from collections.abc import Callable
from dataclasses import dataclass

from service.api.announcements import Expectation

PARKING = "moderato.parking"  # in the WSGI environment


class Parked(Exception):
    """The request waits without a thread; its answer now is thrown away."""


@dataclass(frozen=True)
class Wait:
    """What a request waits for, how long, and what ends its waiting."""

    expectation: Expectation
    seconds: float
    leave: Callable[[], None]


@dataclass
class Parking:
    """The waiting of one request; a request waits once."""

    wait: Wait | None = None
    is_over: bool = False

    def park(self, wait: Wait, /) -> Parked:
        """Note what to wait for and return the exception that ends this run of the view."""
        self.wait = wait
        return Parked()

    def leave(self) -> None:
        """End the waiting; the request is run again, and waits no more."""
        if self.wait is not None:
            self.wait.leave()
        self.wait, self.is_over = None, True
