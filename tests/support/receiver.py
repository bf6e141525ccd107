"""A receiver of callbacks, as well- or ill-behaved as a test wants it, and a canary that must never be reached."""

import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = int | tuple[int, dict[str, str]]


@dataclass
class Request:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float


@dataclass
class Receiver:
    """What arrived, and what each path answers: a status, or one after the other."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    sent: int = 0  # bytes of answers that never end
    answers: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))

    def at(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    def ids(self, path: str) -> list[str]:
        return [request.headers["webhook-id"] for request in self.at(path)]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver. `/slow` takes 1.5 seconds, `/drip` never ends, `/huge` sends for ever, `/mute` is silent."""
    receiver = Receiver()
    lock, closing = threading.Lock(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with lock:
                receiver.requests.append(Request(self.path, headers, body, time.time()))
                planned = receiver.answers[self.path]
                answer = planned.pop(0) if len(planned) > 1 else (planned[0] if planned else 200)
            getattr(self, "do_" + self.path.strip("/").split("/")[0], self.do_answer)(answer)

        def do_answer(self, answer: Answer) -> None:
            status, extra = answer if isinstance(answer, tuple) else (answer, {})
            self.send_response(status)
            for name, value in extra.items():
                self.send_header(name, value)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def do_slow(self, answer: Answer) -> None:
            closing.wait(1.5)
            self.do_answer(answer)

        def do_mute(self, _answer: Answer) -> None:
            closing.wait(60)
            self.close_connection = True

        def do_drip(self, _answer: Answer) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nx-drip: ")
            self._until_closed(b"a", 0.2)

        def do_huge(self, _answer: Answer) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            self._until_closed(b"a" * 65_536, 0)

        def _until_closed(self, chunk: bytes, pause: float) -> None:
            self.close_connection = True
            try:
                while not closing.wait(pause):
                    self.wfile.write(chunk)
                    self.wfile.flush()
                    receiver.sent += len(chunk)
            except OSError:
                pass

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


@dataclass
class Canary:
    """A listener inside the network; `hits` counts connections, of which there must be none."""

    port: int
    hits: int = 0


@contextmanager
def canary(host: str = "127.0.0.1") -> Iterator[Canary]:
    """Listen where a request forged through us would arrive."""
    server = socket.create_server((host, 0))
    bird = Canary(server.getsockname()[1])

    def listen() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            bird.hits += 1
            connection.close()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield bird
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(2)
