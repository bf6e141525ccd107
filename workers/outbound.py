"""The one door out: everything this service sends to an address that a user chose goes through `post`.

The name is resolved once, every address it has must be allowed, and the connection goes to exactly the address that
was checked: between check and use there is nothing to rebind. No redirects, no proxies from the environment, no
retries, a bound on time and on what is read.
"""

import socket
import threading
import time
from contextlib import suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from ipaddress import ip_address

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError, SSLError
from urllib3.util import Timeout, parse_url

from service.clock import utc_now
from service.moderation.callbacks.attempts import Reply
from service.outside.addresses import (
    Address,
    AddressRefused,
    Allowances,
    Target,
    check_port,
    is_loopback_name,
    parse_target,
)
from service.vocabulary import AttemptOutcome

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 10.0
REPLY_LIMIT = 64 * 1024  # bytes read of an answer, and thrown away


class _Forbidden(Exception):
    """The name leads, wholly or in part, to where callbacks may not go."""


def post(url: str, body: bytes, headers: dict[str, str], /, *, allowed: Allowances) -> Reply:
    """Send `body` and return what came of it, always: nothing is raised for whatever the other side does."""
    started = time.monotonic()
    reply = _post(url, body, headers, allowed)
    return Reply(
        outcome=reply.outcome,
        status=reply.status,
        detail=reply.detail,
        retry_after=reply.retry_after,
        milliseconds=round((time.monotonic() - started) * 1000),
    )


def resolve(host: str, port: int, /, *, allowed: Allowances) -> Address:
    """Return the address to connect to; raise Refused unless every address that `host` has may be reached.

    Of this machine's own two addresses (localhost) one that is allowed is enough.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    addresses = [ip_address(str(info[4][0]).split("%")[0]) for info in found]
    if is_loopback_name(host):
        addresses = [address for address in addresses if allowed.admits_privately(address)]
    if not addresses or not all(allowed.admits(address) for address in addresses):
        raise AddressRefused("the name leads to an address that is not public")
    return addresses[0]


def _post(url: str, body: bytes, headers: dict[str, str], allowed: Allowances) -> Reply:
    leash = _Leash(TOTAL_SECONDS)
    try:
        target = parse_target(url, allowed)
        pool = _pool(target, allowed, leash)
    except AddressRefused as refusal:
        return Reply(outcome=AttemptOutcome.FORBIDDEN, detail=str(refusal))
    try:
        with leash, pool:
            reply = _exchange(pool, url, body, headers)
        return _timed_out() if leash.pulled else reply  # a cut header reads as a whole one
    except _Forbidden as refusal:
        return Reply(outcome=AttemptOutcome.FORBIDDEN, detail=str(refusal))
    except (HTTPError, OSError, ValueError) as error:
        if leash.pulled or isinstance(error, ReadTimeoutError | TimeoutError):
            return _timed_out()
        return Reply(outcome=AttemptOutcome.UNREACHABLE, detail=_explain(error))


def _exchange(pool: urllib3.HTTPConnectionPool, url: str, body: bytes, headers: dict[str, str]) -> Reply:
    answer = pool.urlopen(
        "POST",
        parse_url(url).request_uri,
        body=body,
        headers=headers,
        redirect=False,
        retries=False,
        preload_content=False,
        decode_content=False,
        timeout=Timeout(connect=CONNECT_SECONDS, read=TOTAL_SECONDS),
    )
    try:
        answer.read(REPLY_LIMIT)
    finally:
        answer.close()
    status, retry_after = answer.status, _retry_after(answer.headers.get("Retry-After", ""))
    if 200 <= status < 300:
        return Reply(outcome=AttemptOutcome.DELIVERED, status=status)
    if status == 410:
        return Reply(outcome=AttemptOutcome.GONE, status=status)
    if 300 <= status < 400:
        return Reply(
            outcome=AttemptOutcome.REFUSED, status=status, detail="redirects are not followed; register the new address"
        )
    throttled = status in (429, 502, 503, 504)
    return Reply(outcome=AttemptOutcome.REFUSED, status=status, retry_after=retry_after if throttled else None)


def _timed_out() -> Reply:
    return Reply(outcome=AttemptOutcome.TIMED_OUT, detail=f"no answer within {TOTAL_SECONDS:.0f} seconds")


class _Leash:
    """Ends a connection when the time is up, wherever it is: in the handshake, between two bytes of a header, in the
    body."""

    def __init__(self, seconds: float) -> None:
        self.pulled = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._pull)
        self._timer.daemon = True

    def hold(self, connection: socket.socket) -> None:
        # A duplicate, because TLS takes the original apart; shutting down either ends the connection of both.
        self._socket = connection.dup()

    def _pull(self) -> None:
        self.pulled = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()
        if self._socket is not None:
            self._socket.close()


def _pool(target: Target, allowed: Allowances, leash: _Leash) -> urllib3.HTTPConnectionPool:
    kinds: dict[str, tuple[type[urllib3.HTTPConnectionPool], type[HTTPConnection]]] = {
        "http": (urllib3.HTTPConnectionPool, HTTPConnection),
        "https": (urllib3.HTTPSConnectionPool, HTTPSConnection),
    }
    pool_kind, connection_kind = kinds[target.scheme]

    class Pinned(connection_kind):  # type: ignore[valid-type, misc]
        """A connection to the address that was checked; name and certificate stay those of the URL."""

        def _new_conn(self) -> socket.socket:
            try:
                address = resolve(target.host, target.port, allowed=allowed)
                check_port(target, address, allowed)
            except AddressRefused as refusal:
                raise _Forbidden(str(refusal)) from None
            except (OSError, UnicodeError) as error:
                raise NewConnectionError(self, f"the name could not be resolved ({type(error).__name__})") from None
            try:
                connection = socket.create_connection((str(address), target.port), timeout=CONNECT_SECONDS)
            except TimeoutError as error:
                raise NewConnectionError(self, f"no connection within {CONNECT_SECONDS:.0f} seconds") from error
            except OSError as error:
                raise NewConnectionError(self, f"no connection ({type(error).__name__})") from error
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            leash.hold(connection)
            return connection

    pool = pool_kind(target.host, target.port, maxsize=1, block=True)
    pool.ConnectionCls = Pinned
    return pool


def _retry_after(value: str) -> float | None:
    """Return the seconds that a Retry-After asks for, as a number or until a date (RFC 9110); None for nonsense."""
    value = value.strip()
    if value.isascii() and value.isdigit() and len(value) < 9:
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
        return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - utc_now()).total_seconds())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _explain(error: Exception) -> str:
    """Return a sentence without the address: details of TLS faults help, anything else is named by its kind."""
    if isinstance(error, NewConnectionError):
        return str(error).rsplit(": ", 1)[-1][:200]
    reason = error.args[-1] if error.args else error
    if isinstance(error, SSLError):
        return f"TLS: {reason}"[:200]
    return type(error).__name__
