"""`moderato doctor`: does this installation stand on firm ground, and, with --audit, does its record keep its
promises.

It changes nothing. A finding is `ok`, `warning` (works, but loses a guarantee that is named) or `failed`; any failure
ends with status 1.
"""

import hashlib
import importlib.util
import json
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import click
from redis import Redis, RedisError
from rq import Queue
from rq.exceptions import DeserializationError
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import ColumnElement, func, or_, select, text
from sqlalchemy.exc import SQLAlchemyError

from service import migrations
from service.db import Database, database_now
from service.models import Comment, Endpoint, EndpointState, WorkerBeat
from service.moderation import audit_log
from service.moderation.upkeep import invariants, resealing
from service.outside import addresses
from service.outside.sealing import Keyring, new_key
from service.queues import CLASSIFICATION, DELIVERY, QUEUES, connect
from service.settings import Settings, SettingsError, load

Grade = Literal["ok", "warning", "failed"]
OLDEST_REDIS = (6, 2)
TEXT_INDEX = "ix_comment_held_text"  # which the migration leaves out where it may not create pg_trgm


@dataclass(frozen=True)
class Finding:
    """What one check found; `ids` are the rows at fault, never their content."""

    check: str
    grade: Grade
    detail: str
    ids: tuple[str, ...] = ()


@click.command()
@click.option("--audit", is_flag=True, help="Also check every promise over the whole database.")
@click.option("--slo", default=3_600.0, show_default=True, help="Seconds that a comment may wait, for --audit.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def doctor(audit: bool, slo: float, as_json: bool) -> None:
    """Check settings, database, Redis, workers and models."""
    try:
        settings = load()
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(78)
    findings = list(examine(settings, audit=audit, slo_seconds=slo))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            click.echo(f"{finding.grade:8} {finding.check}: {finding.detail}")
            for row in finding.ids:
                click.echo(f"{'':9}{row}")
    sys.exit(1 if any(finding.grade == "failed" for finding in findings) else 0)


def examine(settings: Settings, /, *, audit: bool = False, slo_seconds: float = 3_600) -> Iterator[Finding]:
    """Yield what every check finds; a check that breaks is a finding too."""
    database = Database(settings.effective_database_url, pool_size=1)
    checks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("settings", lambda: _settings(settings)),
        ("database", lambda: _database(database)),
        ("redis", lambda: _redis(settings)),
        ("workers", lambda: _workers(database)),
        ("models", _models),
        ("callbacks", lambda: _endpoints(database)),
        ("secrets", lambda: _secrets(database, settings)),
    ]
    if audit:
        checks.append(("audit", lambda: _audit(database, slo_seconds)))
    try:
        for name, check in checks:
            try:
                yield from check()
            except (SQLAlchemyError, RedisError, OSError, ValueError) as error:
                yield Finding(name, "failed", f"could not be checked ({type(error).__name__})")
    finally:
        database.dispose()


def _settings(settings: Settings) -> Iterator[Finding]:
    try:
        allowed = addresses.allowances(networks=settings.callback_allow_private, http=settings.callback_allow_http)
    except ValueError:
        yield Finding("settings", "failed", "MODERATO_CALLBACK_ALLOW_PRIVATE: must be networks such as 10.0.0.0/8")
        return
    if allowed.http:
        yield Finding("settings", "warning", "callbacks may go over plain http: anybody on the way can read them")
    if any(network.num_addresses > 2**24 for network in allowed.networks):
        yield Finding("settings", "warning", "callbacks may reach a network of more than 16 million addresses")
    yield Finding("settings", "ok", "every setting is known and valid")


