"""A caller who waits for scores goes before comments that nobody waits for.

Lower priority for the process gave nothing on two cores: both workers still shared them while a request lasted. So a
classification worker waits between two comments while there is a caller, but no longer than it worked on the comment
before: whatever callers do, comments keep at least half their pace. The waiting time of callers beside pending comments
is measured by `tests/bench/latency.py`.
"""

import time
from collections.abc import Callable

from service.queues import Queues

LOOK_SECONDS = 0.004  # between two looks at Redis


def give_way(
    queues: Queues,
    worked: float,
    /,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Wait while a caller waits for scores, for `worked` seconds at most."""
    until = clock() + worked
    while clock() < until and queues.is_caller_waiting():
        sleep(LOOK_SECONDS)
