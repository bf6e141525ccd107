"""Reports follow moderators' decisions, and so do their reporters' records and the callbacks about them."""

import pytest

from service.db import Database
from service.errors import Conflict
from service.models import Comment, Delivery, DeliveryState, Moderator, Site
from service.models.moderator import Role
from service.moderation.actors import of_moderator
from service.moderation.callbacks import payloads
from service.moderation.erasure import erasing
from service.moderation.intake import intake
from service.moderation.policy.rules import Rules
from service.moderation.review import actions
from service.moderation.review.deciding import Ruling
from service.moderation.upkeep import invariants
from service.vocabulary import CommentStatus, Event, Verdict
from tests.support.actors import CMS
from tests.support.comments import TEXT, classify, moderate, reread, submit
from tests.support.console import add_moderator
from tests.support.outbox import listen, owed
from tests.support.reported import dismiss, outcomes, record_of, report


@pytest.fixture
def published(database: Database, site: Site) -> Comment:
    comment = submit(database, site.id)
    classify(database)
    return reread(database, comment.id)


def about_reports(database: Database) -> list[Delivery]:
    return [delivery for delivery in owed(database) if delivery.event is Event.REPORT_DECIDED]


def told(database: Database) -> list[tuple[str, str]]:
    """Return reporter and outcome of what the site hears, in order."""
    with database.read() as session:
        said = [payloads.payload(session, delivery)["data"] for delivery in about_reports(database)]
    return [(data["reporter_id"], data["outcome"]) for data in said]


def sound(database: Database) -> bool:
    with database.read() as session:
        return invariants.audit(session) == []


@pytest.mark.parametrize(
    ("verdict", "outcome", "record"),
    [(Verdict.REJECT, "upheld", (1, 0)), (Verdict.APPROVE, "not_upheld", (0, 1))],
)
def test_a_decision_settles_the_reports_moves_the_records_and_tells_the_site(
    database: Database, site: Site, verdict: Verdict, outcome: str, record: tuple[int, int]
) -> None:
    comment = submit(database, site.id)
    classify(database, Verdict.HOLD)
    comment = reread(database, comment.id)
    for reporter in ("r-1", "r-2"):
        report(database, comment, reporter)
    report(database, comment, reporter_id="", reporter="mark", from_form=True)  # the site does not know who that is
    listen(database, site)
    moderate(database, comment, verdict)
    assert outcomes(database, comment) == [outcome] * 3
    assert record_of(database, site, "r-1") == record_of(database, site, "r-2") == record
    assert sorted(told(database)) == [("r-1", outcome), ("r-2", outcome)]
    assert sound(database)


def test_the_last_word_counts_and_what_was_said_before_stays_as_it_was_said(
    database: Database, site: Site, published: Comment
) -> None:
    listen(database, site)
    report(database, published)
    moderate(database, published, Verdict.REJECT)
    moderate(database, reread(database, published.id), Verdict.APPROVE)
    assert outcomes(database, published) == ["not_upheld"]
    assert record_of(database, site, "r-1") == (0, 1)
    assert told(database) == [("r-1", "upheld"), ("r-1", "not_upheld")]
    assert sound(database)


def test_the_policys_verdict_and_a_raise_settle_nothing(database: Database, site: Site, published: Comment) -> None:
    report(database, published)
    with database.write() as session:
        intake.edit(session, site.id, published.external_id, f"{TEXT} Edited.", Rules())
    classify(database, Verdict.REJECT)
    assert outcomes(database, published) == ["open"]
    assert record_of(database, site, "r-1") == (0, 0)


