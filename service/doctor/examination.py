"""The examination: every check in its order, each on its own."""

from collections.abc import Callable, Iterator

from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from service.db import Database
from service.doctor import files, installation, models, record, redis_rules, secrets
from service.doctor.finding import Finding
from service.settings import Settings


def examine(settings: Settings, /, *, audit: bool = False, slo_seconds: float = 3_600) -> Iterator[Finding]:
    """Yield what every check finds; a check that breaks is a finding too."""
    database = Database(settings.effective_database_url, pool_size=1)
    checks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("settings", lambda: installation.check_settings(settings)),
        ("files", lambda: files.check(settings)),
        ("database", lambda: installation.check_database(database)),
        ("redis", lambda: redis_rules.check(settings)),
        ("workers", lambda: installation.check_workers(database)),
        ("models", models.check),
        ("callbacks", lambda: installation.check_endpoints(database)),
        ("secrets", lambda: secrets.check(database, settings)),
    ]
    if audit:
        checks.append(("audit", lambda: record.check(database, slo_seconds)))
    try:
        for name, check in checks:
            try:
                yield from check()
            except (SQLAlchemyError, RedisError, OSError, ValueError) as error:
                yield Finding(name, "failed", f"could not be checked ({type(error).__name__})")
    finally:
        database.dispose()
