"""How something limited is shared between sites: each may take more while much is free, and less when others come.

The rule is that of dynamic thresholds (Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet
switches", 1998): a site may hold `generosity` times its weight times what is still free. One site alone therefore takes
most of it, some is always left for the next, and nobody has to be counted in advance.
"""

import threading
import time
from collections import Counter

GENEROSITY = 2.0  # of what is free: one site alone takes two thirds
LIGHTEST, HEAVIEST = 0.1, 10.0  # weights; 1 is the default


def admits(
    own: int, total: int, capacity: int, /, *, weight: float = 1.0, generosity: float = GENEROSITY, last: bool = False
) -> bool:
    """Whether a site that holds `own` of `total` taken places may take one more; `last`: may it take the last one."""
    free = capacity - total
    if free <= 0:
        return False
    return own == 0 or ((last or free > 1) and own < generosity * weight * free)


class Places:
    """A number of places that threads take and give back, each site its share."""

    def __init__(self, capacity: int, /, *, generosity: float = GENEROSITY) -> None:
        self._capacity, self._generosity = capacity, generosity
        self._taken: Counter[str] = Counter()
        self._changed = threading.Condition()

    def take(self, site_id: str, /, *, weight: float = 1.0, patience: float = 0.0) -> bool:
        """Take a place, waiting for one up to `patience` seconds; False if the site gets none."""
        until = time.monotonic() + patience
        with self._changed:
            while not self._admits(site_id, weight):
                left = until - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    return False
            self._taken[site_id] += 1
            return True

    def give_back(self, site_id: str, /) -> None:
        """Give back a place that the site took."""
        with self._changed:
            self._taken[site_id] -= 1
            if self._taken[site_id] <= 0:
                del self._taken[site_id]
            self._changed.notify_all()

    def _admits(self, site_id: str, weight: float) -> bool:
        own, total = self._taken.get(site_id, 0), self._taken.total()
        return admits(own, total, self._capacity, weight=weight, generosity=self._generosity)
