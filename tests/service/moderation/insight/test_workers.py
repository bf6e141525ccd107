"""A worker is alive by one rule: its last beat is younger than one limit, by the database's clock."""

import socket

from service.clock import utc_now
from service.db import Database, database_now, new_id
from service.doctor import installation
from service.installation.settings import Settings
from service.machine import vital_signs
from service.models import Site, WorkerBeat
from service.moderation.insight import statistics, workers


def beat(database: Database, role: str, seconds: float) -> None:
    with database.write() as session:
        row = WorkerBeat(id=new_id(), role=role, host=socket.gethostname(), pid=1, versions={})
        session.add(row)
        session.flush()
        row.seen_at = database_now(-seconds)


def test_every_reader_agrees_on_which_workers_are_alive(database: Database, site: Site, settings: Settings) -> None:
    beat(database, "classification", workers.ALIVE_SECONDS - 5)
    beat(database, "delivery", workers.ALIVE_SECONDS + 1)
    with database.read() as session:
        assert workers.alive_by_role(session) == {"classification": 1}
        assert statistics.of_site(session, site.id, since=utc_now())["workers"] == {"classification": 1}
    assert vital_signs.worker_beats(settings, "classification")
    assert not vital_signs.worker_beats(settings, "delivery")
    found = [finding.detail for finding in installation.check_workers(database)]
    assert any("no delivery worker" in words for words in found)
    assert not any("no classification worker" in words for words in found)
