"""A TCP proxy that breaks connections as a test asks: refuses, swallows, delays, or loses the replies."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

Mode = Literal["pass", "refuse", "blackhole", "slow", "lose_replies"]


class FaultProxy:
    """Listens on a port of its own and passes bytes to `target`, a port or a unix socket, in the current mode."""

    def __init__(self, target: int | Path, *, port: int = 0) -> None:
        self.target = target
        self.mode: Mode = "pass"
        self.slow_seconds = 2.0  # there, and again back
        self.accepted = 0  # connections, also those that were then refused
        self._open: set[socket.socket] = set()
        self._server = socket.create_server(("127.0.0.1", port))
        self.port: int = self._server.getsockname()[1]
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def set(self, mode: Mode, *, cut: bool = True) -> None:
        """Change the mode; with `cut`, end the connections there are."""
        self.mode = mode
        if cut:
            self.cut()

    def cut(self) -> None:
        for connection in [*self._open]:
            _end(connection)
        self._open.clear()

    def close(self) -> None:
        self._closed = True
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut()

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self.accepted += 1
            if self.mode == "refuse":
                _end(client)
                continue
            self._open.add(client)
            if self.mode != "blackhole":
                self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        family = socket.AF_UNIX if isinstance(self.target, Path) else socket.AF_INET
        upstream = socket.socket(family, socket.SOCK_STREAM)
        try:
            upstream.connect(str(self.target) if isinstance(self.target, Path) else ("127.0.0.1", self.target))
        except OSError:
            upstream.close()
            _end(client)
            return
        self._open.add(upstream)
        threading.Thread(target=self._pump, args=(client, upstream, False), daemon=True).start()
        threading.Thread(target=self._pump, args=(upstream, client, True), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, replies: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if self.mode == "slow":
                    time.sleep(self.slow_seconds)
                if self.mode == "blackhole" or (replies and self.mode == "lose_replies"):
                    continue
                sink.sendall(data)
        _end(source)
        _end(sink)


@contextmanager
def unreachable(port: int) -> Iterator[None]:
    """Let connecting to `port` hang, as with a host that is off: its queue of connections is full, nobody takes one."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port))
        server.listen(0)
        waiting = []
        for _ in range(4):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(("127.0.0.1", port))
        try:
            with suppress(TimeoutError):
                socket.create_connection(("127.0.0.1", port), timeout=0.3).close()
                raise AssertionError("connecting does not hang")
            yield
        finally:
            for connection in waiting:
                connection.close()


@contextmanager
def proxied(target: int | Path) -> Iterator[FaultProxy]:
    """Run a proxy before `target`."""
    proxy = FaultProxy(target)
    try:
        yield proxy
    finally:
        proxy.close()


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        connection.close()
