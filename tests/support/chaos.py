"""A service under fire: workers killed, stopped and paused at random, wake-ups dropped, Redis flushed and killed.

Everything is real but the models' scores. The seed is printed, so that a run that failed can be had again.
"""

import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from redis import RedisError
from sqlalchemy import func, select

from service.db import Database
from service.machine import redis_server
from service.models import Comment, Delivery, DeliveryState, WorkerBeat
from service.queues import Queues, connect
from service.vocabulary import CommentStatus
from tests.support.comments import TEXT, submit
from tests.support.services import Services

ROLES = ("classification", "classification", "delivery", "upkeep")
WORDS = ["bridge", "river", "council", "vote", "spring", "trial", "shop", "road", "school", "budget", "winter", "ferry"]
DROPPED = 0.1  # share of wake-ups that never reach Redis
BACKLOG = 100  # open comments beyond which no more are sent, on a machine too slow for them
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

    def line(self) -> str:
        done = ", ".join(f"{count} {what}" for what, count in sorted(self.done.items()))
        return f"seed {self.seed}: {self.comments} comments; {done}; converged after {self.converged_after:.1f} s"


class Chaos:
    """One service and what befalls it."""

    def __init__(self, database: Database, services: Services, site_id: str, *, seed: int) -> None:
        self.database, self.services, self.site_id = database, services, site_id
        self.dice, self.report = random.Random(seed), Report(seed)
        self.folder = Path(tempfile.mkdtemp(prefix="moderato-chaos-"))
        self.redis = self._start_redis()
        self.queues = Queues(f"unix://{self.folder}/redis.sock")
        self.workers = [self._start(role) for role in ROLES]
        self._paused: list[tuple[threading.Timer, subprocess.Popen[bytes]]] = []
        self.slowness = 1.0
        self._counted, self._behind = 0.0, False
        self._began = self._said = time.monotonic()

    def rage(self, seconds: float) -> None:
        """Send comments and do damage until the time is up."""
        self._wait_for_the_first()
        until, next_blow = time.monotonic() + seconds, time.monotonic() + 2
        flush_at, restart_at = time.monotonic() + seconds * 0.4, time.monotonic() + seconds * 0.7
        while (now := time.monotonic()) < until:
            self._send_unless_behind(now)
            self._say()
            if now > next_blow:
                next_blow = now + self.dice.uniform(1.5, 3.5) * self.slowness
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
        self._continue_paused()
        started = time.monotonic()
        while self._open():
            self._revive()
            left = f"{self._open()} left, {self.report}\n{self.services.output()[-4000:]}"
            assert time.monotonic() - started < seconds, left
            time.sleep(0.2)
        self.report.converged_after = max(self.report.converged_after, time.monotonic() - started)

    def _wait_for_the_first(self) -> None:
        """Learn how slow this machine is now: killed more often than they start, workers would never do anything."""
        started, roles = time.monotonic(), set(ROLES)
        while time.monotonic() < started + 60:
            with self.database.read() as session:
                if set(session.scalars(select(WorkerBeat.role))) == roles:
                    break
            time.sleep(0.1)
        self.slowness = max(1.0, (time.monotonic() - started) / 3)

    def steady(self, seconds: float) -> None:
        """Send comments and do no damage; fail where a worker's memory or open files grow."""
        until, first = time.monotonic() + seconds, time.monotonic() + seconds * 0.3
        before: dict[int, tuple[float, int]] = {}
        while (now := time.monotonic()) < until:
            self._send_unless_behind(now)
            self._say()
            if now > first and not before:
                before = self._sizes()
            time.sleep(self.dice.uniform(0.02, 0.15))
        after = self._sizes()
        assert set(after) == set(before), "a worker ended although nothing was done to it"
        grown = {pid: (before[pid], after[pid]) for pid in after}
        print(f"MB and open files of each worker, early and late: {list(grown.values())}", flush=True)
        for (early, files_early), (late, files_late) in grown.values():
            assert late < early * 1.15 + 2, f"memory grows: {grown}"
            assert files_late <= files_early + 3, f"open files grow: {grown}"

    def redis_keys(self) -> int:
        return int(self.queues.redis.dbsize())

    def wal_megabytes(self) -> float:
        """What waits before SQLite's file; 0 on PostgreSQL."""
        path = Path(f"{self.database.engine.url.database}-wal")
        return path.stat().st_size / 2**20 if self.database.is_sqlite and path.exists() else 0.0

    def close(self) -> None:
        self._continue_paused()
        self.queues.redis.close()
        self.redis.kill()
        self.redis.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _say(self) -> None:
        """Print a line every ten seconds."""
        now = time.monotonic()
        if now < self._said + 10:
            return
        self._said = now
        with suppress(RedisError, OSError):
            largest = max((megabytes for megabytes, _ in self._sizes().values()), default=0.0)
            print(
                f"{now - self._began:5.0f} s: {self.report.comments} comments, {self._open()} open,"
                f" {sum(self.report.done.values())} blows; Redis {self.redis_keys()} keys,"
                f" WAL {self.wal_megabytes():.1f} MB, largest worker {largest:.0f} MB",
                flush=True,
            )

    def _sizes(self) -> dict[int, tuple[float, int]]:
        """Resident megabytes and open files of each living worker, by process id."""
        sizes = {}
        for worker in self.workers:
            with suppress(OSError, IndexError):
                pages = int(Path(f"/proc/{worker.pid}/statm").read_text().split()[1])
                sizes[worker.pid] = (
                    round(pages * 4096 / 2**20, 1),
                    len(list(Path(f"/proc/{worker.pid}/fd").iterdir())),
                )
        return sizes

    def _send_unless_behind(self, now: float) -> None:
        """Send a comment; or wait, as a site does that is answered 503 because too many wait."""
        if now > self._counted + 2:
            self._counted, self._behind = now, self._open() > BACKLOG
        if not self._behind:
            self._send()

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
        if kind is signal.SIGSTOP:
            # Longer than the lease: it wakes up holding what is no longer its own. From a thread of its own, because
            # a paused process may hold SQLite's only write lock, so we wait for it too.
            timer = threading.Timer(6, self._go_on, (worker,))
            timer.start()
            self._paused.append((timer, worker))

    def _continue_paused(self) -> None:
        for timer, worker in self._paused:
            timer.cancel()
            self._go_on(worker)
        self._paused.clear()

    @staticmethod
    def _go_on(worker: subprocess.Popen[bytes]) -> None:
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
