"""Replays of a policy over past comments: listed, applied and undone part by part, beside the scores.

They run in a thread of the interactive worker, as trials do. A part is a page of the past that is judged again, or a
batch of decisions in one transaction; the rows say how far a replay has come, so a killed worker costs one part. Sites
take turns by parts. What nobody works on, upkeep wakes a worker for.
"""

import threading
import time

import structlog

from service import crash
from service.models import Replay, ReplayState
from service.moderation.callbacks import outbox
from service.moderation.policy import policies
from service.moderation.trials import replay_applying, replay_list, replay_looking
from service.queues import DELIVERY
from workers.runtime import Runtime

log = structlog.get_logger()

HANDOVER = 1.0  # seconds: one that is about to end may not have seen the newest replay
_one_at_a_time = threading.Lock()


def begin(runtime: Runtime, /) -> threading.Thread:
    """Work in a thread until no replay waits; return the thread. One that works already is enough."""
    thread = threading.Thread(target=_work, args=(runtime,), name="replays", daemon=True)
    thread.start()
    return thread


def _work(runtime: Runtime) -> None:
    if not _one_at_a_time.acquire(timeout=HANDOVER):
        return
    try:
        drain(runtime)
    finally:
        _one_at_a_time.release()


def drain(runtime: Runtime, /) -> int:
    """Do one part after the other until no replay waits or the worker stops; return how many parts."""
    parts, mine, broken = 0, set[str](), set[str]()
    while not runtime.stopping():
        with runtime.database.read() as session:
            replay = replay_list.waiting(session, mine=mine, but=broken)
        if replay is None:
            break
        mine.add(replay.id)
        try:
            part(runtime, replay)
        except Exception as error:  # not its message: it may hold a comment's text
            log.error("replay_failed", replay_id=replay.id, error=type(error).__name__)
            broken.add(replay.id)  # the others go on; upkeep has this one tried again
        parts += 1
        time.sleep(0)
    return parts


def part(runtime: Runtime, replay: Replay, /) -> None:
    """Do the next part of one replay."""
    if replay.state is ReplayState.LOOKING:
        _look(runtime, replay)
        return
    batch = replay_applying.apply_batch
    if replay.state is ReplayState.UNDOING:
        batch = replay_applying.undo_batch
    with runtime.database.write() as session:
        batch(session, replay.id, per_second=runtime.settings.replay_callbacks_per_second)
        crash.point("in_replay")
        owed = outbox.has_owed(session)
    crash.point("after_replay")
    if owed:
        runtime.queues.wake(DELIVERY)


def _look(runtime: Runtime, replay: Replay) -> None:
    with runtime.database.read() as session:
        rules = policies.rules_of(session, replay.site_id, replay.policy_version)
        seen = replay_looking.read(session, replay, rules)
    rows = replay_looking.differing(seen, rules)
    with runtime.database.write() as session:
        replay_looking.write(session, replay, seen, rows)
