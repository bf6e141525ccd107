"""Upkeep writes the audit log's head into the service's log: when it starts, and once a day."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import literal
from structlog.testing import CapturingLogger

from service.db import Database, UtcDateTime
from service.installation.settings import Settings
from service.moderation import audit_log
from service.moderation.actors import SERVICE
from service.queues import Queues
from workers import upkeep
from workers.runtime import Runtime

pytestmark = pytest.mark.one_database


def test_the_head_is_logged_once_a_day_as_the_doctor_takes_it(
    database: Database, settings: Settings, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = iter([1, 1, 2])
    monkeypatch.setattr(upkeep, "database_now", lambda: literal(datetime(2030, 1, next(days), tzinfo=UTC), UtcDateTime))
    runtime, heads = Runtime(settings, "upkeep", database, queues, None), upkeep.HeadLog()
    noted = []
    monkeypatch.setattr(upkeep, "log", lines := CapturingLogger())
    for _ in range(3):
        with database.write() as session:
            audit_log.record(session, "site.create", SERVICE)
        with database.read() as session:
            noted.append(audit_log.head(session))
        heads.note(runtime)
    assert [call.kwargs["head"] for call in lines.calls if call.args == ("audit_head",)] == [noted[0], noted[2]]
    with database.read() as session:
        assert all(audit_log.has_had(session, head) for head in noted)
