"""The numbers of held comments that the database keeps are those of a count, whatever becomes of the comments."""

import random
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from service import migrations
from service.clock import utc_now
from service.db import Database
from service.models import Comment, Decision, Site
from service.moderation.erasure import erasing
from service.moderation.intake import intake
from service.moderation.policy.rules import Rules
from service.moderation.review import actions
from service.moderation.review.deciding import Ruling
from service.moderation.review.queue import held_tally
from service.moderation.upkeep import invariants
from service.vocabulary import CommentStatus, Source, Verdict
from tests.support.actors import CMS
from tests.support.comments import moderate
from tests.support.console import add_moderator
from tests.support.downgrade import downgrade
from tests.support.held import SAID, hold, judge


def counted(session: Session, site: Site) -> dict[tuple[bool, str], int]:
    by_policy = (Decision.comment_id == Comment.id) & (Decision.revision == Comment.revision)
    rows = session.execute(
        select(Comment.escalated_at, Decision.reasons)
        .outerjoin(Decision, by_policy & (Decision.source == Source.POLICY))
        .where(Comment.site_id == site.id, Comment.status == CommentStatus.HELD)
    )
    return dict(
        Counter(
            (escalated is not None, name)
            for escalated, reasons in rows
            for name in {"", *(one.get(field, "") for one in reasons or () for field in ("code", "attribute"))}
        )
    )


def by_reason(held: dict[tuple[bool, str], int]) -> dict[tuple[bool, str], int]:
    return {(lane, name): amount for (lane, name), amount in held.items() if name in ("toxic", "off_topic")}


def told(session: Session, site: Site) -> dict[tuple[bool, str], int]:
    """Return the numbers that are kept, after a count by hand has confirmed them."""
    kept = held_tally.of_site(session, site.id).held
    assert kept == counted(session, site)
    return kept


def read(database: Database, site: Site) -> dict[tuple[bool, str], int]:
    with database.read() as session:
        return told(session, site)


def row(site: Site, number: int, **values: Any) -> Comment:
    return Comment(site_id=site.id, external_id=f"r-{number}", text="A remark about the bridge.", **values)


def test_the_numbers_follow_a_comment_through_the_product(database: Database, site: Site, other_site: Site) -> None:
    ana = add_moderator(database, "ana@gazette.example", "Ana")
    comments = [hold(database, site.id, number) for number in range(3)]
    assert read(database, site) == {
        (False, ""): 3, (False, "toxic"): 2, (False, "toxicity"): 2, (False, "insult"): 1, (False, "threat"): 1,
        (False, "off_topic"): 1,
    }  # fmt: skip
    assert read(database, other_site) == {}
    with database.write() as session:
        actions.escalate(session, site.id, ana, comments[1].id, "For you.")
    assert by_reason(read(database, site)) == {(False, "toxic"): 2, (True, "off_topic"): 1}
    with database.write() as session:
        actions.hand_back(session, site.id, ana, comments[1].id, "")
        done = actions.decide(
            session,
            site.id,
            ana,
            comments[0].id,
            comments[0].version,
            Ruling(verdict=Verdict.REJECT),
            undo_seconds=10,
        )
        assert done.action is not None
        before_the_commit = by_reason(told(session, site))
    assert before_the_commit == {(False, "toxic"): 1, (False, "off_topic"): 1}
    with database.write() as session:
        actions.undo(session, site.id, ana, done.action.id)
    assert by_reason(read(database, site)) == {(False, "toxic"): 2, (False, "off_topic"): 1}
    with database.write() as session:
        new = "A text that is new, and longer than the fifty characters that are asked."
        intake.edit(session, site.id, comments[1].external_id, new, Rules())
    assert by_reason(read(database, site)) == {(False, "toxic"): 2}
    judge(database, SAID[1])
    assert by_reason(read(database, site)) == {(False, "toxic"): 2, (False, "off_topic"): 1}


@pytest.mark.parametrize("seed", range(3))
def test_the_numbers_are_right_after_any_changes_to_rows(
    database: Database, site: Site, other_site: Site, seed: int
) -> None:
    chance, sites = random.Random(seed), [site, other_site]
    statuses, reasons = list(CommentStatus), [None, "toxic", "off_topic"]
    for step in range(60):
        changes: dict[str, Any] = {
            "status": chance.choice(statuses),
            "reason": chance.choice(reasons),
            "escalated_at": chance.choice([None, None, utc_now()]),
        }
        with database.write() as session:
            ids = session.scalars(select(Comment.id).order_by(Comment.id)).all()
            some = chance.sample(ids, min(len(ids), 3))
            if step % 7 == 6:
                session.execute(delete(Comment).where(Comment.id.in_(some)))
            elif step % 2:
                session.execute(update(Comment).where(Comment.id.in_(some)).values(changes))
            else:
                session.add_all(row(chance.choice(sites), step * 10 + n, **changes) for n in range(2))
            session.flush()
            if step % 5 == 4:
                held_tally.fold(session)
            if step % 11 == 10:
                session.rollback()
        for one in sites:
            read(database, one)
    with database.read() as session:
        assert invariants.TALLIED not in {breach.promise for breach in invariants.audit(session)}


def test_two_who_hold_comments_of_one_site_do_not_wait_for_each_other(database: Database, site: Site) -> None:
    if database.is_sqlite:  # where one writes at a time anyway
        return
    with database.write() as first:
        first.add(row(site, 1, status=CommentStatus.HELD, reason="toxic"))
        first.flush()
        with database.write() as second:
            second.execute(text("SET LOCAL lock_timeout = '1s'"))
            second.add(row(site, 2, status=CommentStatus.HELD, reason="toxic"))
            held_tally.fold(second)
        assert told(first, site) == {(False, ""): 2}
    assert read(database, site) == {(False, ""): 2}


def test_folding_keeps_the_numbers_and_leaves_a_row_for_each(database: Database, site: Site) -> None:
    with database.write() as session:
        session.add_all(row(site, n, status=CommentStatus.HELD, reason="toxic") for n in range(held_tally.MANY + 1))
        session.flush()
        held_tally.fold(session)
        assert session.scalar(text("SELECT count(*) FROM held_tally")) == 1
        session.execute(update(Comment).values(status=CommentStatus.APPROVED))
    assert read(database, site) == {}


def test_what_was_held_before_the_numbers_were_kept_is_counted(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    migrations.upgrade(database)
    with database.write() as session:
        site = Site(slug="gazette", name="The Gazette")
        session.add(site)
        session.flush()
        session.add_all(row(site, n, status=CommentStatus.HELD, reason="toxic") for n in range(3))
        session.add(row(site, 3, status=CommentStatus.APPROVED, reason="toxic"))
    downgrade(database, "sealed_secrets")
    migrations.upgrade(database)
    assert read(database, site) == {(False, ""): 3}
    database.dispose()


def test_a_wrong_number_is_a_broken_promise(database: Database, site: Site) -> None:
    hold(database, site.id)
    with database.write() as session:
        assert invariants.audit(session) == []
        session.execute(text("UPDATE held_tally SET held = held + 1"))
        (breach,) = invariants.audit(session)
    assert (breach.promise, breach.ids) == (invariants.TALLIED, (site.id,))


def test_what_a_site_decides_and_what_expires_leaves_the_numbers(database: Database, site: Site) -> None:
    comments = [hold(database, site.id, number) for number in range(2)]
    moderate(database, comments[0], Verdict.APPROVE)
    with database.write() as session:
        erasing.erase_author(session, site.id, str(comments[1].author_external_id), by=CMS)
    read(database, site)
