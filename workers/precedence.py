"""A caller who waits for scores goes before comments that nobody waits for.

Lower priority for the process gave nothing on two cores: both workers still shared them while a request lasted. So a
classification worker waits between two comments while there is a caller, but at most for three times what the comment
before took: whatever callers do, comments keep at least a quarter of their pace. The waiting time of callers beside
pending comments is measured by `tests/bench/latency.py`.
"""

import time
from collections.abc import Callable

from service.queues import Queues

PATIENCE = 3  # times as long as the last comment took
LOOK_SECONDS = 0.004  # between two looks at Redis


def give_way(
    queues: Queues,
    worked: float,
    /,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Wait while a caller waits for scores, for PATIENCE times `worked` seconds at most."""
    until = clock() + PATIENCE * worked
    while clock() < until and queues.is_caller_waiting():
        sleep(LOOK_SECONDS)
