"""Whose work comes next where one worker does it all, and how long a piece of work will take.

Start-time fair queueing (Goyal, Vin and Cheng, 1996): each caller has a clock of its own that its work moves on, by the
seconds that the work took over the caller's weight, and the caller whose clock is behind comes next. Whoever comes new
starts at the clock of the work in hand: a caller with much work delays others by one piece of it at most, and gets all
the time that they leave.
"""

import math
from collections.abc import Sequence

FORGET_SECONDS = 8.0  # in which half of what was learnt about the pace is forgotten


class FairTime:
    """The clocks of those who have used more than others lately."""

    def __init__(self) -> None:
        self._now = 0.0  # the clock of the work done last, when it began
        self._clocks: dict[str, float] = {}  # only those ahead of it

    def first_of(self, callers: Sequence[str], /) -> int:
        """Return the place in `callers`, in the order in which they came, of the one whose work comes next."""
        return min(range(len(callers)), key=lambda place: (self._clock(callers[place]), place))

    def spend(self, caller: str, seconds: float, /, *, weight: float = 1.0) -> None:
        """Count what the caller's work took."""
        self._now = max(self._now, began := self._clock(caller))
        self._clocks[caller] = began + seconds / weight
        self._clocks = {one: clock for one, clock in self._clocks.items() if clock > self._now}

    def _clock(self, caller: str) -> float:
        return max(self._now, self._clocks.get(caller, 0.0))


class Pace:
    """How many seconds a character takes, by what was read lately. Times are of the monotonic clock."""

    def __init__(self) -> None:
        self._each = self._at = 0.0

    def seconds(self, characters: float, /, *, now: float) -> float:
        """Return how long so many characters will take; the less, the longer ago any were read: it is tried again."""
        return characters * self._each * math.pow(0.5, (now - self._at) / FORGET_SECONDS)

    def learn(self, characters: float, seconds: float, /, *, now: float) -> None:
        """Note how long so many characters took."""
        known, new = self.seconds(1.0, now=now), seconds / characters
        self._each, self._at = (known + new) / 2 if known else new, now
