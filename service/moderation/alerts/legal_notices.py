"""How many legal notices wait at a site, by whatever keeps them: until something registers, none do."""

from collections.abc import Callable

from sqlalchemy.orm import Session

_counts: list[Callable[[Session, str], int]] = []


def count_with(count: Callable[[Session, str], int], /) -> None:
    """Register what counts a site's open legal notices."""
    if count not in _counts:
        _counts.append(count)


def pending(session: Session, site_id: str, /) -> int:
    """Return how many legal notices wait for a decision at the site."""
    return sum(count(session, site_id) for count in _counts)
