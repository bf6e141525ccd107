"""A held comment is found by each of its reasons, and by none once it is held no more; the database sees to that."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete, select

from service import migrations
from service.db import Database
from service.models import Comment, HeldReason, Site
from service.moderation.erasure import erasing
from service.moderation.intake import intake
from service.moderation.policy.rules import Rules
from service.moderation.review import actions
from service.moderation.review.deciding import Ruling
from service.moderation.review.queue import queue
from service.moderation.review.queue.queue_filter import Order, QueueFilter
from service.moderation.upkeep import invariants
from service.vocabulary import Attribute, Verdict
from tests.support.actors import CMS
from tests.support.console import add_moderator
from tests.support.downgrade import downgrade
from tests.support.held import SAID, Said, hold, judge

BOTH = Said(
    "I know where your office is and I will come and break every bone you have, whatever the article says.",
    "night_owl_77",
    {Attribute.THREAT: 0.86, Attribute.OFF_TOPIC: 0.93, Attribute.INSULT: 0.6},
    terms=("break every bone",),
)


@pytest.fixture
def held(database: Database, site: Site) -> list[Comment]:
    return [hold(database, site.id, 0), hold(database, site.id, 1), hold(database, site.id, 10, said=BOTH)]


def listed(database: Database, site: Site, **chosen: object) -> list[str]:
    wanted = QueueFilter(**chosen)  # type: ignore[arg-type]
    with database.read() as session:
        rows = [row.id for row in queue.page(session, site.id, wanted)]
        assert queue.count(session, site.id, wanted) == len(rows)
    return rows


@pytest.mark.parametrize(
    ("chosen", "numbers"),
    [
        ({"reason": "toxic"}, [0, 2]),
        ({"reason": "off_topic"}, [1, 2]),
        ({"reason": "suspect_term"}, [2]),
        ({"attribute": "insult"}, [0, 2]),
        ({"attribute": "insult", "score_from": 0.7}, [0]),
        ({"attribute": "insult", "score_to": 0.7}, [2]),
        ({"attribute": "off_topic", "score_from": 0.9}, [1, 2]),
        ({"attribute": "insult", "reason": "off_topic"}, [2]),
        ({"attribute": "insult", "order": Order.SEVERE}, [2, 0]),
        ({"reason": "off_topic", "order": Order.MILD}, [1, 2]),
        ({"reason": "toxic", "score_from": 0.9}, [0]),  # without an attribute, the score of the worst reason
        ({"reason": "flood"}, []),
    ],
)
def test_a_filter_looks_at_every_reason(
    database: Database, site: Site, held: list[Comment], chosen: dict[str, object], numbers: list[int]
) -> None:
    assert listed(database, site, **chosen) == [held[number].id for number in numbers]


def test_the_list_names_every_reason_the_worst_first(database: Database, site: Site, held: list[Comment]) -> None:
    with database.read() as session:
        row = queue.page(session, site.id, QueueFilter())[2]
    assert row.reasons == ("threat", "suspect_term", "insult", "off_topic")
    assert (row.reason, row.attribute, row.score) == ("toxic", "threat", 0.86)


def test_an_attributes_scores_are_its_own(database: Database, site: Site, held: list[Comment]) -> None:
    with database.read() as session:
        spread = queue.histogram(session, site.id, QueueFilter(attribute="insult"), buckets=10)
    assert spread == [0, 0, 0, 0, 0, 0, 1, 0, 1, 0]


def test_the_reasons_follow_a_comment_through_the_product(database: Database, site: Site, held: list[Comment]) -> None:
    ana = add_moderator(database, "ana@gazette.example", "Ana")
    comment = held[2]

    def found(*, escalated: bool = False) -> bool:
        with database.read() as session:
            assert invariants.audit(session) == []
        return comment.id in listed(database, site, attribute="threat", escalated=escalated)

    with database.write() as session:
        actions.escalate(session, site.id, ana, comment.id, "A threat?")
    assert found(escalated=True)
    assert not found()
    with database.write() as session:
        actions.hand_back(session, site.id, ana, comment.id, "")
    assert found()
    ruling = Ruling(verdict=Verdict.REJECT)
    with database.write() as session:
        done = actions.decide(session, site.id, ana, comment.id, comment.version, ruling, undo_seconds=10)
    assert not found()
    with database.write() as session:
        assert done.action is not None
        actions.undo(session, site.id, ana, done.action.id)
    assert found()
    with database.write() as session:
        intake.edit(session, site.id, comment.external_id, SAID[0].text, Rules())
    assert not found()
    judge(database, SAID[0])
    assert not found()
    assert comment.id in listed(database, site, attribute="insult")
    with database.write() as session:
        erasing.erase_author(session, site.id, str(comment.author_external_id), by=CMS)
    assert comment.id not in listed(database, site, attribute="insult")
    with database.write() as session:
        session.execute(delete(Comment))
        assert session.scalars(select(HeldReason)).all() == []
        assert invariants.TALLIED not in {breach.promise for breach in invariants.audit(session)}


@pytest.fixture
def upgraded(empty_database_url: str) -> Iterator[Database]:
    database = Database(empty_database_url)
    migrations.upgrade(database)
    yield database
    database.dispose()


def test_what_was_held_before_is_found_by_every_reason(upgraded: Database) -> None:
    with upgraded.write() as session:
        site = Site(slug="gazette", name="The Gazette")
        session.add(site)
    comment = hold(upgraded, site.id, said=BOTH)
    downgrade(upgraded, "readers")
    migrations.upgrade(upgraded)
    assert listed(upgraded, site, attribute="off_topic") == [comment.id]
    with upgraded.read() as session:
        assert invariants.audit(session) == []
