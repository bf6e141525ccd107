"""How many requests a key may make in a minute, counted in Redis across processes and here where Redis is away.

A process takes a hundredth of the limit from Redis at a time and spends that by itself, so that a request seldom
asks Redis: asked for every one, the counting costs 0.2-0.3 ms, a third of the whole request. Several processes may
therefore refuse a hundredth of the limit early each, and never grant more than the limit. While Redis is away every
process grants the whole limit by itself.
"""

import threading
import time
from dataclasses import dataclass

from cachetools import LRUCache
from flask import g
from redis import RedisError

from service.errors import TooMany
from service.queues import Queues

WINDOW = 60  # seconds


@dataclass
class _Account:
    window: int
    left: int = 0  # taken from Redis and not yet spent
    taken: int = 0  # by all processes in this window, as last heard
    empty: bool = False  # Redis has no more to give in this window


class RateLimits:
    """One process's view of the rates of all keys: the accounts of this minute, of the 10,000 keys last used."""

    def __init__(self, queues: Queues, *, per_minute: int) -> None:
        self._queues, self._limit = queues, per_minute
        self._slab = max(1, per_minute // 100)
        self._accounts: LRUCache[str, _Account] = LRUCache(10_000)
        self._lock = threading.Lock()

    def spend(self, key_id: str, cost: int = 1) -> None:
        """Count `cost` requests of the key; raise TooMany when its minute is used up."""
        now = time.time()
        window = int(now // WINDOW)
        reset = max(1, round((window + 1) * WINDOW - now))
        left = self._take(key_id, window, cost)
        g.rate = (self._limit, left or 0, reset)
        if left is None:
            raise TooMany(f"This key may make {self._limit} requests a minute.", retry_after=reset)

    def _take(self, key_id: str, window: int, cost: int) -> int | None:
        """Spend `cost`; return how much all processes together may still spend, None where it is not granted."""
        with self._lock:
            account = self._accounts.get(key_id)
            if account is None or account.window != window:
                account = self._accounts[key_id] = _Account(window)
            if account.left < cost and not account.empty:
                wanted = max(self._slab, cost - account.left)
                before = self._ask(key_id, window, wanted)
                if before is None:  # Redis is away: the last known total counts for all other processes
                    before = account.taken
                given = max(0, min(wanted, self._limit - before))
                account.taken = before + given
                account.empty = given < wanted
                account.left += given
            if account.left < cost:
                return None
            account.left -= cost
            return max(0, self._limit - account.taken) + account.left

    def _ask(self, key_id: str, window: int, wanted: int) -> int | None:
        """Take `wanted` from the window in Redis; return how much was taken before, None where Redis is away."""
        if not self._queues.worth_trying():
            return None
        name, started = f"moderato:rate:{key_id}:{window}", time.monotonic()
        try:
            pipeline = self._queues.redis.pipeline(transaction=False)
            pipeline.incrby(name, wanted)
            pipeline.expire(name, 2 * WINDOW)
            total = int(pipeline.execute()[0])
        except (RedisError, OSError) as error:
            self._queues.fall_silent(error)
            return None
        self._queues.in_time(started)
        return total - wanted
