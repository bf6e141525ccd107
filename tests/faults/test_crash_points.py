"""A worker dies at each named point, and the next one ends what it began: nothing lost, nothing twice.

Real processes with a scripted score. The time of a lease passes by moving it in the row.
"""

import pytest
from sqlalchemy import select, update

from service.db import Database, database_now
from service.models import Comment, Decision, Delivery, Endpoint, Site
from service.queues import CLASSIFICATION, Queues
from service.vocabulary import CommentStatus
from tests.faults.conftest import assert_all_came_right, burst, pending, undelivered
from tests.support.comments import TEXT, classify, submit
from tests.support.receiver import Receiver
from tests.support.services import Services

CRASHED = 86
CLASSIFYING = ["after_claim", "after_scoring", "before_record", "after_record"]
DELIVERING = ["after_delivery_claim", "before_send", "after_send", "before_settle"]


def leases_run_out(database: Database) -> None:
    with database.write() as session:
        for kind in (Comment, Delivery):
            held = kind.claimed_until.is_not(None)
            session.execute(update(kind).where(held).values(claimed_until=database_now(-1)))


@pytest.mark.parametrize("point", CLASSIFYING)
def test_a_worker_that_dies_while_classifying_costs_nothing_but_time(
    services: Services, database: Database, site: Site, endpoint: Endpoint, point: str
) -> None:
    ids = [submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.").id for number in range(3)]
    assert burst(services, "classification", MODERATO_CRASH_AT=point) == CRASHED
    decided_before = {"after_record": 1}.get(point, 0)
    with database.read() as session:
        assert len(session.scalars(select(Decision)).all()) == decided_before
    leases_run_out(database)
    assert burst(services, "classification") == 0
    assert pending(database) == 0
    with database.read() as session:
        assert set(session.scalars(select(Comment.id).where(Comment.status == CommentStatus.APPROVED))) == set(ids)
    assert_all_came_right(database, 3)


@pytest.mark.parametrize("point", DELIVERING)
def test_a_worker_that_dies_while_delivering_delivers_at_least_once_under_one_id(
    services: Services, database: Database, site: Site, endpoint: Endpoint, receiver: Receiver, point: str
) -> None:
    submit(database, site.id)
    classify(database)
    assert burst(services, "delivery", MODERATO_CRASH_AT=point) == CRASHED
    leases_run_out(database)
    assert burst(services, "delivery") == 0
    assert undelivered(database) == 0
    arrived = receiver.ids("/hooks")
    assert len(set(arrived)) == 1
    assert len(arrived) == (2 if point in ("after_send", "before_settle") else 1)
    assert_all_came_right(database, 1)


def test_a_comment_that_kills_its_worker_each_time_takes_no_other_with_it_and_ends_with_a_human(
    services: Services, database: Database, site: Site, endpoint: Endpoint
) -> None:
    poison = submit(database, site.id, "c-0", f"{TEXT} This is poison.")
    fine = [submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.").id for number in (1, 2, 3)]
    for _ in range(3):
        assert burst(services, "classification", MODERATO_MAX_ATTEMPTS="3") == 139
        leases_run_out(database)
    assert burst(services, "upkeep", MODERATO_MAX_ATTEMPTS="3") == 0
    assert burst(services, "classification", MODERATO_MAX_ATTEMPTS="3") == 0
    with database.read() as session:
        stands = {comment.id: comment.status for comment in session.scalars(select(Comment))}
    assert stands == {poison.id: CommentStatus.HELD} | dict.fromkeys(fine, CommentStatus.APPROVED)
    assert_all_came_right(database, 4)


def test_a_crash_after_the_answer_to_the_site_loses_nothing(
    services: Services, database: Database, site: Site, endpoint: Endpoint, queues: Queues
) -> None:
    """Committed and never woken: the row alone is enough."""
    submit(database, site.id)
    assert burst(services, "upkeep") == 0
    assert queues.redis.llen(f"rq:queue:{CLASSIFICATION}") == 1
    assert burst(services, "classification") == 0
    assert pending(database) == 0
