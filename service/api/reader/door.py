"""The door for forms: a key that every reader can see, and pages of the origins on its list.

The key comes in the address, because the form's address is all that a publisher writes down. It may submit and nothing
else: with more it would hand moderation to every reader. A rate is an address's, not the key's, or one reader could
shut out all others; addresses are counted under a signature and never kept.
"""

from collections.abc import Collection
from functools import partial
from urllib.parse import urlsplit

from flask import Flask, Response, after_this_request, request

from service.accounts.keys import Key
from service.api import cors, keeper, operation
from service.api.cors import Sharing
from service.api.keeper import Keeper
from service.api.limits import RateLimits
from service.api.operation import OPERATIONS, Operation
from service.capacity.networks import network_of
from service.context import context
from service.errors import KeyTooStrong, OriginRefused, Problem, TooMany
from service.vocabulary import Scope

SHARING = Sharing("content-type, if-none-match", "ETag, Retry-After")
FOR_FORMS = frozenset({Scope.SUBMIT})


def serve(declared: Operation, /, **path: str) -> Response:
    """Answer the current request with the operation, for a page that may use the key."""
    key = admit(keeper.current())
    return operation.serve_key(declared, key, path, account=f"{key.id}:{address()}")


def register(app: Flask) -> None:
    """Answer preflights of every operation that forms use."""
    for path in dict.fromkeys(declared.path for declared in OPERATIONS if declared.door is not None):
        app.add_url_rule(
            path, f"reader.preflight {path}", _preflight, methods=["OPTIONS"], provide_automatic_options=False
        )


def admit(kept: Keeper, /, *, from_own_pages: bool = False) -> Key:
    """Return the key of the current request; raise Unauthenticated, KeyTooStrong or OriginRefused.

    `from_own_pages`: a form on a page of this service may send as well.
    A page of any origin may read the refusal, which says nothing secret: else a browser says "no connection" instead.
    """
    try:
        key = _admitted(kept, from_own_pages=from_own_pages)
    except Problem:
        after_this_request(partial(_share, (_origin(),)))
        raise
    after_this_request(partial(_share, key.perspective.origins))
    return key


def _admitted(kept: Keeper, *, from_own_pages: bool) -> Key:
    key = operation.authenticate(kept, request.args.get("key") or operation.presented())
    if Scope.SUBMIT in key.scopes and key.scopes != FOR_FORMS:
        raise KeyTooStrong(
            "This key may do more than submit, and a form shows its key to every reader. Make one for the form with "
            "`moderato keys create SITE --scope submit --origin https://news.example`, and revoke this one."
        )
    origin = _origin()
    if from_own_pages and origin and urlsplit(origin).netloc == request.host:
        return key
    if origin and origin not in key.perspective.origins:
        raise OriginRefused(
            "The origin of this page is not on the key's list. Allow it with "
            f"`moderato keys origins SITE {key.id} --origin https://news.example`."
        )
    return key


def address() -> str:
    """Return a stand-in for the network of the current request's address: it tells two apart, and no address."""
    network = network_of(request.remote_addr or "")
    return context().settings.keyring.sign(f"moderato: address of a reader: {network}")[:32]


def is_listed(address: str, key: Key, /) -> bool:
    """Whether the web address is on an origin of the key's list. Anybody can have written it."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return f"{parts.scheme}://{parts.netloc}" in key.perspective.origins


def spend(limits: RateLimits, purpose: str, key: Key, /) -> None:
    """Count one request of the current address; raise TooMany with a sentence for readers."""
    try:
        limits.spend(f"{purpose}:{key.site_id}:{address()}")
    except TooMany as error:
        raise TooMany(
            "You have sent several comments just now. Please wait a minute, then send this one again.",
            retry_after=error.retry_after,
        ) from None


def _preflight(**_path: str) -> Response:
    response = Response(status=204)
    # For every origin: one that is not on the key's list is refused by the request itself, with a sentence.
    response.headers.update(cors.preflight_of(_origin(), (_origin(),), SHARING))
    return response


def _share(origins: Collection[str], response: Response) -> Response:
    response.headers.update(cors.shared(_origin(), origins, SHARING))
    return response


def _origin() -> str:
    return request.headers.get("Origin", "")
