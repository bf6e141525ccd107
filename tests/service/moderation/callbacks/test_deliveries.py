"""Callbacks of a replay never hold up any other: not at their endpoint, not for their own comment."""

from sqlalchemy import select, update

from service.db import Database, database_now
from service.models import Delivery, Lane, Site
from service.moderation.decisions import replayed as recording
from service.vocabulary import Verdict
from tests.support.comments import TEXT, classify, moderate, reread, submit
from tests.support.outbox import listen, settle, take


def replayed(database: Database, site: Site, count: int, *, delay: float) -> list[str]:
    """Have a replay reject `count` published comments, whose callbacks are due after `delay` seconds."""
    ids = [submit(database, site.id, f"old-{number}", f"{number}: {TEXT}").id for number in range(count)]
    classify(database)
    with database.write() as session:
        session.execute(update(Delivery).values(state="delivered", attempts=1))
    for comment_id in ids:
        with database.write() as session:
            comment = reread(database, comment_id)
            reasons = [{"code": "toxic", "verdict": "reject", "text": "toxic"}]
            recording.record(
                session, comment, Verdict.REJECT, expected_version=2, policy_version=2, reasons=reasons, overrides=[],
                callback_delay=delay,
            )  # fmt: skip
    return ids


def test_a_live_callback_leaves_at_once_while_a_replays_are_overdue(database: Database, site: Site) -> None:
    listen(database, site)
    replayed(database, site, 12, delay=0)
    with database.write() as session:  # they have waited for a while, as behind a slow receiver
        session.execute(
            update(Delivery).where(Delivery.lane == Lane.REPLAYED).values(next_attempt_at=database_now(-60))
        )
    (one,) = take(database)  # of two places one stays free
    assert one.delivery.lane == Lane.REPLAYED
    assert take(database) == []
    live = submit(database, site.id, "live", f"Fresh: {TEXT}")
    classify(database)
    (fresh,) = take(database)
    assert (fresh.delivery.comment_id, fresh.delivery.lane) == (live.id, Lane.LIVE)
    settle(database, fresh)
    settle(database, one)
    (after,) = take(database)
    assert after.delivery.lane == Lane.REPLAYED


def test_a_moderators_decision_does_not_wait_for_the_turn_of_the_replay_before_it(
    database: Database, site: Site
) -> None:
    listen(database, site)
    first, other = replayed(database, site, 2, delay=3_600)
    moderate(database, reread(database, first), Verdict.APPROVE)
    (sent,) = take(database)
    assert (sent.delivery.comment_id, sent.delivery.event.value) == (first, "comment.rejected")
    settle(database, sent)
    (sent,) = take(database)
    assert (sent.delivery.comment_id, sent.delivery.event.value) == (first, "comment.overturned")
    with database.read() as session:
        left = session.scalars(select(Delivery).where(Delivery.comment_id == other, Delivery.state == "waiting")).one()
        assert left.lane == Lane.REPLAYED
