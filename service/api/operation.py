"""One operation of the API: declared beside its view, checked in one order, described in OpenAPI.

The order is: key, rate, scope, ids, query, body, view. Nothing of a body is read for a caller without a key or without
the scope. The site always comes from the key.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from flask import Flask, Request, Response, after_this_request, g, request
from pydantic import BaseModel
from werkzeug.http import quote_etag

from service import errors
from service.accounts import keys
from service.accounts.keys import Key, KeyCache
from service.api import bodies, keeper
from service.api.keeper import Keeper
from service.api.parking import PARKING, Parking
from service.context import Context, context
from service.errors import FieldError, Invalid, Problem, Unauthenticated
from service.moderation.text import publisher_ids
from service.vocabulary import Scope

PARAMETER = re.compile(r"<(\w+)>")
SITE = "moderato.site"  # in the WSGI environment: whose key it was, for the front to share its threads by
PUBLISHER_IDS = ("comment_id", "article_id", "author_id")

Body = TypeVar("Body")
Query = TypeVar("Query")


@dataclass(frozen=True)
class Call(Generic[Body, Query]):
    """A call of an operation by a known key, its body and query checked."""

    key: Key
    body: Body
    query: Query
    request: Request
    context: Context
    keeper: Keeper

    @property
    def site_id(self) -> str:
        return self.key.site_id


@dataclass(frozen=True)
class Answer:
    """What a view returns: a JSON object, its status, headers, and an entity tag where it can be asked for again."""

    body: Mapping[str, Any] | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None


@dataclass(eq=False)
class Operation:
    """One method at one address, with everything OpenAPI says about it; decorates the view that does it."""

    method: str
    path: str  # in Flask's form: /v1/comments/<comment_id>
    _: KW_ONLY
    summary: str
    tag: str
    answers: Mapping[int, tuple[str, type[BaseModel] | None]]
    scope: Scope | None  # what the key must be allowed to do; None only where `signed`
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    problems: Sequence[int] = ()
    headers: Mapping[str, str] = field(default_factory=dict)  # request headers that it looks at, with their meaning
    signed: bool = False  # no API key: the sender's signature replaces it, and the view gets the bare request
    door: "Callable[..., Response] | None" = None  # how it is served, where not to an API key in a header
    view: Callable[..., Answer] = field(init=False)

    def __call__(self, view: Callable[..., Answer]) -> Callable[..., Answer]:
        self.view = view
        OPERATIONS.append(self)
        return view

    @property
    def name(self) -> str:
        return self.view.__name__

    @property
    def parameters(self) -> list[str]:
        """The names in its path."""
        return PARAMETER.findall(self.path)

    @property
    def publisher_ids(self) -> list[str]:
        """Those of them that are the publisher's own ids; the others are ours."""
        return [name for name in self.parameters if name in PUBLISHER_IDS]


operation = Operation
OPERATIONS: list[Operation] = []


def register(app: Flask) -> None:
    """Serve every declared operation."""
    for declared in OPERATIONS:
        app.add_url_rule(
            declared.path,
            f"api.{declared.name}",
            partial(declared.door or _serve, declared),
            methods=[declared.method],
            provide_automatic_options=declared.door is None,
        )


def _serve(declared: Operation, /, **path: str) -> Response:
    if declared.signed:
        return _respond(declared.view(request, **path))
    key = authenticate(keeper.current(), presented())
    return serve_key(declared, key, path, account=key.id)


def serve_key(declared: Operation, key: Key, path: Mapping[str, str], /, *, account: str) -> Response:
    """Answer the current request with the operation, for a known key; `account` is whose rate it counts against."""
    ours, kept = context(), keeper.current()
    parking: Parking | None = request.environ.get(PARKING)
    # A poll that has waited is run a second time; it was counted the first time.
    kept.limits.spend(account, 0 if parking is not None and parking.is_over else 1)
    assert declared.scope is not None, declared.path
    keys.require(key, declared.scope)
    _check_ids(declared, path)
    call: Call[Any, Any] = Call(
        key=key,
        # Unknown parameters are ignored where an operation takes none: proxies and caches add their own.
        query=bodies.read_query(request, declared.query) if declared.query else None,
        body=bodies.read_json(request, declared.body) if declared.body else None,
        request=request,
        context=ours,
        keeper=kept,
    )
    answer = declared.view(call, **path)
    return _respond(answer)


def _check_ids(declared: Operation, path: Mapping[str, str]) -> None:
    errors = [
        FieldError(f"?{name}", "invalid", f"An id {publisher_ids.RULE}.")
        for name in declared.publisher_ids
        if not publisher_ids.is_id(path[name])
    ]
    if errors:
        raise Invalid("An id in the address breaks a rule; see errors.", errors=errors)


def presented() -> str:
    """Return the key in the request's header; raise Unauthenticated where there is none."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("Send `Authorization: Bearer <API key>`.")
    return given.strip()


def authenticate(kept: Keeper, given: str, /) -> Key:
    """Return the key that was presented; raise Unauthenticated where it is not in force."""
    key = kept.keyring.verify(given)
    if key is None and kept.keyring.has_expired(given):
        raise Unauthenticated("The API key has expired. Create a new one with `moderato keys create`.")
    if key is None:
        raise Unauthenticated("The API key is unknown or revoked.")
    note(kept, key)
    return key


def note(kept: Keeper, key: Key, /) -> None:
    """Name the key's site in the access log, and record the use of the key once the answer has been sent."""
    g.key = key
    request.environ[SITE] = key.site_id
    if kept.keyring.is_use_worth_noting(key):
        after_this_request(partial(_note_use, kept.keyring, key))


def _note_use(keyring: KeyCache, key: Key, response: Response) -> Response:
    # On closing, after the answer has been sent: no client waits for this write.
    response.call_on_close(partial(keyring.note_use, key))
    return response


def _respond(answer: Answer) -> Response:
    if answer.etag is not None and request.method == "GET" and request.if_none_match.contains_weak(answer.etag):
        response = Response(status=304)
    elif answer.body is None:
        response = Response(status=answer.status)
    else:
        content = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"))
        response = Response(content, status=answer.status, content_type="application/json")
    if answer.etag is not None:
        response.headers["ETag"] = quote_etag(answer.etag)
        response.headers["Cache-Control"] = "private, no-cache"
    for name, value in answer.headers.items():
        response.headers[name] = value
    return response


def problem_statuses(declared: Operation, /) -> tuple[int, ...]:
    """Return every status with a problem that the operation may answer."""
    always = {401, 429, 500, 503} | (set() if declared.signed else {403})
    with_body = {400, 413, 415, 422} if declared.body else set()
    with_query = {400} if declared.query else set()
    with_id = {422} if declared.publisher_ids else set()
    with_source = {404, 409} if declared.query and "source" in declared.query.model_fields else set()
    return tuple(sorted(always | with_body | with_query | with_id | with_source | set(declared.problems)))


def problems_by_status() -> dict[int, list[type[Problem]]]:
    """Return the kinds of problem that `service.errors` knows, by their status."""
    found: dict[int, list[type[Problem]]] = {}
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, Problem):
            found.setdefault(kind.status, []).append(kind)
    return found
