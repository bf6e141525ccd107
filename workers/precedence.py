"""A caller who waits for scores goes before comments that nobody waits for.

A classification worker waits between two comments while there is a caller, but in one claim no longer than it has
worked on it: time in which nobody called is saved up for a caller who comes, and however many call, comments get half
of the worker's time. The comment in hand is not broken off; the worker's process has a lower priority instead, so that
it takes less of a core from one that answers. Neither is enough alone: `tests/bench/latency.py` measures how long
callers wait beside pending comments.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from service.queues import Queues

# Of a classification worker: a third of the processor time of what answers, where both want the same core. With less it
# would get nothing there, and on SQLite hold the database's lock meanwhile.
NICENESS = 5
LOOK_SECONDS = 0.004  # between two looks at Redis


def step_back() -> None:
    """Lower the priority of this process, once it has loaded its models: on a busy machine that would take minutes."""
    threads = Path("/proc/self/task")
    if not threads.is_dir():
        os.nice(NICENESS)
        return
    for thread in threads.iterdir():  # Linux knows a priority for each, and an encoder's own threads run already
        with suppress(ProcessLookupError):
            lower = os.getpriority(os.PRIO_PROCESS, int(thread.name)) + NICENESS
            os.setpriority(os.PRIO_PROCESS, int(thread.name), lower)


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
