"""The examination: every check in its order, each on its own."""

from collections.abc import Callable, Iterator, Sequence

from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from service.db import Database
from service.doctor import alerts, files, installation, models, record, redis_rules, secrets
from service.doctor.finding import Finding
from service.installation.settings import Settings
from service.installation.storage import open_database


def examine(
    settings: Settings, /, *, audit: bool = False, slo_seconds: float = 3_600, against: Sequence[str] = ()
) -> Iterator[Finding]:
    """Yield what every check finds; a check that breaks is a finding too.

    `against`: heads of the audit log that were noted earlier, checked with `audit`.
    """
    if settings.encryption_keys or settings.encryption_key_file.exists():
        database = open_database(settings, pool_size=1)
    else:  # without a key, and none is made: the doctor changes nothing
        database = Database(settings.effective_database_url, pool_size=1)
    checks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("settings", lambda: installation.check_settings(settings)),
        ("files", lambda: files.check(settings)),
        ("database", lambda: installation.check_database(database)),
        ("redis", lambda: redis_rules.check(settings)),
        ("workers", lambda: installation.check_workers(database)),
        ("models", models.check),
        ("callbacks", lambda: installation.check_endpoints(database)),
        ("alerts", lambda: alerts.check(database, settings)),
        ("secrets", lambda: secrets.check(database, settings)),
    ]
    if audit:
        checks.append(("audit", lambda: record.check(database, slo_seconds, against)))
    try:
        for name, check in checks:
            try:
                yield from check()
            except (SQLAlchemyError, RedisError, OSError, ValueError) as error:
                yield Finding(name, "failed", f"could not be checked ({type(error).__name__})")
    finally:
        database.dispose()