def _database(database: Database) -> Iterator[Finding]:
    with database.read() as session:
        here = session.scalar(select(database_now()))
        kind = f"{database.engine.dialect.name} answers, its clock says {here:%H:%M:%S} UTC"
        if database.is_sqlite and session.scalar(text("PRAGMA journal_mode")) != "wal":
            yield Finding("database", "failed", "SQLite is not in WAL mode: readers and writers lock each other out")
        if database.is_sqlite and (fault := session.scalar(text("PRAGMA quick_check(1)"))) != "ok":
            yield Finding("database", "failed", f"SQLite says: {fault}")
        if not database.is_sqlite and session.scalar(text(f"SELECT to_regclass('{TEXT_INDEX}')")) is None:
            detail = "no pg_trgm index: the search in held texts reads each of them; docs/operators/running.md says how"
            yield Finding("database", "warning", detail)
    if migrations.is_at_head(database):
        yield Finding("database", "ok", f"{kind}; the schema is this version's")
    else:
        yield Finding("database", "failed", "the schema is not this version's; run `moderato db upgrade`")


def _redis(settings: Settings) -> Iterator[Finding]:
    redis = connect(settings.effective_redis_url)
    try:
        version = str(redis.info("server")["redis_version"])
        yield from _redis_rules(redis, settings, version)
    except (RedisError, OSError) as error:
        yield Finding(
            "redis", "failed", f"does not answer ({type(error).__name__}); comments are stored and wait meanwhile"
        )
    finally:
        redis.close()


def _redis_rules(redis: Redis, settings: Settings, version: str) -> Iterator[Finding]:
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        yield Finding("redis", "failed", f"version {version}: must be 6.2 or later")
    policy = _config(redis, "maxmemory-policy")
    if policy not in ("noeviction", None):
        yield Finding("redis", "warning", f"maxmemory-policy {policy}: must be noeviction, or wake-ups are lost")
    if _config(redis, "appendonly") == "no":
        yield Finding("redis", "warning", "appendonly no: wake-ups are lost with Redis, upkeep then brings them back")
    remote = not settings.effective_redis_url.startswith("unix:")
    if remote and _config(redis, "protected-mode") == "no" and "@" not in settings.effective_redis_url:
        yield Finding("redis", "failed", "protected-mode no and no password: anybody who reaches it can run jobs")
    yield from _failed_jobs(redis)
    yield Finding("redis", "ok", f"version {version} answers")


def _failed_jobs(redis: Redis) -> Iterator[Finding]:
    """Jobs that RQ could not run, by what they call: of another version, or of a worker that died."""
    for name in QUEUES:
        failed = Queue(name, connection=redis, serializer=JSONSerializer).failed_job_registry
        ids = failed.get_job_ids(0, 19, cleanup=False)
        if not ids:
            continue
        jobs = Job.fetch_many(ids, connection=redis, serializer=JSONSerializer)
        called = sorted({_called(job) for job in jobs if job is not None})
        yield Finding(
            "redis",
            "warning",
            f"{failed.get_job_count(cleanup=False)} jobs of {name} failed within a day ({', '.join(called)});"
            " what they were to wake is in the database and was woken again",
            tuple(ids),
        )


def _called(job: Job) -> str:
    try:
        return str(job.func_name)
    except (DeserializationError, ValueError):
        return "unreadable"


def _config(redis: Redis, name: str) -> str | None:
    """Return a value of Redis's configuration, None where it does not let us ask (managed services)."""
    try:
        value: Any = redis.config_get(name).get(name)
    except RedisError:
        return None
    return value.decode() if isinstance(value, bytes) else value


def _workers(database: Database) -> Iterator[Finding]:
    with database.read() as session:
        alive = dict(
            session.execute(
                select(WorkerBeat.role, func.count())
                .where(WorkerBeat.seen_at > database_now(-20))
                .group_by(WorkerBeat.role)
            ).all()
        )
    for role in (CLASSIFICATION, DELIVERY, "upkeep"):
        if not alive.get(role):
            yield Finding("workers", "warning", f"no {role} worker has shown life in the last 20 seconds")
    shown = ", ".join(f"{count} {role}" for role, count in sorted(alive.items())) or "none"
    yield Finding("workers", "ok", f"alive: {shown}")


