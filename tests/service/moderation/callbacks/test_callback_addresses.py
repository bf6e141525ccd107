"""A comment's own callback address: needed to tell its verdict, and forgotten when that is a week ago."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from service.db import Database, database_now
from service.errors import Conflict
from service.models import Delivery, DeliveryState, Endpoint, Site
from service.moderation.callbacks import deliveries
from service.moderation.erasure import retention
from tests.support.comments import TEXT, classify, submit
from tests.support.outbox import listen, owed


def test_a_comments_own_address_is_forgotten_a_week_after_it_was_told(database: Database, site: Site) -> None:
    """Its query may be a secret; what is still owed, and the endpoints' own addresses, are needed."""
    endpoint = listen(database, site)
    addresses = [f"https://cms.example:8443/comment?token={number}" for number in range(3)]
    for number, address in enumerate(addresses):
        submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.", callback_url=address)
    classify(database)
    fresh, old, failed = (next(d for d in owed(database) if d.url == address) for address in addresses)
    told = {"state": DeliveryState.DELIVERED, "delivered_at": database_now(-6 * 86_400)}
    with database.write() as session:
        session.execute(update(Delivery).values(created_at=database_now(-9 * 86_400), **told))
        session.execute(update(Delivery).where(Delivery.id == old.id).values(delivered_at=database_now(-8 * 86_400)))
        session.execute(update(Delivery).where(Delivery.id == failed.id).values(state=DeliveryState.FAILED))
        retention.prune(session)
    urls = {delivery.id: delivery.url for delivery in owed(database)}
    assert [urls[one.id] for one in (fresh, old, failed)] == [addresses[0], "", addresses[2]]
    assert {d.url for d in owed(database) if d.endpoint_id == endpoint.id} == {None}
    with database.write() as session, pytest.raises(Conflict, match="is deleted"):
        deliveries.replay(session, session.get_one(Delivery, old.id))
    with database.write() as session:
        origin = session.get_one(Endpoint, old.endpoint_id)
        since = datetime.now(UTC) - timedelta(days=20)
        assert deliveries.replay_since(session, origin, since, failed_only=False) == 2, "those with an address"