def test_an_undo_opens_them_again_moves_the_records_back_and_says_nothing(
    database: Database, site: Site, published: Comment
) -> None:
    listen(database, site)
    add_moderator(database, "ana@gazette.example", "Ana", gazette=Role.MODERATOR)
    report(database, published, "r-1")
    with database.read() as session:
        ana = session.query(Moderator).one()
    dismiss(database, published.id, by=of_moderator(ana))
    report(database, published, "r-2")
    for verdict in (Verdict.REJECT,):
        with database.write() as session:
            seen = session.get_one(Comment, published.id)
            done = actions.decide(
                session, site.id, ana, seen.id, seen.version, Ruling(verdict=verdict), undo_seconds=60
            )
        assert done.action is not None
        assert outcomes(database, published) == ["upheld", "upheld"]
        with database.write() as session:
            actions.undo(session, site.id, ana, done.action.id)
    assert outcomes(database, published) == ["not_upheld", "open"]
    assert (record_of(database, site, "r-1"), record_of(database, site, "r-2")) == ((0, 1), (0, 0))
    left = [delivery.state for delivery in about_reports(database)]
    assert left == [DeliveryState.WAITING, DeliveryState.WITHDRAWN, DeliveryState.WITHDRAWN]
    assert sound(database)


def test_an_edited_text_can_be_reported_again_and_its_decision_says_nothing_of_the_earlier_reports(
    database: Database, site: Site, published: Comment
) -> None:
    report(database, published)
    with database.write() as session:
        intake.edit(session, site.id, published.external_id, f"{TEXT} Edited.", Rules())
    classify(database)
    assert report(database, reread(database, published.id)).is_new
    moderate(database, reread(database, published.id), Verdict.REJECT)
    assert outcomes(database, published) == ["moot", "upheld"]
    assert record_of(database, site, "r-1") == (1, 0)


def test_dismissing_leaves_the_comment_and_counts_against_the_reporters(
    database: Database, site: Site, published: Comment
) -> None:
    listen(database, site)
    report(database, published)
    assert dismiss(database, published.id) == 1
    assert dismiss(database, published.id) == 0
    assert reread(database, published.id).status is CommentStatus.APPROVED
    assert (outcomes(database, published), record_of(database, site, "r-1")) == (["not_upheld"], (0, 1))
    assert told(database) == [("r-1", "not_upheld")]


def test_an_author_who_is_erased_leaves_nothing_in_their_reports(
    database: Database, site: Site, published: Comment
) -> None:
    report(database, published, words="It is my own street.")
    moderate(database, published, Verdict.REJECT)
    with database.write() as session:
        erasing.erase_author(session, site.id, "r-1", by=CMS)
    assert record_of(database, site, "r-1") == (0, 0)
    moderate(database, reread(database, published.id), Verdict.APPROVE)  # finds no record to move
    assert record_of(database, site, "r-1") == (0, 0)
    assert sound(database)


def test_only_the_text_and_the_reports_that_a_moderator_saw_are_dismissed(
    database: Database, site: Site, published: Comment
) -> None:
    report(database, published, "r-1")
    seen = {"version": published.version, "reports": 1}
    report(database, published, "r-2")
    with pytest.raises(Conflict, match="More readers have reported this comment"):
        dismiss(database, published.id, **seen)
    with database.write() as session:
        intake.edit(session, site.id, published.external_id, f"{TEXT} Edited.", Rules())
    with pytest.raises(Conflict, match="The comment has changed"):
        dismiss(database, published.id, **seen | {"reports": 2})
    assert outcomes(database, published) == ["open", "open"]


def test_dismissing_counts_against_nobody_who_reported_an_earlier_text(
    database: Database, site: Site, published: Comment
) -> None:
    listen(database, site)
    report(database, published, "r-1")
    with database.write() as session:
        intake.edit(session, site.id, published.external_id, f"{TEXT} I take the rest back.", Rules())
    classify(database)
    report(database, published, "r-2")
    assert dismiss(database, published.id) == 2
    assert outcomes(database, published) == ["moot", "not_upheld"]
    assert (record_of(database, site, "r-1"), record_of(database, site, "r-2")) == ((0, 0), (0, 1))
    assert told(database) == [("r-2", "not_upheld")]
    assert sound(database)


def test_the_open_reports_of_an_erased_comment_are_closed(database: Database, site: Site, published: Comment) -> None:
    report(database, published)
    with database.write() as session:
        erasing.erase_comment(session, site.id, published.external_id, by=CMS)
    assert (outcomes(database, published), record_of(database, site, "r-1")) == (["moot"], (0, 0))
    assert sound(database)
