"""A rolling upgrade: what the version before left in the database and in Redis is finished by this one.

The version before is its schema: rows are written with its columns alone, before and after the migration, as its
processes do that still run. That holds as long as migrations only add, which is asked here too.
"""

import json
import warnings
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from click.testing import CliRunner
from sqlalchemy import MetaData, Table, inspect, select
from sqlalchemy.exc import SAWarning

from service import migrations
from service.cli.doctor import doctor
from service.db import Database, new_id
from service.installation.settings import load
from service.models import Comment, Decision, Delivery, DeliveryState
from service.moderation.upkeep import invariants
from service.queues import CLASSIFICATION, Queues
from service.vocabulary import CommentStatus
from tests.faults.conftest import burst, pending, undelivered
from tests.support.comments import TEXT
from tests.support.receiver import receiving
from tests.support.services import Services

REVISIONS = [
    script.revision
    for script in reversed(list(ScriptDirectory.from_config(migrations._config()).walk_revisions("base", "heads")))
]
OLDEST_WITH_CALLBACKS = "callbacks"
RELEASED = "held"  # the schema of the first release; what came before it could still be renamed


class EarlierVersion:
    """Writes as a version does whose schema the database has when this is made."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = datetime.now(UTC)
        metadata = MetaData()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # an index on an expression is none of our business
            metadata.reflect(database.engine)
        self.tables: dict[str, Table] = dict(metadata.tables)

    def write(self, table: str, **values: Any) -> str:
        """Insert a row with an id, `values` and, where the old schema insists, something of the column's kind."""
        columns = self.tables[table].columns
        row = {"id": new_id(), **values}
        for column in columns:
            if column.name not in row and not column.nullable and column.server_default is None:
                kind = str(column.type).split("(")[0]
                row[column.name] = {"JSON": [], "INTEGER": 0, "BIGINT": 0, "FLOAT": 0.0, "BOOLEAN": False}.get(
                    kind, self.now if "TIME" in kind else ""
                )
        assert row.keys() <= set(columns.keys()), "a column that the earlier version does not have"
        with self.database.write() as session:
            session.execute(self.tables[table].insert().values(**row))
        return str(row["id"])

    def comment(self, site_id: str, number: int, **values: Any) -> str:
        return self.write(
            "comment",
            site_id=site_id,
            external_id=f"c-{number}",
            text=f"{TEXT} Remark {number}.",
            author_external_id=f"a-{number}",
            text_digest=f"{number:064x}",
            simhash=number * 0x0F0F0F0F0F0F0F,
            length=90,
            revision=1,
            **({"version": 1, "status": "pending", "attempts": 0} | values),
        )


def at_revision(url: str, revision: str) -> Database:
    database = Database(url)
    migrations.upgrade(database, revision)
    return database


@pytest.mark.parametrize("revision", [OLDEST_WITH_CALLBACKS, REVISIONS[-2]])
def test_what_an_earlier_version_left_is_finished_by_this_one(
    empty_database_url: str, environ: dict[str, str], queues: Queues, tmp_path: Any, revision: str
) -> None:
    database = at_revision(empty_database_url, revision)
    environ = environ | {"DATABASE_URL": empty_database_url}
    services, keyring = Services(database, environ, tmp_path), load(environ).keyring
    earlier = EarlierVersion(database)
    ago, ahead = earlier.now - timedelta(minutes=5), earlier.now + timedelta(hours=1)
    with receiving() as receiver:
        site = earlier.write("site", slug="gazette", name="The Gazette")
        secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
        if REVISIONS.index(revision) >= REVISIONS.index("sealed_secrets"):
            secrets = [keyring.seal(secret) for secret in secrets]
        endpoint = earlier.write(
            "endpoint", site_id=site, kind="registered", url=f"{receiver.url}/hooks", secrets=secrets, state="active",
            updated_at=ago,
        )  # fmt: skip
        earlier.comment(site, 0)
        earlier.comment(site, 1, claim_token="dead", claimed_until=ago, attempts=1)
        told = earlier.comment(site, 2, version=2, status="approved", verdict="approve", decided_at=earlier.now)
        decision = earlier.write(
            "decision", site_id=site, comment_id=told, revision=1, from_status="pending", to_status="approved",
            verdict="approve", source="policy", policy_version=0,
        )  # fmt: skip
        earlier.write(
            "delivery", site_id=site, endpoint_id=endpoint, comment_id=told, decision_id=decision, sequence=2,
            event="comment.approved", state="waiting", next_attempt_at=ago,
        )  # fmt: skip
        leave_jobs(queues)
        migrations.upgrade(database, keyring=lambda: keyring)
        earlier.comment(site, 3)  # its web process still answers
        held = earlier.comment(site, 4, claim_token="alive", claimed_until=ahead, attempts=1)
        assert burst(services, "classification") == 0
        assert pending(database) == 1, "what a worker of the earlier version holds is left to it"
        finish_as_earlier(earlier, site, endpoint, held)
        assert burst(services, "delivery") == 0
        services.stop()
        assert (pending(database), undelivered(database)) == (0, 0)
        assert len(set(receiver.ids("/hooks"))) == 5
    with database.read() as session:
        assert set(session.scalars(select(Comment.status))) == {CommentStatus.APPROVED}
        assert sorted(session.scalars(select(Decision.comment_id))) == sorted(session.scalars(select(Comment.id)))
        assert set(session.scalars(select(Delivery.state))) == {DeliveryState.DELIVERED}
        assert invariants.audit(session) == []
    failed = queues._queues[CLASSIFICATION].failed_job_registry.get_job_ids()
    assert len(failed) == 2, "what nobody understands is kept for a day"
    said = CliRunner(env=environ).invoke(doctor, []).output
    assert "workers.jobs.classify_v0" in said, said
    database.dispose()


