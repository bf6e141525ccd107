"""How many comments a search may miss, because the index of words has not read them yet."""

from sqlalchemy.orm import Session

from service.moderation.search import index

MANY = 1_000  # changes that are not in the index yet: fewer are there within seconds
MOST = 100_000  # that are counted


def waiting(session: Session, /) -> int:
    """Return how many comments may be missing from what a search finds, 0 for few or none."""
    amount = index.waiting(session, at_most=MOST)
    return amount if amount > MANY else 0
