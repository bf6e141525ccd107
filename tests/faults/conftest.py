"""What the fault tests share: scripted workers, a receiver, and the question whether all came right in the end."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from service.db import Database
from service.models import Comment, Decision, Delivery, DeliveryState, Endpoint, Site
from service.moderation.callbacks import endpoints
from service.moderation.upkeep import invariants
from service.outside import addresses
from service.vocabulary import CommentStatus
from tests.support.receiver import Receiver, receiving
from tests.support.services import Services

pytest.register_assert_rewrite("tests.faults.moderation")

PATIENCE = 150  # seconds for a process that takes three on a quiet machine
LOCAL = {"MODERATO_CALLBACK_ALLOW_PRIVATE": "127.0.0.0/8", "MODERATO_CALLBACK_ALLOW_HTTP": "true"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def endpoint(database: Database, site: Site, receiver: Receiver) -> Endpoint:
    allowed = addresses.allowances(networks="127.0.0.0/8", http=True)
    with database.write() as session:
        return endpoints.register(session, site.id, f"{receiver.url}/hooks", allowed=allowed)


def scripted(services: Services, role: str, *arguments: str, **environ: str) -> subprocess.Popen[bytes]:
    """Start a worker with scripted scores."""
    command = [sys.executable, "-m", "tests.support.scripted_worker", role, *arguments]
    return services.start(command, f"scripted-{role}", **(LOCAL | environ))


def burst(services: Services, role: str, **environ: str) -> int:
    """Run a worker until nothing is left to do; return its exit status."""
    return scripted(services, role, "--burst", **environ).wait(PATIENCE)


def pending(database: Database) -> int:
    with database.read() as session:
        waiting = select(func.count()).where(Comment.status == CommentStatus.PENDING)
        return session.scalar(waiting) or 0


def undelivered(database: Database) -> int:
    with database.read() as session:
        waiting = select(func.count()).where(Delivery.state == DeliveryState.WAITING)
        return session.scalar(waiting) or 0


def assert_all_came_right(database: Database, comments: int, *, callbacks: int | None = None) -> None:
    """Each comment has one decision, each decision one callback (or as many as said), and every promise holds."""
    with database.read() as session:
        assert invariants.audit(session) == []
        counts = [session.scalar(select(func.count()).select_from(kind)) for kind in (Comment, Decision, Delivery)]
        assert counts == [comments, comments, comments if callbacks is None else callbacks]


def wait_until(holds: object, seconds: float, why: str) -> float:
    """Wait for `holds()`; return how long it took."""
    started = time.monotonic()
    while not holds():  # type: ignore[operator]
        assert time.monotonic() - started < seconds, why
        time.sleep(0.1)
    return time.monotonic() - started
