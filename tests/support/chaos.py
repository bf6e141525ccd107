"""A service under fire: workers killed, stopped and paused at random, wake-ups dropped, Redis flushed and killed.

Everything is real but the models' scores. The seed is printed, so that a run that failed can be had again.
"""

import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from redis import RedisError
from sqlalchemy import func, select

from service import redis_server
from service.db import Database
from service.models import Comment, Delivery, DeliveryState
from service.queues import Queues, connect
from service.vocabulary import CommentStatus
from tests.support.comments import TEXT, submit
from tests.support.services import Services

ROLES = ("classification", "classification", "delivery", "upkeep")
WORDS = ["bridge", "river", "council", "vote", "spring", "trial", "shop", "road", "school", "budget", "winter", "ferry"]
DROPPED = 0.1  # share of wake-ups that never reach Redis
QUICK = {
    "MODERATO_LEASE_SECONDS": "4",
    "MODERATO_UPKEEP_SECONDS": "1",
    "MODERATO_MAX_ATTEMPTS": "20",  # deaths are the workers' fault here, not the comments'
    "MODERATO_BATCH_SIZE": "4",
    "MODERATO_CALLBACK_ALLOW_PRIVATE": "127.0.0.0/8",
    "MODERATO_CALLBACK_ALLOW_HTTP": "true",
    "TEST_SCORING_SECONDS": "0.02",
}


@dataclass
class Report:
    """What was done to the service, and how long it took to come right afterwards."""

    seed: int
    comments: int = 0
    done: dict[str, int] = field(default_factory=dict)
    converged_after: float = 0.0

    def count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1


class Chaos:
    """One service and what befalls it."""

    def __init__(self, database: Database, services: Services, site_id: str, *, seed: int) -> None:
        self.database, self.services, self.site_id = database, services, site_id
        self.dice, self.report = random.Random(seed), Report(seed)
        self.folder = Path(tempfile.mkdtemp(prefix="moderato-chaos-"))
        self.redis = self._start_redis()
        self.queues = Queues(f"unix://{self.folder}/redis.sock")
        self.workers = [self._start(role) for role in ROLES]
        self._paused: list[tuple[float, subprocess.Popen[bytes]]] = []

    def rage(self, seconds: float) -> None:
        """Send comments and do damage until the time is up."""
        until, next_blow = time.monotonic() + seconds, time.monotonic() + 2
        flush_at, restart_at = time.monotonic() + seconds * 0.4, time.monotonic() + seconds * 0.7
        while (now := time.monotonic()) < until:
            self._send()
            self._continue_paused(now)
            if now > next_blow:
                next_blow = now + self.dice.uniform(1.5, 3.5)
                self._strike()
            if now > flush_at:
                flush_at = now + max(seconds * 0.4, 20)
                self._flush()
            if now > restart_at:
                restart_at = now + max(seconds * 0.5, 30)
                self._kill_redis()
            self._revive()
            time.sleep(self.dice.uniform(0.02, 0.15))

    def converge(self, seconds: float) -> None:
        """Do no more harm; return when no comment and no callback waits any more, fail when that takes too long."""
        self._continue_paused(float("inf"))
        started = time.monotonic()
        while self._open():
            self._revive()
            left = f"{self._open()} left, {self.report}\n{self.services.output()[-4000:]}"
            assert time.monotonic() - started < seconds, left
            time.sleep(0.2)
        self.report.converged_after = time.monotonic() - started

    def close(self) -> None:
        self._continue_paused(float("inf"))
        self.queues.redis.close()
        self.redis.kill()
        self.redis.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _send(self) -> None:
        number = self.report.comments
        words = " ".join(self.dice.choices(WORDS, k=12))
        submit(self.database, self.site_id, f"c-{number}", f"{TEXT} {words} {number}.", author_id=f"a-{number}")
        self.report.comments += 1
        if self.dice.random() < DROPPED:
            self.report.count("wake-up dropped")
        else:
            self.queues.wake()

    def _strike(self) -> None:
        place = self.dice.randrange(len(self.workers))
        worker = self.workers[place]
        kind = self.dice.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP])
        self.report.count(kind.name)
        with suppress(ProcessLookupError):
            worker.send_signal(kind)
        if kind is signal.SIGSTOP:  # longer than the lease: it wakes up holding what is no longer its own
            self._paused.append((time.monotonic() + 6, worker))

    def _continue_paused(self, now: float) -> None:
        for at, worker in [*self._paused]:
            if now >= at:
                self._paused.remove((at, worker))
                with suppress(ProcessLookupError):
                    worker.send_signal(signal.SIGCONT)

    def _flush(self) -> None:
        self.report.count("FLUSHALL")
        client = connect(f"unix://{self.folder}/redis.sock")
        with suppress(RedisError, OSError):
            client.flushall()
        client.close()

    def _kill_redis(self) -> None:
        self.report.count("Redis killed")
        self.redis.kill()
        self.redis.wait()
        self.redis = self._start_redis()

    def _revive(self) -> None:
        """What a supervisor does: start again whatever ended."""
        for place, worker in enumerate(self.workers):
            if worker.poll() is not None:
                self.workers[place] = self._start(ROLES[place])

    def _start(self, role: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.support.scripted_worker", role]
        redis = f"unix://{self.folder}/redis.sock"
        return self.services.start(command, f"chaos-{role}", **(QUICK | {"REDIS_URL": redis}))

    def _start_redis(self) -> subprocess.Popen[bytes]:
        return redis_server.start(redis_server.find_server(), self.folder / "redis.sock", self.folder)

    def _open(self) -> int:
        with self.database.read() as session:
            comments = select(func.count()).where(Comment.status == CommentStatus.PENDING)
            callbacks = select(func.count()).where(Delivery.state == DeliveryState.WAITING)
            return (session.scalar(comments) or 0) + (session.scalar(callbacks) or 0)
