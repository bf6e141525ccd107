"""A caller who waits for scores goes before comments that nobody waits for.

Lower priority for the process gave nothing on two cores: both workers still shared them while a request lasted. So a
classification worker waits between two comments while there is a caller, but in one claim no longer than it has worked
on it: time in which nobody called is saved up for a caller who comes, and whatever callers do, comments keep at least
half their pace. The waiting time of callers beside pending comments is measured by `tests/bench/latency.py`.
"""

import time
from collections.abc import Callable

from service.queues import Queues

LOOK_SECONDS = 0.004  # between two looks at Redis


def give_way(
    queues: Queues,
    most: float,
    /,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> float:
    """Wait while a caller waits for scores, for `most` seconds at most; return how long that was."""
    started = now = clock()
    while now < started + most and queues.is_caller_waiting():
        sleep(LOOK_SECONDS)
        now = clock()
    return now - started
