"""One connection: uvicorn's, with a deadline for the head and for reading the answer, and a place in the crowd.

uvicorn ends connections that idle between two requests; one that never finishes its first head, or never reads what it
asked for, it keeps for ever.
"""

import asyncio
import json
import socket
import struct
import time
from contextlib import suppress
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from service.capacity.networks import network_of

HEAD_SECONDS = 10.0  # from the connection, or the first byte of the next request, to the end of the headers
# Bytes of an answer that the kernel keeps for a client; by default it takes megabytes, unseen by any deadline here.
KERNEL_BYTES = 128 * 1024
AT_ONCE = struct.pack("ii", 1, 0)  # as SO_LINGER: a reset instead of an end that waits for the other side


class Connection(H11Protocol):
    """A client's connection; `config.loaded_app` is the front that answers its requests."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._front: Any = self.config.loaded_app
        self.address = network_of(self.client[0]) if self.client else ""
        self.served, self.since = 0, time.monotonic()
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
        self._head_timer: asyncio.TimerHandle | None = None
        self._answer_timer: asyncio.TimerHandle | None = None
        if self._front.crowd.enter(self):
            self._expect_head()
        else:
            self.cut()

    def connection_lost(self, exc: Exception | None) -> None:
        self._front.crowd.leave(self)
        self._head_arrived()
        self._answer_read()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._answers():
            self._head_arrived()
        else:
            self._expect_head()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep the connection open for a client that has sent everything and reads the answer."""
        if self._answers() and self.cycle.more_body:
            self.send_400_response("The body ended early.")
        return self._answers()

    def on_response_complete(self) -> None:
        self.served += 1
        self.since = time.monotonic()
        if self.transport.get_write_buffer_size():
            self._expect_reading()
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect_reading()

    def resume_writing(self) -> None:
        self._answer_read()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, as a problem like every other one."""
        title = "The request could not be read"
        body = json.dumps({"type": "/problems/malformed", "title": title, "status": 400, "code": "malformed"}).encode()
        headers = [("content-type", "application/problem+json"), ("content-length", str(len(body)))]
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            for event in (
                h11.Response(status_code=400, headers=[*headers, ("connection", "close")], reason="Bad Request"),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def is_busy(self) -> bool:
        """Whether a whole request is being answered."""
        return self._answers() and not self.cycle.more_body

    def cut(self) -> None:
        """Close the connection at once, whatever is left to send, here and in the kernel."""
        raw = self.transport.get_extra_info("socket")
        if raw is not None:
            with suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self.transport.abort()

    def _answers(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _expect_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(min(HEAD_SECONDS, self._front.seconds), self.cut)

    def _head_arrived(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _expect_reading(self) -> None:
        if self._answer_timer is None:
            self._answer_timer = self.loop.call_later(self._front.seconds, self._look_whether_read)

    def _look_whether_read(self) -> None:
        self._answer_timer = None
        if self.transport.get_write_buffer_size():
            self.cut()

    def _answer_read(self) -> None:
        if self._answer_timer is not None:
            self._answer_timer.cancel()
            self._answer_timer = None
