"""The events that a delivery may be about grow and shrink with legal notices, in place, on both databases."""

import pytest
from sqlalchemy import exc, text

from service import migrations
from service.db import Database, new_id
from service.models import Site
from tests.support.downgrade import downgrade
from tests.support.outbox import listen

STORE = text(
    "INSERT INTO delivery (id, site_id, endpoint_id, event, sequence, state, attempts, next_attempt_at, created_at)"
    " VALUES (:id, :site, :endpoint, :event, 0, 'waiting', 0, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)"
)


def test_deliveries_take_the_events_of_their_version_and_no_others(database: Database, site: Site) -> None:
    endpoint = listen(database, site)

    def store(event: str) -> None:
        with database.write() as session:
            session.execute(STORE, {"id": new_id(), "site": site.id, "endpoint": endpoint.id, "event": event})

    def refuses(event: str) -> None:
        with pytest.raises(exc.IntegrityError):
            store(event)

    for event in ("legal_notice.received", "legal_notice.decided", "comment.approved"):
        store(event)
    refuses("made.up")
    with database.write() as session:
        session.execute(text("DELETE FROM delivery WHERE event LIKE 'legal%'"))
    downgrade(database, "form_articles")
    refuses("legal_notice.received")
    store("endpoint.test")
    migrations.upgrade(database)
    store("legal_notice.received")
    refuses("made.up")
