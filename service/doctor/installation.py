"""The parts of an installation: settings, database, workers, endpoints."""

from collections.abc import Iterator

from sqlalchemy import select, text

from service import migrations
from service.db import Database, database_now
from service.doctor.finding import Finding
from service.installation.settings import Settings
from service.models import Endpoint, EndpointState
from service.moderation.insight import workers
from service.queues import CLASSIFICATION, DELIVERY

TEXT_INDEX = "ix_comment_held_text"  # which the migration leaves out where it may not create pg_trgm


def check_settings(settings: Settings) -> Iterator[Finding]:
    """Yield what the settings allow beyond the safe defaults."""
    allowed = settings.callback_allowances
    if allowed.http:
        yield Finding("settings", "warning", "callbacks may go over plain http: others on the network can read them")
    if any(network.num_addresses > 2**24 for network in allowed.networks):
        yield Finding("settings", "warning", "callbacks may reach a network of more than 16 million addresses")
    yield Finding("settings", "ok", "every setting is known and valid")


def check_database(database: Database) -> Iterator[Finding]:
    """Yield whether the database answers, is sound and has this version's schema."""
    with database.read() as session:
        here = session.scalar(select(database_now()))
        kind = f"{database.engine.dialect.name} answers, its clock says {here:%H:%M:%S} UTC"
        if database.is_sqlite and session.scalar(text("PRAGMA journal_mode")) != "wal":
            yield Finding("database", "failed", "SQLite is not in WAL mode: readers and writers lock each other out")
        if database.is_sqlite and (fault := session.scalar(text("PRAGMA quick_check(1)"))) != "ok":
            yield Finding("database", "failed", f"SQLite says: {fault}")
        if not database.is_sqlite and session.scalar(text(f"SELECT to_regclass('{TEXT_INDEX}')")) is None:
            detail = (
                "no pg_trgm index: the search in held texts reads every one of them; docs/operators/running.md says how"
            )
            yield Finding("database", "warning", detail)
    if migrations.is_at_head(database):
        yield Finding("database", "ok", f"{kind}; the schema is this version's")
    else:
        yield Finding("database", "failed", "the schema is not this version's; run `moderato db upgrade`")


def check_workers(database: Database) -> Iterator[Finding]:
    """Yield the roles without a live worker."""
    with database.read() as session:
        alive = workers.alive_by_role(session)
    for role in (CLASSIFICATION, DELIVERY, "upkeep"):
        if not alive.get(role):
            detail = f"no {role} worker has been alive in the last {workers.ALIVE_SECONDS} seconds"
            yield Finding("workers", "warning", detail)
    shown = ", ".join(f"{count} {role}" for role, count in sorted(alive.items())) or "none"
    yield Finding("workers", "ok", f"alive: {shown}")


def check_endpoints(database: Database) -> Iterator[Finding]:
    """Yield the endpoints that are switched off."""
    with database.read() as session:
        off = session.scalars(select(Endpoint.id).where(Endpoint.state == EndpointState.DISABLED).limit(20)).all()
    if off:
        yield Finding("callbacks", "warning", "endpoints are switched off; what they miss waits 30 days", tuple(off))
