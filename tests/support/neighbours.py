"""Two sites on one installation: one that does its worst, and one whose readers must not notice."""

import http.client
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.support.hostile import TEXT, hostile, timed
from tests.support.receiver import Receiver

PATIENCE = 60.0  # seconds after which a wait counts as endless
_numbers = count()


@dataclass(frozen=True)
class Worst:
    """How much the greedy site asks for at once."""

    comments: int = 5_000
    dead_endpoints: int = 100
    pollers: int = 300
    scorers: int = 48


@dataclass
class Caller:
    """A site's client with one connection."""

    port: int
    key: str
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Send a request and return the answer's status and content."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())

    def close(self) -> None:
        self.connection.close()


class Neighbour:
    """The quiet site: what each thing that it does takes."""

    def __init__(self, port: int, key: str, receiver: Receiver) -> None:
        self.receiver, self._call = receiver, Caller(port, key)
        status, _ = self._call("POST", "/v1/endpoints", {"url": f"{receiver.url}/neighbour"})
        assert status == 201, status

    def rounds(self, number: int, *, pause: float = 0.0) -> dict[str, list[float]]:
        """Return the seconds that each thing took, so many times: intake, verdict, callback and score."""
        took: dict[str, list[float]] = {"intake": [], "verdict": [], "callback": [], "score": []}
        self._call.close()  # it may have idled for too long; a new one opens by itself
        for _ in range(number):
            comment = f"quiet-{time.time_ns()}-{next(_numbers)}"
            started = time.monotonic()
            took["intake"].append(timed(lambda comment=comment: self._send(comment)))  # type: ignore[misc]
            while self._ask(f"/v1/comments/{comment}?wait=20")["status"] == "pending":
                assert time.monotonic() - started < PATIENCE, "no verdict"
            took["verdict"].append(time.monotonic() - started)
            while not any(comment.encode() in request.body for request in self.receiver.at("/neighbour")):
                assert time.monotonic() - started < PATIENCE, "no callback"
                time.sleep(0.01)
            took["callback"].append(time.monotonic() - started)
            took["score"].append(timed(self._score))
            time.sleep(pause)
        return took

    def close(self) -> None:
        self._call.close()

    def _send(self, comment: str) -> None:
        status, _ = self._call("POST", "/v1/comments", {"id": comment, "text": TEXT.format(comment)})
        assert status == 202, status

    def _ask(self, path: str) -> Any:
        return self._call("GET", path)[1]

    def _score(self) -> None:
        until = time.monotonic() + PATIENCE
        while self._call("POST", "/v1/score", {"text": TEXT.format(next(_numbers))})[0] != 200:
            assert time.monotonic() < until, "no score"


@contextmanager
def greedy(port: int, key: str, worst: Worst) -> Iterator[None]:
    """Let a site do its worst: a flood of comments, callbacks to silent hosts, polls, and scores without a pause."""
    stop = threading.Event()
    with ExitStack() as stack:
        silent = [stack.enter_context(closing(_silent_host())) for _ in range(worst.dead_endpoints)]
        call = stack.enter_context(closing(Caller(port, key)))
        urls = [f"http://127.0.0.1:{one.getsockname()[1]}/silent" for one in silent]
        for start in range(0, worst.comments, 100):
            batch = [_comment(start + place, urls) for place in range(min(100, worst.comments - start))]
            status, answer = call("POST", "/v1/comments/batch", {"comments": batch})
            assert (status, answer["refused"]) == (200, 0), answer
        last = batch[-1]["id"]
        head = f"GET /v1/comments/{last}?wait=30 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
        for _ in range(worst.pollers):
            stack.enter_context(closing(hostile(port, head)))
        stack.enter_context(flood(lambda: _score_without_pause(port, key, stop), worst.scorers, stop))
        yield


@contextmanager
def flooding(port: int, path: str, body: Any, *, key: str, callers: int) -> Iterator[Counter[int]]:
    """Let callers of one site send the same request without a pause; yield how often each status was answered."""
    stop, answered = threading.Event(), Counter[int]()

    def send() -> None:
        while not stop.is_set():
            with suppress(OSError, http.client.HTTPException), closing(Caller(port, key)) as call:
                while not stop.is_set():
                    answered[call("POST", path, body)[0]] += 1

    with flood(send, callers, stop):
        yield answered


@contextmanager
def flood(work: Callable[[], None], threads: int, stop: threading.Event) -> Iterator[None]:
    """Do the work on so many threads, which end at `stop`."""
    running = [threading.Thread(target=work) for _ in range(threads)]
    for one in running:
        one.start()
    try:
        yield
    finally:
        stop.set()
        for one in running:
            one.join()


def _comment(place: int, urls: list[str]) -> dict[str, str]:
    number = next(_numbers)
    comment = {"id": f"greedy-{time.time_ns()}-{number}", "text": TEXT.format(f"{number} of many")}
    return comment | ({"callback_url": urls[place]} if place < len(urls) else {})


def _silent_host() -> socket.socket:
    # Nobody accepts: the kernel takes the connection and whatever is sent, and nothing comes back.
    return socket.create_server(("127.0.0.1", 0))


def _score_without_pause(port: int, key: str, stop: threading.Event) -> None:
    while not stop.is_set():
        with suppress(OSError, http.client.HTTPException), closing(Caller(port, key)) as call:
            while not stop.is_set():
                call("POST", "/v1/score", {"text": TEXT.format(next(_numbers))})
