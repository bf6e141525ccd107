"""A held comment gets its precedents with its verdict: people's decisions that stand, of its own site, no others."""

import weakref
from collections.abc import Callable, Mapping
from types import SimpleNamespace

import pytest
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from service.installation.settings import Settings
from service.models import Comment, Decision, Site
from service.moderation.decisions import decisions, replayed
from service.moderation.erasure import erasing
from service.moderation.intake import intake
from service.moderation.policy.rules import Rules
from service.moderation.review import precedents
from service.queues import CLASSIFICATION, Queues, connect
from service.vocabulary import CommentStatus, Verdict
from tests.support.actors import ADA, CMS
from tests.support.comments import moderate
from tests.support.flow import Flow
from tests.support.precedents import Alike, vector
from workers import runtime as runtimes
from workers.__main__ import ModeratoWorker
from workers.precedents import finding

APPROVE, REJECT = Verdict.APPROVE, Verdict.REJECT


@pytest.fixture
def alike(flow: Flow) -> Alike:
    return Alike(flow)


def test_it_gets_the_nearest_that_people_decided_and_nothing_else(alike: Alike) -> None:
    alike.decided("far", 170)
    alike.decided("nearer", 25, REJECT)
    alike.held("open", 10)
    alike.decided("nearest", 5)
    alike.classifiers.toxicity = 0.02
    alike.held("by-the-policy", 8)
    assert alike.flow.runtime.precedents is not None
    alike.classifiers.toxicity = 0.6
    assert alike.precedents(alike.held("new", 0)) == ["nearest", "nearer"]


def test_at_most_eight_are_kept(alike: Alike) -> None:
    for number in range(10):
        alike.decided(f"c-{number}", 40, around=36 * number)
    assert len(alike.precedents(alike.held("new", 0))) == 8


@pytest.mark.one_database
def test_nothing_is_looked_for_beside_a_comment_that_is_not_held(alike: Alike) -> None:
    alike.classifiers.toxicity = 0.02
    assert alike.held("c-1", 0).status is CommentStatus.APPROVED
    assert alike.flow.runtime.precedents is None


def test_another_sites_decisions_are_no_precedents(
    alike: Alike, other_site: Site, queues: Queues, settings: Settings
) -> None:
    elsewhere = Alike(Flow(alike.database, queues, settings, other_site))
    elsewhere.flow.runtime.classifiers = alike.classifiers
    elsewhere.classifiers = alike.classifiers
    elsewhere.decided("theirs", 5)
    alike.decided("ours", 25)
    elsewhere.flow.runtime = alike.flow.runtime  # one worker for both
    assert alike.precedents(alike.held("new", 0)) == ["ours"]
    assert elsewhere.precedents(elsewhere.held("new", 0)) == ["theirs"]


def undo(alike: Alike, comment: Comment) -> None:
    with alike.database.write() as session:
        made = select(Decision).where(Decision.comment_id == comment.id).order_by(Decision.created_at.desc())
        decision = session.scalars(made).first()
        assert decision is not None
        found = session.get_one(Comment, comment.id)
        decisions.undo(session, found, decision, expected_version=found.version, by=ADA)


def replay(alike: Alike, comment: Comment, verdict: Verdict) -> None:
    with alike.database.write() as session:
        found = session.get_one(Comment, comment.id)
        replayed.record(
            session, found, verdict, expected_version=found.version, policy_version=2, reasons=[], overrides=[],
            callback_delay=0,
        )  # fmt: skip


def undo_and_replay(alike: Alike, comment: Comment) -> None:
    """Undo the decision; a replay then brings the same status back."""
    undo(alike, comment)
    replay(alike, comment, APPROVE)
    assert alike.flow.comment(comment.id).status is CommentStatus.APPROVED


def hold_again(alike: Alike, comment: Comment) -> None:
    replay(alike, comment, Verdict.HOLD)


def erase(alike: Alike, comment: Comment) -> None:
    with alike.database.write() as session:
        erasing.erase_comment(session, comment.site_id, comment.external_id, by=CMS)


def edit(alike: Alike, comment: Comment) -> None:
    """Edit the comment; the policy approves the new text, as a moderator had approved the old one."""
    words = "These are other words, which nobody has decided about, on another matter."
    with alike.database.write() as session:
        intake.edit(session, comment.site_id, comment.external_id, words, Rules())
    alike.classifiers.toxicity = 0.02
    alike.flow.drain()
    alike.classifiers.toxicity = 0.6


@pytest.mark.parametrize("change", [undo, undo_and_replay, hold_again, erase, edit])
def test_what_was_undone_held_again_erased_or_edited_is_no_precedent_from_then_on(
    alike: Alike, change: Callable[[Alike, Comment], None]
) -> None:
    former = alike.decided("former", 5)
    alike.decided("other", 25)
    before = alike.held("before", 0)
    assert alike.precedents(before) == ["former", "other"]  # both are in memory from here on
    change(alike, former)
    with alike.database.read() as session:
        assert [one.comment.external_id for one in precedents.of_comment(session, before).shown] == ["other"]
    assert alike.precedents(alike.held("after", 1)) == ["other"]


