"""Classification that breaks, dies, stops or is overtaken by an edit: no comment is lost, and a person gets it."""

from collections.abc import Callable

import pytest
from sqlalchemy import update

from service.db import database_now
from service.models import Comment, Site
from service.moderation.intake import intake
from service.moderation.policy.rules import Rules
from service.vocabulary import CommentStatus, Reason, Source
from tests.support.comments import submit
from tests.support.flow import TEXT, Flow
from workers import classification, upkeep
from workers.classifiers.base import ClassifierError, Subject


def test_a_classifier_that_admits_failure_sends_the_comment_to_a_human_at_once(flow: Flow) -> None:
    flow.scripted(script=_raise(ClassifierError()))
    comment_id = flow.accept("c-1")
    flow.drain()
    assert flow.comment(comment_id).status is CommentStatus.HELD
    assert flow.decisions(comment_id)[0].reasons[0]["code"] == Reason.CLASSIFIER_FAILED


def test_a_comment_that_breaks_classification_is_retried_then_goes_to_a_human_and_its_neighbours_do_not(
    flow: Flow,
) -> None:
    def break_on_poison(subject: Subject) -> None:
        if "poison" in subject.text:
            raise RuntimeError("boom")

    flow.scripted(script=break_on_poison)
    poison = flow.accept("c-1", "This one is poison for the classifier and it breaks every single time it is read.")
    good = flow.accept("c-2")
    for _ in range(flow.runtime.settings.max_attempts):
        flow.drain()
        assert flow.comment(good).status is CommentStatus.APPROVED
        assert flow.comment(good).attempts == 1
        flow.expire_waits()
    assert flow.comment(poison).status is CommentStatus.HELD
    (decision,) = flow.decisions(poison)
    assert (decision.source, decision.reasons[0]["code"]) == (Source.UPKEEP, Reason.UNCLASSIFIED)


def test_a_comment_whose_worker_died_every_time_goes_to_a_human_by_upkeep(flow: Flow) -> None:
    comment_id = flow.accept("c-1")
    with flow.database.write() as session:
        session.execute(
            update(Comment).values(
                attempts=flow.runtime.settings.max_attempts, claim_token="t", claimed_until=database_now(-1)
            )
        )
    assert flow.drain() == 0
    upkeep.once(flow.runtime)
    assert flow.comment(comment_id).status is CommentStatus.HELD


def test_upkeep_wakes_a_worker_for_what_waits_whatever_its_age(flow: Flow) -> None:
    flow.accept("c-1")
    with flow.database.write() as session:
        session.execute(
            update(Comment).values(wake_at=database_now(-86_400 * 30), received_at=database_now(-86_400 * 30))
        )
    assert flow.runtime.queues.redis.llen("rq:queue:classification") == 0
    upkeep.once(flow.runtime)
    assert flow.runtime.queues.redis.llen("rq:queue:classification") == 1


def test_an_edit_while_the_old_text_is_scored_fences_the_old_verdict(flow: Flow) -> None:
    edited = False

    def edit_meanwhile(subject: Subject) -> float:
        nonlocal edited
        if not edited:
            edited = True
            with flow.database.write() as session:
                intake.edit(
                    session,
                    flow.site.id,
                    "c-1",
                    "You are all a bunch of idiots and should never be allowed to vote.",
                    Rules(),
                )
        return 0.999 if "idiots" in subject.text else 0.01

    flow.scripted(script=edit_meanwhile)
    comment_id = flow.accept("c-1")
    flow.drain()
    comment = flow.comment(comment_id)
    assert (comment.revision, comment.status) == (2, CommentStatus.HELD)
    assert [decision.revision for decision in flow.decisions(comment_id)] == [2]


def test_a_stop_gives_back_what_was_claimed_and_not_begun(flow: Flow) -> None:
    ids = [flow.accept(f"c-{number}", f"{TEXT} Number {number} of them.") for number in range(4)]
    classifiers = flow.scripted()
    flow.runtime.stopping = lambda: len(classifiers.seen) >= 2
    flow.drain()
    assert [flow.comment(one).status for one in ids].count(CommentStatus.PENDING) == 2
    assert all(flow.comment(one).attempts == 0 for one in ids if flow.comment(one).status is CommentStatus.PENDING)
    flow.runtime.stopping = lambda: False
    assert flow.drain() == 2


def _raise(error: Exception) -> Callable[[Subject], float | None]:
    def script(_subject: Subject) -> float | None:
        raise error

    return script


def test_giving_up_wakes_the_delivery_worker_too(flow: Flow) -> None:
    def fail(subject: Subject) -> float | None:
        raise MemoryError

    flow.scripted(script=fail)
    flow.accept("c-1", callback_url="https://cms.example/callbacks")
    for _ in range(flow.runtime.settings.max_attempts):
        flow.expire_waits()
        flow.drain()
    assert flow.runtime.queues.redis.llen("rq:queue:delivery") == 1


def test_what_is_left_of_a_long_claim_goes_back_into_line(
    flow: Flow, other_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classification, "CLAIM_SECONDS", 0.0)
    for number in range(6):
        flow.accept(f"slow-{number}", f"{TEXT} {number}")
    order: list[str] = []

    def send_meanwhile(subject: Subject) -> None:
        order.append(subject.text)
        if len(order) == 1:
            submit(flow.database, other_site.id, "quick", text=f"{TEXT} Quick.")

    flow.scripted(script=send_meanwhile)
    assert flow.drain() == 7
    assert [text.endswith("Quick.") for text in order].index(True) <= 2


def test_words_behind_a_score_are_looked_for_within_the_comments_budget(flow: Flow) -> None:
    classifiers = flow.scripted(toxicity=0.99)
    flow.accept("c-1")
    flow.drain()
    (budget,) = classifiers.budgets
    assert budget is classifiers.seen[0].budget
