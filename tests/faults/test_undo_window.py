"""No callback leaves while a moderator can still undo, and nothing can be undone once it left."""

import pytest
from sqlalchemy import select, update

from service.db import Database, database_now
from service.errors import Conflict
from service.models import Comment, Delivery, Endpoint, ReviewAction, Site
from service.models.moderator import Role
from service.moderation.callbacks import deliveries
from service.moderation.callbacks.deliveries import Claimed
from service.moderation.review import actions
from service.moderation.review.deciding import Ruling
from service.vocabulary import CommentStatus, Event, Verdict
from tests.support.console import add_moderator
from tests.support.held import hold


def due(database: Database) -> list[Event]:
    """What a delivery worker would send now, taken as it takes it and not sent."""
    with database.write() as session:
        claimed: list[Claimed] = deliveries.claim(session, limit=10, lease_seconds=0)
        return [one.delivery.event for one in claimed]


def test_nobody_is_told_of_a_decision_that_can_still_be_undone(
    database: Database, site: Site, endpoint: Endpoint
) -> None:
    comment = hold(database, site.id, 0)
    ada = add_moderator(database, "ada@gazette.example", "Ada", gazette=Role.MODERATOR)
    with database.write() as session:
        session.execute(update(Delivery).values(state="delivered"))  # the callback that it is held has left
        ruling = Ruling(verdict=Verdict.APPROVE)
        done = actions.decide(session, site.id, ada, comment.id, comment.version, ruling, undo_seconds=60)
    assert done.action is not None
    assert due(database) == []
    with database.write() as session:
        ends = session.scalar(select(ReviewAction.undo_until))
        leaves = session.scalar(select(Delivery.next_attempt_at).where(Delivery.event == Event.APPROVED))
        assert ends is not None
        assert leaves is not None
        assert leaves > ends, "also who clicks in the last second is in time"
        session.execute(update(Delivery).values(next_attempt_at=database_now(-1)))
    assert due(database) == [Event.APPROVED]
    with pytest.raises(Conflict), database.write() as session:
        actions.undo(session, site.id, ada, done.action.id)
    with database.read() as session:
        assert session.get_one(Comment, comment.id).status is CommentStatus.APPROVED
