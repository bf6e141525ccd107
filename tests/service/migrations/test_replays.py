"""The schema from before replays: what they decided stays on record, as the one automatic decision of a text allows."""

import pytest
from sqlalchemy import text

from service import migrations
from service.db import Database
from service.installation.settings import Settings
from service.models import Site
from service.queues import Queues
from tests.support.downgrade import downgrade
from tests.support.replays import MILDER, STRICTER, Past


@pytest.fixture
def past(database: Database, site: Site, settings: Settings, queues: Queues) -> Past:
    return Past(database, site, settings, queues)


def test_the_way_back_keeps_what_replays_decided_and_leads_to_the_same_schema(past: Past, database: Database) -> None:
    twice, _, rejected = past.comments([0.25, 0.5, 0.95])
    past.activate(STRICTER)
    past.apply(past.look())
    past.activate(MILDER)
    past.apply(past.look())
    assert past.statuses([twice, rejected]) == ["held", "approved"]
    downgrade(database, "overrides")
    with database.engine.connect() as connection:
        decided = text("SELECT source, actor, to_status FROM decision WHERE comment_id = :id ORDER BY created_at, id")
        assert [tuple(row) for row in connection.execute(decided, {"id": rejected})] == [
            ("policy", "", "rejected"), ("site", "replay", "approved")
        ]  # fmt: skip
    migrations.upgrade(database)
    assert past.statuses([twice, rejected]) == ["held", "approved"]