@pytest.mark.parametrize("is_in_memory", [True, False])
def test_what_was_undone_before_it_was_read_is_not_even_looked_at(
    alike: Alike, monkeypatch: pytest.MonkeyPatch, is_in_memory: bool
) -> None:
    alike.decided("other", 25)
    if is_in_memory:
        alike.held("before", 0)
    undo_and_replay(alike, alike.decided("former", 5))
    found: list[str] = []
    keep = precedents.keep

    def noted(session: Session, comment: Comment, near: Mapping[str, float], *, most: int) -> set[str]:
        found.extend(alike.flow.comment(one).external_id for one in near)
        return keep(session, comment, near, most=most)

    monkeypatch.setattr(precedents, "keep", noted)
    alike.held("after", 1)
    assert found == ["other"]


def test_a_text_and_its_denial_are_two_precedents_and_the_nearer_one_is_first(alike: Alike) -> None:
    alike.decided("affirmed", 0, REJECT)
    alike.decided("denied", 9.2)  # a cosine of 0.987
    assert alike.precedents(alike.held("new", 1)) == ["affirmed", "denied"]


def test_an_overturned_decision_counts_by_its_last_outcome(alike: Alike) -> None:
    former = alike.decided("former", 5)
    alike.held("before", 0)
    moderate(alike.database, former, REJECT)
    after = alike.held("after", 1)
    with alike.database.read() as session:
        (shown,) = precedents.of_comment(session, after).shown
    assert shown.comment.status is CommentStatus.REJECTED
    assert shown.decision.verdict is REJECT


@pytest.mark.one_database
def test_vectors_of_another_encoder_and_texts_in_another_language_are_not_compared(alike: Alike) -> None:
    alike.decided("former", 5)
    alike.classifiers.encoder = "scripted-2"
    assert alike.precedents(alike.held("new", 0)) == []
    alike.decided("of-the-new", 10)
    assert alike.precedents(alike.held("newer", 0)) == ["of-the-new"]
    alike.classifiers.language = "de"
    assert alike.precedents(alike.held("neu", 0)) == []


@pytest.mark.one_database
def test_only_what_is_new_is_read_again(alike: Alike, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    ask = precedents.decided

    def counted(session: object, ids: list[str], **how: str) -> object:
        read.append(len(ids))
        return ask(session, ids, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(precedents, "decided", counted)
    for number in range(3):
        alike.decided(f"c-{number}", number * 25)
    alike.held("new", 0)
    alike.held("newer", 1)
    alike.decided("c-3", 70)
    alike.held("newest", 2)
    assert read == [1, 1, 1, 1]
    alike.flow.runtime.precedents.clear()
    assert alike.precedents(alike.held("after-a-restart", 3))
    assert read[4:] == [4]


@pytest.mark.one_database
def test_a_sites_vectors_are_read_anew_after_an_hour(alike: Alike, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "KEPT_SECONDS", -1.0)
    alike.decided("c-1", 5)
    assert alike.precedents(alike.held("new", 0)) == ["c-1"]
    assert len(alike.flow.runtime.precedents) == 0


@pytest.mark.one_database
def test_a_worker_without_work_forgets_vectors_after_an_hour(alike: Alike, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr(finding, "time", SimpleNamespace(monotonic=lambda: now[0]))
    runtime = alike.flow.runtime
    monkeypatch.setattr(runtimes, "_current", runtime)
    alike.decided("c-1", 5)
    alike.held("new", 0)
    connection = connect(runtime.settings.effective_redis_url)
    queue = Queue(CLASSIFICATION, connection=connection, serializer=JSONSerializer)
    idle = ModeratoWorker([queue], connection=connection, serializer=JSONSerializer)
    shelf = weakref.ref(runtime.precedents[alike.flow.site.id, "scripted-1", "en"])
    idle.run_maintenance_tasks()
    assert shelf() is not None
    now[0] += finding.KEPT_SECONDS
    idle.run_maintenance_tasks()
    assert shelf() is None


@pytest.mark.parametrize("broken", ["recent", "keep"])
def test_a_search_that_fails_does_not_stop_the_verdict(
    alike: Alike, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    alike.decided("c-1", 5)

    def fail(session: object, *_: object, **how: object) -> None:
        session.execute(text("SELECT nothing FROM nowhere"))  # type: ignore[attr-defined]

    monkeypatch.setattr(precedents, broken, fail)
    with capture_logs() as logs:
        comment = alike.held("new", 0)
    assert comment.status is CommentStatus.HELD
    assert len(alike.flow.decisions(comment.id)) == 1
    assert alike.precedents(comment) == []
    (said,) = [one for one in logs if one["event"].startswith("precedents_not_")]
    assert said["error"] in ("OperationalError", "ProgrammingError")
    assert comment.text not in str(logs)


def test_an_edited_comment_that_is_held_again_has_the_precedents_of_its_new_text(alike: Alike) -> None:
    alike.decided("c-1", 5)
    alike.decided("c-2", 90)
    comment = alike.held("new", 0)
    assert alike.precedents(comment) == ["c-1"]
    words = "In truth the whole thing was about the school and its garden, as everybody knows."
    alike.classifiers.vectors[words] = vector(85)
    with alike.database.write() as session:
        intake.edit(session, comment.site_id, "new", words, Rules())
    alike.flow.drain()
    assert alike.precedents(comment) == ["c-2"]
