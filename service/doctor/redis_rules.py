"""Redis: whether it answers, and which guarantees its configuration keeps."""

from collections.abc import Iterator
from typing import Any

from redis import Redis, RedisError
from rq import Queue
from rq.exceptions import DeserializationError
from rq.job import Job
from rq.serializers import JSONSerializer

from service.doctor.finding import Finding
from service.installation.settings import Settings
from service.queues import QUEUES, connect

OLDEST_REDIS = (6, 2)


def check(settings: Settings) -> Iterator[Finding]:
    """Yield whether Redis answers, and which settings of it lose wake-ups or let strangers in."""
    redis = connect(settings.effective_redis_url)
    try:
        version = str(redis.info("server")["redis_version"])
        yield from _rules(redis, settings, version)
    except (RedisError, OSError) as error:
        yield Finding(
            "redis", "failed", f"does not answer ({type(error).__name__}); comments are stored and wait meanwhile"
        )
    finally:
        redis.close()


def _rules(redis: Redis, settings: Settings, version: str) -> Iterator[Finding]:
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        yield Finding("redis", "failed", f"version {version}: must be 6.2 or later")
    policy = _config(redis, "maxmemory-policy")
    if policy not in ("noeviction", None):
        yield Finding("redis", "warning", f"maxmemory-policy {policy}: must be noeviction, or wake-ups are lost")
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
