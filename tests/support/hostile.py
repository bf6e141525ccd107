"""Connections that strangers open to hold a web server up, and what a publisher's requests take meanwhile."""

import http.client
import json
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count

from service.percentiles import nearest_rank

TEXT = "The old bridge was closed twice last winter, so I am glad that the council voted to rebuild it. Number {}."
HEAD = b"POST /v1/comments HTTP/1.1\r\nHost: example.org\r\n"
UNREAD = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: example.org\r\n\r\n"
KINDS = {
    "silent sockets": b"",
    "slow heads": HEAD,
    "slow bodies": HEAD + b"Content-Type: application/json\r\nContent-Length: 4000\r\n\r\n" + b'{"id": "',
    "unread answers": UNREAD,
    "idle connections": b"GET /healthz HTTP/1.1\r\nHost: example.org\r\n\r\n",
}
ADDRESSES = ("127.0.0.2", "127.0.0.3", "127.0.0.4")  # a few, as one attacker has them


@contextmanager
def besieged(port: int, kinds: Sequence[str], *, each: int) -> Iterator[list[socket.socket]]:
    """Keep `each` connections of each kind open, from a few addresses."""
    sockets: list[socket.socket] = []
    try:
        for number in range(each):
            for kind in kinds:
                sockets.append(hostile(port, KINDS[kind], ADDRESSES[number % len(ADDRESSES)]))
        yield sockets
    finally:
        for one in sockets:
            one.close()


def hostile(port: int, opening: bytes, address: str = ADDRESSES[0]) -> socket.socket:
    """Open a connection, send its opening and nothing more."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    one.settimeout(5)
    one.bind((address, 0))
    with suppress(OSError):  # refused or full: so much the better for the others
        one.connect(("127.0.0.1", port))
        one.sendall(opening)
    return one


def is_closed(one: socket.socket, *, within: float) -> bool:
    """Whether the server closes the connection in time; it may send an answer first."""
    until = time.monotonic() + within
    one.settimeout(0.2)
    while time.monotonic() < until:
        try:
            if not one.recv(65_536):
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


_numbers = count()


def send_comments(port: int, key: str, *, number: int, pause: float = 0.0) -> list[float]:
    """Send comments one after the other over one connection; return the seconds that each took."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    took = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(number):
        this = next(_numbers)
        body = json.dumps({"id": f"intake-{time.time_ns()}-{this}", "text": TEXT.format(this)})
        took.append(timed(lambda body=body: _exchange(connection, body, headers)))  # type: ignore[misc]
        time.sleep(pause)
    connection.close()
    return took


def timed(do: Callable[[], object], /) -> float:
    """Return the seconds that `do` takes."""
    started = time.monotonic()
    do()
    return time.monotonic() - started


def milliseconds(took: Sequence[float], percent: int, /) -> float:
    """Return a percentile of durations in milliseconds."""
    return round(1_000 * (nearest_rank(Counter(took), percent) or 0.0), 1)


def _exchange(connection: http.client.HTTPConnection, body: str, headers: dict[str, str]) -> None:
    connection.request("POST", "/v1/comments", body, headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 202, answer.status
