"""Which pages in a browser may call: those whose origin is on the key's list. One rule for every door with a key.

A preflight grants nothing by itself. It has no header with a key, so an origin passes it that is on any key's list;
the answer to the call itself then goes by the list of the key that it came with.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import null, select

from service.accounts.keys import Key
from service.accounts.perspective import Terms
from service.api.keeper import Keeper
from service.context import Context
from service.models import ApiKey


@dataclass(frozen=True)
class Sharing:
    """What a door lets pages of an allowed origin do."""

    request_headers: str  # that a page may send
    answer_headers: str = ""  # that a page may read, beside the usual ones
    credentials: bool = False


def headers(origin: str, key: Key | None, sharing: Sharing, /) -> dict[str, str]:
    """Return the headers of an answer to a page of this origin."""
    return shared(origin, key.perspective.origins if key else (), sharing)


def preflight(origin: str, key: Key | None, sharing: Sharing, ours: Context, kept: Keeper, /) -> dict[str, str]:
    """Return the headers of the answer to an OPTIONS request."""
    allowed = key.perspective.origins if key else kept.counts.get("origins", lambda: _all_origins(ours))
    return preflight_of(origin, allowed, sharing)


def preflight_of(origin: str, allowed: Collection[str], sharing: Sharing, /) -> dict[str, str]:
    """Return the headers of the answer to an OPTIONS request where pages of these origins may call."""
    found = shared(origin, allowed, sharing)
    if "Access-Control-Allow-Origin" in found:
        found |= {
            "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
            "Access-Control-Allow-Headers": sharing.request_headers,
            "Access-Control-Max-Age": "3600",
        }
    return found


def shared(origin: str, allowed: Collection[str], sharing: Sharing, /) -> dict[str, str]:
    """Return the headers of an answer that pages of these origins may read."""
    found = {"Vary": "Origin"}
    if not origin or origin not in allowed:
        return found
    found["Access-Control-Allow-Origin"] = origin
    if sharing.credentials:
        found["Access-Control-Allow-Credentials"] = "true"
    if sharing.answer_headers:
        found["Access-Control-Expose-Headers"] = sharing.answer_headers
    return found


def _all_origins(ours: Context) -> frozenset[str]:
    statement = select(ApiKey.perspective).where(ApiKey.perspective.is_not(null()), ApiKey.revoked_at.is_(None))
    with ours.database.read() as session:
        return frozenset(
            origin for terms in session.scalars(statement) for origin in Terms.model_validate(terms).origins
        )