def leave_jobs(queues: Queues) -> None:
    """What earlier versions left in Redis: a wake-up as the first ones wrote it, one with arguments, one unknown."""
    for job, function, args in (
        ("a" * 32, "workers.jobs.classify", []),
        ("b" * 32, "workers.jobs.classify", ["01a2", 3]),
        ("c" * 32, "workers.jobs.classify_v0", []),
    ):
        queues.redis.hset(
            f"rq:job:{job}",
            mapping={
                "created_at": "2026-11-22T23:00:00.000000Z",
                "enqueued_at": "2026-11-22T23:00:00.000000Z",
                "data": zlib.compress(json.dumps([function, None, args, {}]).encode()),
                "description": "classification",
                "origin": CLASSIFICATION,
                "status": "queued",
                "timeout": "120",
                "result_ttl": "0",
                "failure_ttl": "86400",
            },
        )
        queues.redis.rpush(f"rq:queue:{CLASSIFICATION}", job)
    queues.redis.sadd("rq:queues", f"rq:queue:{CLASSIFICATION}")


def finish_as_earlier(earlier: EarlierVersion, site: str, endpoint: str, comment: str) -> None:
    """Record a verdict with the earlier version's columns: it began before, and ends after the migration."""
    table = earlier.tables["comment"]
    with earlier.database.write() as session:
        session.execute(
            table.update()
            .where(table.c.id == comment, table.c.status == "pending", table.c.claim_token == "alive")
            .values(
                status="approved", verdict="approve", version=2, decided_at=earlier.now, claim_token=None,
                claimed_until=None,
            )
        )  # fmt: skip
    decision = earlier.write(
        "decision", site_id=site, comment_id=comment, revision=1, from_status="pending", to_status="approved",
        verdict="approve", source="policy", policy_version=0,
    )  # fmt: skip
    earlier.write(
        "delivery", site_id=site, endpoint_id=endpoint, comment_id=comment, decision_id=decision, sequence=2,
        event="comment.approved", state="waiting", next_attempt_at=earlier.now - timedelta(seconds=1),
    )  # fmt: skip


@pytest.mark.one_database
def test_a_migration_only_adds_and_what_it_adds_may_be_left_out(empty_database_url: str) -> None:
    """Expand now, contract a release later: else the version before fails while both run."""
    database = Database(empty_database_url)
    before: dict[str, set[str]] = {}
    for revision in REVISIONS[REVISIONS.index(RELEASED) :]:
        migrations.upgrade(database, revision)
        look = inspect(database.engine)
        now = {
            table: {column["name"]: column for column in look.get_columns(table)} for table in look.get_table_names()
        }
        for table, columns in before.items():
            assert columns <= now.get(table, {}).keys(), f"{revision} takes something away from {table}"
            for name in now[table].keys() - columns:
                added = now[table][name]
                assert added["nullable"] or added["default"] is not None, f"{revision}: {table}.{name} needs a default"
        before = {table: set(columns) for table, columns in now.items()}
    database.dispose()
