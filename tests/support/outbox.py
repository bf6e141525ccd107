"""An endpoint that listens, and a delivery worker's steps one by one, for tests of the outbox."""

from sqlalchemy import select, update

from service.db import Database, database_now
from service.models import Delivery, Endpoint, Site
from service.moderation.callbacks import deliveries, endpoints
from service.moderation.callbacks.attempts import Reply
from service.moderation.callbacks.deliveries import Claimed
from service.outside.addresses import Allowances
from service.vocabulary import AttemptOutcome

URL = "https://cms.example/hooks"
OK = Reply(outcome=AttemptOutcome.DELIVERED, status=204)
FAILED = Reply(outcome=AttemptOutcome.REFUSED, status=500)


def listen(database: Database, site: Site, url: str = URL, **options: object) -> Endpoint:
    with database.write() as session:
        return endpoints.register(session, site.id, url, allowed=Allowances(), **options)  # type: ignore[arg-type]


def owed(database: Database) -> list[Delivery]:
    with database.read() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.created_at, Delivery.id)))


def take(database: Database, limit: int = 10) -> list[Claimed]:
    with database.write() as session:
        return deliveries.claim(session, limit=limit, lease_seconds=30)


def settle(database: Database, claimed: Claimed, reply: Reply = OK) -> bool:
    with database.write() as session:
        return deliveries.settle(session, claimed, reply)


def pass_time(database: Database, endpoint: Endpoint | None = None) -> None:
    """Let every pause and lease run out."""
    with database.write() as session:
        session.execute(update(Delivery).values(next_attempt_at=database_now(-1)))
        session.execute(
            update(Delivery).where(Delivery.claimed_until.is_not(None)).values(claimed_until=database_now(-1))
        )
        session.execute(update(Endpoint).values(paused_until=None))


def now_of(database: Database, endpoint: Endpoint) -> Endpoint:
    with database.read() as session:
        return session.get_one(Endpoint, endpoint.id)
