"""Answers requests: takes each whole, gives it a thread when its caller's turn comes, and sends the answer whole.

A client that is slow, silent or gone therefore never holds a thread. A request that waits for a verdict gives its
thread back and asks for another one when the verdict is there (`service.api.parking`).
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any
from wsgiref.types import WSGIApplication, WSGIEnvironment

from cachetools import LRUCache

from service.api import keeper
from service.api.operation import SITE
from service.api.parking import PARKING, Parking
from service.app import create_app
from service.capacity.networks import network_of
from service.front import gateway
from service.front.crowd import Crowd
from service.front.gateway import WholeAnswer
from service.front.memory import Memory
from service.front.turns import LineTooLong, Turns
from service.installation.settings import Settings

STRANGER = 0.25  # weight of an address that has shown no valid key: it may have a third of the threads
CHUNK = 64 * 1024  # bytes of an answer that are handed on while the client reads

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def make(settings: Settings) -> "Front":
    """Return the front of a web process."""
    app = create_app(settings)
    return Front(app, settings, weight_of=keeper.of(app).weight_of)


class Gone(Exception):
    """The client has closed the connection."""


class Refused(Exception):
    """The request is answered by the front itself."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


class Front:
    """An ASGI application around a WSGI one."""

    def __init__(self, app: WSGIApplication, settings: Settings, *, weight_of: Callable[[str], float]) -> None:
        self.seconds = settings.message_seconds
        # Behind a proxy all connections come from its address, and the proxy bounds those of its clients.
        per_address = settings.connections if settings.proxy_hops else settings.connections_per_address
        self.crowd = Crowd(settings.connections, per_address=per_address)
        self._app, self._weight_of = app, weight_of
        self._hops, self._largest = settings.proxy_hops, settings.max_body_bytes
        self._turns = Turns(settings.web_threads)
        self._memory = Memory()
        self._sites: LRUCache[bytes, str] = LRUCache(10_000)  # by the digest of a key that was accepted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        address = self._address(scope, headers)
        kept: list[int] = []
        try:
            answer = await self._answer(scope, headers, address, receive, kept)
            await self._send(answer, address, send, kept)
        except Gone:
            return
        except Refused as refusal:
            await _send_refusal(refusal, send)
            return
        finally:
            self._memory.release(address, sum(kept))

    async def _answer(
        self, scope: Scope, headers: dict[bytes, bytes], address: str, receive: Receive, kept: list[int]
    ) -> WholeAnswer:
        body, length = await self._body(headers, address, receive, kept)
        parking = Parking()
        while True:
            given = gateway.environ(scope, body, length=length)
            given[PARKING] = parking
            answer = await self._on_a_thread(given, headers, address)
            if parking.wait is None:
                return answer
            await _wait(parking, receive)

    async def _on_a_thread(self, given: WSGIEnvironment, headers: dict[bytes, bytes], address: str) -> WholeAnswer:
        authorization = headers.get(b"authorization")
        mark = hashlib.sha256(authorization).digest() if authorization else b""
        site_id = self._sites.get(mark)
        caller, weight = (site_id, self._weight_of(site_id)) if site_id else (address, STRANGER)
        try:
            work = partial(gateway.call, self._app, given)
            answer: WholeAnswer = await self._turns.run(caller, work, weight=weight)
        except LineTooLong:
            raise Refused(503, "unavailable", "Too many of your requests are waiting; send fewer at once.") from None
        if mark and SITE in given:
            self._sites[mark] = given[SITE]
        return answer

    async def _body(
        self, headers: dict[bytes, bytes], address: str, receive: Receive, kept: list[int]
    ) -> tuple[bytes, int]:
        """Return the whole body and its length; one that is too large is not read, for the application to refuse."""
        announced = int(headers.get(b"content-length", b"0"))
        if announced > self._largest:
            return b"", announced
        if not announced and b"transfer-encoding" not in headers:
            return b"", 0
        body = bytearray()
        try:
            async with asyncio.timeout(self.seconds):
                more = True
                while more and len(body) <= self._largest:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Gone
                    part = message["body"]
                    if not self._memory.keep(address, len(part)):
                        raise Refused(503, "unavailable", "Too many large requests at once; send it again later.")
                    kept.append(len(part))
                    body += part
                    more = message["more_body"]
        except TimeoutError:
            detail = f"The request did not arrive within {self.seconds:g} seconds."
            raise Refused(408, "timeout", detail) from None
        return (bytes(body), len(body)) if len(body) <= self._largest else (b"", len(body))

    async def _send(self, answer: WholeAnswer, address: str, send: Send, kept: list[int]) -> None:
        size = len(answer.body)
        if size > CHUNK:
            if not self._memory.keep(address, size):
                raise Refused(503, "unavailable", "Too many answers to you are unread; read them first.")
            kept.append(size)
        headers = answer.headers
        if answer.status >= 200 and answer.status not in (204, 304) and all(n != b"content-length" for n, _ in headers):
            headers = [*headers, (b"content-length", str(size).encode())]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        for start in range(0, max(size, 1), CHUNK):
            part, more = answer.body[start : start + CHUNK], start + CHUNK < size
            await send({"type": "http.response.body", "body": part, "more_body": more})

    def _address(self, scope: Scope, headers: dict[bytes, bytes]) -> str:
        """Return where the request comes from, by what as many proxies say as are trusted; a network for IPv6."""
        peer: str = scope["client"][0] if scope["client"] else ""
        if self._hops:
            said = [part.strip() for part in headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")]
            peer = said[-self._hops] if len(said) >= self._hops and said[-self._hops] else peer
        return network_of(peer)


async def _wait(parking: Parking, receive: Receive) -> None:
    """Wait for the verdict or the end of the time; raise Gone when the client does not."""
    assert parking.wait is not None
    loop, there = asyncio.get_running_loop(), asyncio.Event()
    parking.wait.expectation.then(lambda: loop.call_soon_threadsafe(there.set))
    told, gone = asyncio.ensure_future(there.wait()), asyncio.ensure_future(_disconnect(receive))
    try:
        await asyncio.wait({told, gone}, timeout=parking.wait.seconds, return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            raise Gone
    finally:
        told.cancel()
        gone.cancel()
        parking.leave()


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_refusal(refusal: Refused, send: Send) -> None:
    problem = {
        "type": f"/problems/{refusal.code}",
        "title": {408: "The request took too long to arrive"}.get(refusal.status, "Not available just now"),
        "status": refusal.status,
        "code": refusal.code,
        "detail": refusal.detail,
    }
    body = json.dumps(problem, separators=(",", ":")).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *([(b"retry-after", b"1")] if refusal.status == 503 else []),
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
