"""A publisher's id as its column holds it: bare if it came by the API, behind its source's id if a source sent it.

A forum's comment 7 is not the blog's comment 7. The separator is a control character, which no publisher's id can
contain, so stored ids of two sources are never equal, and every unique key, join and index keeps them apart (ADR 18).
"""

from typing import TypeVar

SEPARATOR = "\x1f"
LONGEST_STORED = 512 + 32 + 1  # a publisher's id, a source's, the separator
API = ""  # the id space of what comes by the API

Stored = TypeVar("Stored", str, str | None)


def in_space(space: str, publisher_id: Stored, /) -> Stored:
    """Return the id as it is stored for an id space: a source's id, or `API`. None stays None."""
    if publisher_id is None or space == API:
        return publisher_id
    return f"{space}{SEPARATOR}{publisher_id}"


def bare(stored: Stored, /) -> Stored:
    """Return a stored id as the publisher wrote it."""
    return None if stored is None else stored.rpartition(SEPARATOR)[2]


def space_of(stored: str, /) -> str:
    """Return the id space of a stored id: a source's id, or `API`."""
    return stored.partition(SEPARATOR)[0] if SEPARATOR in stored else API
