"""A new text of a comment that a person kept down waits for a person, however harmless the policy finds it."""

from dataclasses import replace

import pytest

from service.db import Database
from service.installation.settings import Settings
from service.models import Appeal, Comment, LegalNoticeState, Moderator, ReplayOutcome, Site
from service.models.moderator import Role
from service.moderation.intake import intake
from service.moderation.legal_notices import deciding
from service.moderation.legal_notices.deciding import NoticeDecision
from service.moderation.policy.rules import Rules
from service.moderation.review import appeals
from service.moderation.upkeep import invariants
from service.queues import Queues
from service.vocabulary import CommentStatus, Verdict
from tests.support.actors import CMS
from tests.support.comments import moderate
from tests.support.console import add_moderator
from tests.support.flow import TEXT, Flow
from tests.support.legal_notices import receive
from tests.support.replays import Past

TAKEN = NoticeDecision(state=LegalNoticeState.TAKEN_DOWN, answer="We removed it.", redress="Complain to us.")
BLOCKED = Rules(blocked_terms=["market"])


@pytest.fixture
def flow(database: Database, queues: Queues, settings: Settings, site: Site) -> Flow:
    return Flow(database, queues, settings, site)


@pytest.fixture
def lead(database: Database, site: Site) -> Moderator:
    return add_moderator(database, "lea@gazette.example", "Lea", gazette=Role.LEAD)


@pytest.fixture
def past(flow: Flow, settings: Settings, queues: Queues) -> Past:
    return Past(flow.database, flow.site, settings, queues)


@pytest.fixture
def taken_down(flow: Flow, lead: Moderator) -> str:
    """A comment that the policy published and a legal notice took down."""
    comment_id = flow.accept("c-0")
    flow.drain()
    take_down(flow, lead, comment_id)
    return comment_id


def take_down(flow: Flow, lead: Moderator, comment_id: str) -> None:
    notice = receive(flow.database, flow.site, location="c-0")
    with flow.database.write() as session:
        outcome = replace(TAKEN, version=flow.comment(comment_id).version)
        deciding.decide(session, flow.site.id, lead, notice.id, outcome, undo_seconds=10)


def appealed(flow: Flow) -> Appeal:
    """Return an open appeal against a moderator's rejection."""
    comment_id = flow.accept("c-0")
    flow.drain()
    moderate(flow.database, flow.comment(comment_id), Verdict.REJECT)
    with flow.database.write() as session:
        return appeals.lodge(session, session.get_one(Comment, comment_id), "It is true.", by=CMS)[0]


def uphold(flow: Flow, lead: Moderator, appeal: Appeal) -> None:
    """Uphold the rejection, whatever text the comment has by now."""
    with flow.database.write() as session:
        appeals.decide(session, flow.site.id, lead, appeal.id, overturn=False)


def edit(flow: Flow, words: str) -> Comment:
    """Edit the comment, have a worker judge it, and return it."""
    with flow.database.write() as session:
        comment = intake.edit(session, flow.site.id, "c-0", f"{TEXT} {words}", Rules()).comment
    flow.drain()
    return flow.comment(comment.id)


def test_an_edit_does_not_publish_what_a_legal_notice_took_down(flow: Flow, taken_down: str) -> None:
    comment = edit(flow, "It cost much.")
    assert (comment.status, comment.reason) == (CommentStatus.HELD, "kept_down")
    said = flow.decisions(taken_down)[-1].reasons[0]
    assert said["text"] == "a legal notice took an earlier text of this comment down"
    again = edit(flow, "It cost little.")
    assert (again.status, again.reason) == (CommentStatus.HELD, "kept_down"), "the notice counts for every later text"
    with flow.database.read() as session:
        assert invariants.audit(session) == []


def test_an_edit_does_not_publish_what_was_rejected_before_the_legal_notice(flow: Flow, lead: Moderator) -> None:
    comment_id = flow.accept("c-0")
    flow.drain()
    moderate(flow.database, flow.comment(comment_id), Verdict.REJECT)
    take_down(flow, lead, comment_id)  # rejected already, so no decision says so
    assert edit(flow, "It cost much.").reason == "kept_down"


def test_an_edit_does_not_publish_what_was_kept_rejected_on_appeal(flow: Flow, lead: Moderator) -> None:
    appeal = appealed(flow)
    uphold(flow, lead, appeal)
    comment = edit(flow, "It cost much.")
    assert (comment.status, comment.reason) == (CommentStatus.HELD, "kept_down")
    said = flow.decisions(comment.id)[-1].reasons[0]
    assert said["text"] == "the rejection of an earlier text of this comment was upheld on appeal"


def test_once_a_moderator_approves_a_later_text_the_policy_judges_edits_again(flow: Flow, taken_down: str) -> None:
    moderate(flow.database, edit(flow, "It cost much."), Verdict.APPROVE)
    assert edit(flow, "It cost little.").status is CommentStatus.APPROVED


def test_an_edit_after_a_plain_rejection_is_judged_by_the_policy(flow: Flow) -> None:
    """The author has done what the sentence for the author asks for."""
    comment_id = flow.accept("c-0")
    flow.drain()
    moderate(flow.database, flow.comment(comment_id), Verdict.REJECT)
    assert edit(flow, "It cost much.").status is CommentStatus.APPROVED


def test_a_replay_does_not_publish_a_later_text_of_it(flow: Flow, past: Past, taken_down: str) -> None:
    past.activate(BLOCKED)
    assert edit(flow, "It cost much.").status is CommentStatus.REJECTED
    past.activate(Rules())
    assert past.listed(past.look()) == {taken_down: "rejected>hold"}


def test_a_replay_holds_a_text_that_was_judged_before_an_earlier_one_stayed_rejected_on_appeal(
    flow: Flow, past: Past, lead: Moderator
) -> None:
    appeal = appealed(flow)
    past.activate(BLOCKED)
    assert edit(flow, "It cost much.").status is CommentStatus.REJECTED
    uphold(flow, lead, appeal)
    past.activate(Rules())
    replay = past.look()
    assert past.listed(replay) == {appeal.comment_id: "rejected>hold"}
    past.apply(replay)
    assert past.comment(appeal.comment_id).reason == "kept_down"


def test_a_replay_leaves_it_alone_if_a_person_keeps_it_down_after_the_list_was_made(
    flow: Flow, past: Past, lead: Moderator
) -> None:
    appeal = appealed(flow)
    past.activate(BLOCKED)
    edit(flow, "It cost much.")
    past.activate(Rules())
    replay = past.look()
    assert past.listed(replay) == {appeal.comment_id: "rejected>approve"}
    uphold(flow, lead, appeal)
    assert past.outcomes(past.apply(replay)) == {appeal.comment_id: ReplayOutcome.LEFT_ALONE}
    assert past.statuses([appeal.comment_id]) == ["rejected"]


def test_undoing_a_replay_does_not_publish_what_a_person_kept_down_since(
    flow: Flow, past: Past, lead: Moderator
) -> None:
    appeal = appealed(flow)
    assert edit(flow, "It cost much.").status is CommentStatus.APPROVED
    past.activate(BLOCKED)
    replay = past.apply(past.look())
    assert past.statuses([appeal.comment_id]) == ["rejected"]
    uphold(flow, lead, appeal)
    assert past.outcomes(past.undo(replay)) == {appeal.comment_id: ReplayOutcome.KEPT}
    assert past.statuses([appeal.comment_id]) == ["rejected"]
