"""What people decided without a change of status stands against a replay: on appeals, legal notices and reports."""

from dataclasses import replace

import pytest

from service.db import Database
from service.models import Comment, LegalNoticeState, Moderator, ReplayOutcome, Site
from service.models.moderator import Role
from service.moderation.legal_notices import deciding
from service.moderation.legal_notices.deciding import NoticeDecision
from service.moderation.review import appeals
from tests.support import reported
from tests.support.actors import CMS, LEA
from tests.support.console import add_moderator
from tests.support.legal_notices import receive
from tests.support.replays import MILDER, STRICTER, Past
from tests.support.reported import report

LEFT = NoticeDecision(state=LegalNoticeState.LEFT_PUBLISHED, answer="We find it lawful.", redress="Complain to us.")
TAKEN = replace(LEFT, state=LegalNoticeState.TAKEN_DOWN, answer="We removed it.", sentence="A court forbade it.")


@pytest.fixture
def lead(database: Database, site: Site) -> Moderator:
    return add_moderator(database, "lea@gazette.example", "Lea", gazette=Role.LEAD)


def decide(past: Past, lead: Moderator, comment_id: str, ruling: NoticeDecision) -> None:
    """Receive a legal notice about the comment, and decide on it."""
    comment = past.comment(comment_id)
    notice = receive(past.database, past.site, location=comment.external_id)
    with past.database.write() as session:
        ruling = replace(ruling, version=comment.version)
        deciding.decide(session, past.site.id, lead, notice.id, ruling, undo_seconds=10)


def uphold(past: Past, lead: Moderator, comment_id: str) -> None:
    """Lodge an appeal against the comment's rejection, and uphold the rejection."""
    with past.database.write() as session:
        appeal, _ = appeals.lodge(session, session.get_one(Comment, comment_id), "It is no insult.", by=CMS)
        appeals.decide(session, past.site.id, lead, appeal.id, overturn=False)


def dismiss(past: Past, comment_id: str) -> None:
    reported.dismiss(past.database, comment_id, by=LEA)


def test_what_a_legal_notice_had_taken_down_is_not_published_by_a_milder_policy(past: Past, lead: Moderator) -> None:
    taken, appealed, other = past.comments([0.95, 0.95, 0.95])
    assert past.statuses([taken, appealed]) == ["rejected", "rejected"]
    decide(past, lead, taken, TAKEN)  # rejected already, so no decision says so
    uphold(past, lead, appealed)
    past.activate(MILDER)
    replay = past.look()
    assert past.listed(replay) == {other: "rejected>approve"}
    assert replay.decided_by_people == 2


def test_what_a_lead_left_published_is_not_listed(past: Past, lead: Moderator) -> None:
    left, other = past.comments([0.25, 0.25])
    decide(past, lead, left, LEFT)
    past.activate(STRICTER)
    assert past.listed(past.look()) == {other: "approved>hold"}


def test_a_comment_whose_legal_notice_is_open_waits_for_the_lead(past: Past) -> None:
    reported, other = past.comments([0.95, 0.95])
    receive(past.database, past.site, location=past.comment(reported).external_id)
    past.activate(MILDER)
    assert past.listed(past.look()) == {other: "rejected>approve"}


def test_what_people_said_since_the_list_was_made_is_left_alone(past: Past, lead: Moderator) -> None:
    taken, appealed, other = past.comments([0.95, 0.95, 0.95])
    past.activate(MILDER)
    replay = past.look()
    decide(past, lead, taken, TAKEN)
    uphold(past, lead, appealed)
    replay = past.apply(replay)
    assert past.statuses([taken, appealed, other]) == ["rejected", "rejected", "approved"]
    assert past.outcomes(replay)[taken] is past.outcomes(replay)[appealed] is ReplayOutcome.LEFT_ALONE


def test_undoing_a_replay_publishes_nothing_that_people_kept_rejected(past: Past, lead: Moderator) -> None:
    taken, appealed, other = past.comments([0.25, 0.25, 0.25])
    past.activate(STRICTER.model_copy(update={"minimum_length": 2_000}))
    replay = past.apply(past.look())
    assert past.statuses([taken, appealed, other]) == ["rejected"] * 3
    decide(past, lead, taken, TAKEN)
    uphold(past, lead, appealed)
    replay = past.undo(replay)
    assert past.statuses([taken, appealed, other]) == ["rejected", "rejected", "approved"]
    assert (replay.undone, replay.kept) == (1, 2)


def test_a_comment_whose_reports_a_moderator_dismissed_stays_published(past: Past) -> None:
    dismissed, since, still_open = past.comments([0.25, 0.25, 0.25])
    for comment_id in (dismissed, since, still_open):
        report(past.database, past.comment(comment_id))
    dismiss(past, dismissed)
    past.activate(STRICTER)
    replay = past.look()
    assert past.listed(replay) == dict.fromkeys((since, still_open), "approved>hold")
    dismiss(past, since)
    assert past.outcomes(past.apply(replay)) == {since: ReplayOutcome.LEFT_ALONE, still_open: ReplayOutcome.MOVED}


def test_reports_dismissed_after_a_replay_took_the_comment_down_keep_it_neither_down_nor_published(past: Past) -> None:
    (comment_id,) = past.comments([0.25])
    report(past.database, past.comment(comment_id))
    past.activate(STRICTER.model_copy(update={"minimum_length": 2_000}))
    replay = past.apply(past.look())
    assert past.statuses([comment_id]) == ["rejected"]
    dismiss(past, comment_id)
    past.undo(replay)
    assert past.statuses([comment_id]) == ["approved"]
    past.activate(STRICTER)
    assert past.listed(past.look()) == {comment_id: "approved>hold"}, (
        "nobody said of a published comment that it may stay"
    )
