"""A small HTTP client for the measurements: keep-alive connections, one per thread, on plain sockets."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class Client:
    """One host, one connection per thread, optional Bearer key."""

    def __init__(self, port: int, key: str | None = None) -> None:
        self.port = port
        self.headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self._local = threading.local()

    def request(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return status and parsed body; reconnect once when the server closed a kept connection."""
        payload = None if body is None else json.dumps(body)
        for attempt in (1, 2):
            connection = getattr(self._local, "connection", None)
            if connection is None:
                connection = self._local.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                connection.request(method, path, payload, self.headers)
                answer = connection.getresponse()
                content = answer.read()
                return answer.status, json.loads(content) if content else None
            except (http.client.HTTPException, ConnectionError):
                connection.close()
                self._local.connection = None
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close this thread's connection."""
        if connection := getattr(self._local, "connection", None):
            connection.close()

    def wait_until(self, ready: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Poll `ready` until it is true; raise TimeoutError with `what` after `seconds`."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if ready():
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.05)
        raise TimeoutError(f"{what} did not happen within {seconds:.0f} s")


def send_all(send: Callable[[int], None], numbers: Iterable[int], *, connections: int) -> None:
    """Call `send` for every number from `connections` threads; the first error is raised."""
    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(send, numbers))
