"""Replies of the interactive worker from the last minute, for a text that is asked about again.

A key is a hash over the site, the text, its context and the classifiers' versions, so that no text stays in memory and
no reply outlives the version that gave it.
"""

import hashlib
import json
import threading
from collections.abc import Mapping
from typing import Any

from cachetools import TTLCache

SECONDS = 60.0
MOST = 10_000


class RecentScores:
    """One process's memory; thread-safe."""

    def __init__(self) -> None:
        self._kept: TTLCache[str, dict[str, Any]] = TTLCache(MOST, SECONDS)
        self._versions: dict[str, str] = {}  # of the last reply
        self._lock = threading.Lock()

    def find(self, site_id: str, request: Mapping[str, Any], /) -> dict[str, Any] | None:
        """Return the reply to the same request of the same site by the classifiers that answered last."""
        with self._lock:
            return self._kept.get(_key(site_id, request, self._versions))

    def keep(self, site_id: str, request: Mapping[str, Any], reply: dict[str, Any], /) -> None:
        """Remember a reply."""
        with self._lock:
            self._versions = reply["versions"]
            self._kept[_key(site_id, request, self._versions)] = reply


def _key(site_id: str, request: Mapping[str, Any], versions: Mapping[str, str]) -> str:
    asked = json.dumps([site_id, request, versions], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()
