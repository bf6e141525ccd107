"""One call of the Comment Analyzer, whether it comes alone or in a batch: key, rate, body, answer or refusal.

Whatever goes wrong is answered in Google's shape; nothing is raised.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from cachetools import TTLCache

from service.accounts import keys
from service.accounts.keys import Key
from service.api import operation
from service.api.compat.callers import SCORING
from service.api.compat.perspective import analyze, discovery, errors, lenient_json, suggest
from service.api.compat.perspective.callers import Caller, Reply
from service.api.compat.perspective.errors import Refusal
from service.api.keeper import Keeper
from service.context import Context
from service.db import OUT_OF_ORDER
from service.errors import Forbidden, TooMany, Unavailable
from service.vocabulary import Scope

log = structlog.get_logger()

# What each needs one of. A client in a page has `score` alone: `read` would let readers list every comment.
METHODS: Mapping[str, tuple[tuple[Scope, ...], Callable[[Caller, Any], Reply]]] = {
    "/v1alpha1/comments:analyze": (SCORING, analyze.answer),
    "/v1alpha1/comments:suggestscore": ((Scope.MODERATE,), suggest.answer),
}
# Clients repeat a refused request, some for ever: each kind of refusal is logged once an hour for each key.
_logged: TTLCache[tuple[str, str], bool] = TTLCache(10_000, 3600.0)
_lock = threading.Lock()


@dataclass(frozen=True)
class Sent:
    """What a client sent; `headers` have names in lower case, `args` are the first value of each parameter."""

    method: str
    path: str  # decoded
    args: Mapping[str, str]
    headers: Mapping[str, str]
    body: Callable[[], bytes]  # read only for a caller with a key; raises Refusal

    @property
    def presented(self) -> str:
        """The API key, from the address or from a header."""
        bearer = self.headers.get("authorization", "")
        token = bearer[7:] if bearer[:7].lower() == "bearer " else ""
        return self.args.get("key") or self.headers.get("x-goog-api-key") or token.strip()

    @property
    def is_pretty(self) -> bool:
        return self.args.get("prettyPrint", "true").lower() not in ("false", "0")


@dataclass(frozen=True)
class Answered:
    """The answer to one call, ready to be written."""

    status: int
    content: str
    headers: Mapping[str, str] = field(default_factory=dict)
    key: Key | None = None


def answer(sent: Sent, ours: Context, kept: Keeper, /, *, root: str) -> Answered:
    """Return the answer to one call; `root` is our address as the client sees it."""
    key: Key | None = None
    try:
        if sent.path == discovery.PATH and sent.method in ("GET", "HEAD"):
            key = _key(sent, kept) if sent.presented else None
            reply = discovery.answer(sent.args, root)
        elif sent.path in METHODS and sent.method == "POST":
            if not sent.presented:
                raise errors.no_key()
            key = _key(sent, kept)
            _spend(key, ours, kept)
            scopes, method = METHODS[sent.path]
            if not key.scopes & set(scopes):
                keys.require(key, scopes[0])
            reply = method(Caller(key, ours, kept), _json(sent.body()))
        else:
            raise Refusal(404, "NOT_FOUND", "Method not found.", kind="not_found")
    except Exception as error:
        refusal = _refusal(error)
        _log_once(key, refusal)
        retry = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else {}
        reply = Reply(refusal.as_object(), status=refusal.code, headers=retry)
    return Answered(reply.status, written(reply.body, pretty=sent.is_pretty), reply.headers, key)


def written(body: Mapping[str, Any], /, *, pretty: bool) -> str:
    """Return the body as Google writes it."""
    if pretty:
        return json.dumps(body, indent=2, ensure_ascii=False) + "\n"
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def _key(sent: Sent, kept: Keeper) -> Key:
    key = kept.keyring.verify(sent.presented)
    if key is None:
        raise errors.bad_key()
    operation.note(kept, key)
    return key


def _spend(key: Key, ours: Context, kept: Keeper) -> None:
    try:
        kept.limits.spend(key.id)
    except TooMany as error:
        per_minute = ours.settings.rate_limit_per_minute
        raise errors.over_quota(key.id, per_minute=per_minute, retry_after=error.retry_after) from None


def _json(body: bytes) -> Any:
    try:
        return lenient_json.loads(body)
    except ValueError:
        raise errors.not_json() from None


def _refusal(error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, Forbidden):
        return Refusal(403, "PERMISSION_DENIED", error.detail, kind="forbidden")
    if isinstance(error, Unavailable):
        return errors.unavailable(error.detail, retry_after=error.retry_after)
    if isinstance(error, OUT_OF_ORDER):
        log.error("database_out_of_order", exc_info=error)
        return errors.unavailable("The database cannot do this just now.", retry_after=5)
    log.error("unexpected_error", exc_info=error)
    return errors.internal()


def _log_once(key: Key | None, refusal: Refusal) -> None:
    mark = (key.id if key else "", refusal.kind)
    with _lock:
        if mark in _logged:
            return
        _logged[mark] = True
    log.info("perspective_refused", key_id=mark[0], status=refusal.code, kind=refusal.kind)
