"""SIGTERM: the comment in hand is finished, the rest of the claim given back, and the process is gone."""

import signal

from sqlalchemy import func, select

from service.db import Database
from service.models import Comment, Endpoint, Site
from service.queues import Queues
from service.vocabulary import CommentStatus
from tests.faults.conftest import assert_all_came_right, burst, pending, scripted
from tests.support.comments import TEXT, submit
from tests.support.services import Services, eventually


def claimed(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).where(Comment.claim_token.is_not(None))) or 0


def test_a_worker_told_to_stop_gives_back_what_it_has_not_begun(
    services: Services, database: Database, site: Site, endpoint: Endpoint, queues: Queues
) -> None:
    for number in range(12):
        submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.")
    worker = scripted(services, "classification", TEST_SCORING_SECONDS="1")
    eventually(lambda: 0 < pending(database) < 12, "nothing was classified")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(120) == 0, services.output()
    assert claimed(database) == 0
    left = pending(database)
    assert left > 0
    with database.read() as session:
        attempts = session.scalars(select(Comment.attempts).where(Comment.status == CommentStatus.PENDING)).all()
    assert list(attempts) == [0] * left, "what was not begun does not count as tried"
    assert burst(services, "classification") == 0
    assert_all_came_right(database, 12)
