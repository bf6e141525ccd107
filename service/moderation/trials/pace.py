"""How long a trial may take. It is asked between two comments, so that nothing has to be interrupted."""

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


class OutOfTime(Exception):
    """The trial was not done in its time."""


@dataclass(frozen=True)
class Pace:
    """Walks over a trial's comments and terms until `until`, by the monotonic clock; raises OutOfTime after it."""

    until: float = math.inf

    def over(self, items: Iterable[T], /) -> Iterator[T]:
        """Return the items one by one, and let other threads work in between."""
        for item in items:
            if time.monotonic() > self.until:
                raise OutOfTime
            time.sleep(0)
            yield item


UNHURRIED = Pace()