def _models() -> Iterator[Finding]:
    spec = importlib.util.find_spec("workers")  # found, not imported: the web side has no model packages
    folders = [Path(place) / "models" for place in (spec.submodule_search_locations or ())] if spec else []
    manifests = sorted(path for folder in folders for path in folder.glob("*/manifest.json"))
    if not manifests:
        yield Finding("models", "warning", "no models here; the classification workers bring their own")
    for manifest in manifests:
        recorded: dict[str, str] = json.loads(manifest.read_text()).get("files", {})
        wrong = [name for name, digest in recorded.items() if _sha256(manifest.parent / name) != digest]
        if wrong:
            yield Finding("models", "failed", f"{manifest.parent.name}: {', '.join(wrong)} is not the recorded file")
        else:
            yield Finding("models", "ok", f"{manifest.parent.name}: {len(recorded)} files are the recorded ones")


def _sha256(path: Path) -> str:
    if not path.is_file():
        return "missing"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _endpoints(database: Database) -> Iterator[Finding]:
    with database.read() as session:
        off = session.scalars(select(Endpoint.id).where(Endpoint.state == EndpointState.DISABLED).limit(20)).all()
    if off:
        yield Finding("callbacks", "warning", "endpoints are switched off; what they miss waits 30 days", tuple(off))


def _secrets(database: Database, settings: Settings) -> Iterator[Finding]:
    key = settings.encryption_key_file
    if not settings.encryption_keys and not key.exists():  # and none is made here: the doctor changes nothing
        with database.read() as session:
            sealed = resealing.standing(session, Keyring([new_key()])).secrets
        detail = f"{sealed} are sealed, {key} is gone and MODERATO_ENCRYPTION_KEYS is not set" if sealed else "none yet"
        yield Finding("secrets", "failed" if sealed else "ok", detail)
        return
    with database.read() as session:
        found = resealing.standing(session, settings.keyring)
        held = session.scalars(select(Endpoint.id).where(Endpoint.held_reason != "").limit(20)).all()
    if found.lost:
        detail = "no key of MODERATO_ENCRYPTION_KEYS opens the secrets of these; callbacks wait, webhooks get 503"
        yield Finding("secrets", "failed", detail, found.lost)
    if held and not found.lost:
        detail = "the delivery worker could not open the secrets of these: it needs the same MODERATO_ENCRYPTION_KEYS"
        yield Finding("secrets", "failed", detail, tuple(held))
    if found.older:
        detail = f"{found.older} need an older key than the first; run `moderato db reseal` before it goes"
        yield Finding("secrets", "warning", detail)
    if not settings.encryption_keys and stat.S_IMODE(key.stat().st_mode) & 0o077:
        yield Finding("secrets", "failed", f"{key} can be read by others; chmod 600 it")
    if not found.lost:
        yield Finding("secrets", "ok", f"the configured key opens all {found.secrets}")


def _before_itself() -> ColumnElement[bool]:
    return or_(Comment.decided_at < Comment.received_at, Comment.received_at > database_now(60))


def _audit(database: Database, slo_seconds: float) -> Iterator[Finding]:
    with database.read() as session:
        breaches = invariants.audit(session, slo_seconds=slo_seconds)
        chain = audit_log.verify(session)
        back = session.scalars(select(Comment.id).where(_before_itself()).limit(invariants.SHOWN)).all()
    if back:
        yield Finding(
            "clock", "warning", "the database's clock was set back: ages and durations of these say little", tuple(back)
        )
    for breach in breaches:
        yield Finding("audit", "failed", f"does not hold: {breach.promise}", breach.ids)
    if not chain.intact:
        yield Finding("audit", "failed", f"the audit log is broken: {chain.fault}", (str(chain.broken_at),))
    if not breaches and chain.intact:
        yield Finding("audit", "ok", f"every promise holds; the audit log's {chain.entries} entries are unbroken")
