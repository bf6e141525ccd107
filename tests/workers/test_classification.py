"""From a pending row to its verdict, with scripted scores: who gets which comment, and what goes wrong with whom."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.clock import utc_now
from service.db import Database, database_now
from service.models import Assessment, Comment, Decision, Score, ShadowJudgement, Site
from service.moderation.intake import intake
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.intake.intake import Submission
from service.moderation.policy import policies, schedule
from service.moderation.policy.rules import Rules
from service.moderation.text.terms import TermList
from service.moderation.trials import shadow
from service.queues import DECIDED, Queues
from service.settings import Settings
from service.vocabulary import Attribute, CommentStatus, Reason, Source, Verdict
from tests.support.actors import LEA
from tests.support.classifiers import ScriptedClassifiers
from tests.support.comments import submit
from workers import classification, upkeep
from workers.classifiers.base import ClassifierError, Subject
from workers.runtime import Runtime

TEXT = "The trial on the market street should run for a whole year before anybody votes."
ARTICLE = ArticleSubmission(
    id="a-1", title="Council votes on a car-free market street", body="The trial starts in May."
)


class Flow:
    """One site, one worker in this process."""

    def __init__(self, database: Database, queues: Queues, settings: Settings, site: Site) -> None:
        self.database, self.site = database, site
        self.runtime = Runtime(settings, "classification", database, queues, ScriptedClassifiers())

    def scripted(self, **how: object) -> ScriptedClassifiers:
        self.runtime.classifiers = classifiers = ScriptedClassifiers(**how)  # type: ignore[arg-type]
        return classifiers

    def accept(self, external_id: str, text: str = TEXT, *, refuse_length: bool = True, **fields: object) -> str:
        with self.database.write() as session:
            rules = policies.active(session, self.site.id).rules
            submission = Submission(id=external_id, text=text, **fields)  # type: ignore[arg-type]
            accepted = intake.accept(session, self.site.id, submission, rules, refuse_length=refuse_length)
            return accepted.comment.id

    def drain(self) -> int:
        return classification.drain(self.runtime)

    def comment(self, comment_id: str) -> Comment:
        with self.database.read() as session:
            comment = session.get(Comment, comment_id)
            assert comment is not None
            return comment

    def decisions(self, comment_id: str) -> list[Decision]:
        with self.database.read() as session:
            return list(session.scalars(select(Decision).where(Decision.comment_id == comment_id)))

    def expire_waits(self) -> None:
        """Let every back-off and lease end now."""
        with self.database.write() as session:
            session.execute(update(Comment).values(wake_at=database_now(-1), claimed_until=None, claim_token=None))


@pytest.fixture
def flow(database: Database, queues: Queues, settings: Settings, site: Site) -> Flow:
    return Flow(database, queues, settings, site)


def test_a_pending_comment_gets_scores_findings_a_verdict_and_one_decision(flow: Flow) -> None:
    comment_id = flow.accept("c-1", article=ARTICLE)
    assert flow.drain() == 1
    comment = flow.comment(comment_id)
    assert (comment.status, comment.attempts, comment.claim_token) == (CommentStatus.APPROVED, 1, None)
    (decision,) = flow.decisions(comment_id)
    assert (decision.source, decision.to_status, decision.reasons) == (Source.POLICY, CommentStatus.APPROVED, [])
    with flow.database.read() as session:
        scores = {score.attribute: score.value for score in session.scalars(select(Score))}
        findings = session.scalars(select(Assessment.findings)).one()
    assert scores == {Attribute.TOXICITY: pytest.approx(0.02), Attribute.OFF_TOPIC: pytest.approx(0.1)}
    assert findings["characters_read"] == len(TEXT)
    assert TEXT not in str(findings)


def test_an_article_is_indexed_once_per_revision(flow: Flow) -> None:
    classifiers = flow.scripted()
    flow.accept("c-1", article=ARTICLE)
    flow.accept("c-2", TEXT + " Really.", article=ARTICLE)
    flow.drain()
    assert len(classifiers.indexed) == 1
    changed = ArticleSubmission(id="a-1", title="Council votes again", body=ARTICLE.body)
    flow.accept("c-3", TEXT + " Once more.", article=changed)
    flow.drain()
    assert [article.title for article in classifiers.indexed] == [ARTICLE.title, "Council votes again"]


def test_a_reply_is_judged_with_its_parent_and_the_approved_conversation(flow: Flow) -> None:
    classifiers = flow.scripted()
    flow.accept("c-1", article=ARTICLE)
    flow.drain()
    flow.accept(
        "c-2",
        "I could not agree more with what you say about the length of the trial.",
        article_id="a-1",
        parent_id="c-1",
    )
    flow.drain()
    subject = classifiers.seen[-1]
    assert subject.parent_text == TEXT
    assert len(subject.conversation) == 1


def test_what_is_kept_of_a_reply_near_its_parent_holds_none_of_the_parents_words(flow: Flow) -> None:
    flow.scripted()
    flow.accept("c-1", article=ARTICLE)
    flow.accept("c-2", "That is what I have been saying here for all these years.", article_id="a-1", parent_id="c-1")
    flow.drain()
    with flow.database.read() as session:
        kept = session.scalars(select(Assessment.findings)).all()
    assert [found["relevance"]["passage_kind"] for found in kept if "relevance" in found] == ["parent"]
    assert TEXT not in str(kept)


def test_what_an_earlier_encoder_made_of_the_conversation_is_left_out(flow: Flow) -> None:
    classifiers = flow.scripted()
    flow.accept("c-1", article=ARTICLE)
    flow.drain()
    classifiers.versions = classifiers.versions | {"relevance": "2"}
    flow.accept("c-2", TEXT + " Once more.", article_id="a-1")
    flow.drain()
    assert classifiers.seen[-1].conversation == ()


def test_a_comment_without_article_is_judged_and_says_that_off_topic_was_not(flow: Flow) -> None:
    comment_id = flow.accept("c-1")
    flow.drain()
    assert [reason["code"] for reason in flow.decisions(comment_id)[0].reasons] == [Reason.OFF_TOPIC_NOT_JUDGED]
    assert flow.comment(comment_id).status is CommentStatus.APPROVED


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
    assert (comment.revision, comment.status) == (2, CommentStatus.REJECTED)
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


def test_nothing_reads_what_its_length_already_rejects(flow: Flow) -> None:
    classifiers = flow.scripted()
    with flow.database.write() as session:
        policies.activate(session, flow.site.id, Rules(maximum_length=100, blocked_terms=["street"]), author="lead")
    ids = [
        flow.accept("c-1", TEXT + " Really so." * 3, refuse_length=False),
        flow.accept("c-2", "." * 90, refuse_length=False),
    ]
    flow.drain()
    assert classifiers.seen == []
    codes = [[reason["code"] for reason in flow.decisions(one)[0].reasons] for one in ids]
    assert codes == [[Reason.TOO_LONG], [Reason.TOO_SHORT]]


def test_a_shadow_that_permits_the_length_has_the_comment_read(flow: Flow) -> None:
    classifiers = flow.scripted()
    with flow.database.write() as session:
        policies.activate(session, flow.site.id, Rules(maximum_length=60), author="lead")
        shadow.start(session, flow.site.id, Rules(), author="lead")
    flow.accept("c-1", refuse_length=False)
    flow.drain()
    assert len(classifiers.seen) == 1


def test_lists_are_compiled_once_and_searched_outside_of_write_transactions(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled, writing, searched = [], [0], []
    compile_, find, write = TermList.compile, TermList.find, flow.database.write

    @contextmanager
    def watched() -> Iterator[Session]:
        with write() as session:
            writing[0] += 1
            yield session
            writing[0] -= 1

    def search(self: TermList, text: str, **how: Any) -> Any:
        searched.append(writing[0])
        return find(self, text, **how)

    def compile_once(terms: Iterable[str], **how: Any) -> TermList:
        compiled.append(terms)
        return compile_(terms, **how)

    with write() as session:
        policies.activate(
            session, flow.site.id, Rules(blocked_terms=["badger"], suspect_terms=["otter"]), author="lead"
        )
        shadow.start(session, flow.site.id, Rules(suspect_terms=["market street"]), author="lead")
    ids = [flow.accept(f"c-{number}", f"{TEXT} Number {number}.") for number in range(3)]
    monkeypatch.setattr(flow.database, "write", watched)
    monkeypatch.setattr(TermList, "find", search)
    monkeypatch.setattr(TermList, "compile", compile_once)
    flow.drain()
    assert all(flow.comment(one).status is CommentStatus.APPROVED for one in ids)
    assert len(compiled) == 4  # blocked and suspect, of the policy and of the shadow
    assert set(searched) == {0}
    assert len(searched) == 12


def test_words_are_explained_only_for_comments_that_crossed_a_threshold(flow: Flow) -> None:
    classifiers = flow.scripted(script=lambda subject: 0.999 if "idiot" in subject.text else 0.01)
    flow.accept("c-1")
    flow.accept("c-2", "What an idiot, nobody in his right mind would ever have signed this contract.")
    flow.drain()
    assert len(classifiers.explained) == 1
    assert "idiot" in classifiers.explained[0]


def test_the_second_of_two_equal_comments_is_the_repeat(flow: Flow) -> None:
    first = flow.accept("c-1", article=ARTICLE, author_id="r-1")
    second = flow.accept("c-2", TEXT.upper() + "!!", article_id="a-1", author_id="r-2")
    flow.drain()
    assert flow.comment(first).status is CommentStatus.APPROVED
    assert flow.decisions(second)[0].reasons[0]["text"] == "repeats comment c-1"


def test_a_copy_with_a_word_changed_is_a_repeat_and_another_remark_is_not(flow: Flow) -> None:
    said = "Buy the best watches in the whole country at half the price today, delivered in two days, ask me how."
    flow.accept("c-1", said, article=ARTICLE, author_id="r-1")
    near = flow.accept("c-2", said.replace("country", "county"), article_id="a-1", author_id="r-1")
    other = flow.accept("c-3", article_id="a-1", author_id="r-1")
    flow.drain()
    assert flow.decisions(near)[0].reasons[0]["code"] == Reason.DUPLICATE
    assert flow.comment(other).status is CommentStatus.APPROVED


def _raise(error: Exception) -> Callable[[Subject], float | None]:
    def script(_subject: Subject) -> float | None:
        raise error

    return script


def test_a_shadow_policy_is_recorded_beside_the_verdict_and_changes_nothing(flow: Flow) -> None:
    with flow.database.write() as session:
        shadow.start(session, flow.site.id, Rules(suspect_terms=["market street"]), author="lead")
    comment_id = flow.accept("c-1")
    flow.drain()
    assert flow.comment(comment_id).status is CommentStatus.APPROVED
    with flow.database.read() as session:
        judged = session.scalars(select(ShadowJudgement)).one()
    assert (judged.comment_id, judged.verdict, judged.active_verdict) == (comment_id, Verdict.HOLD, Verdict.APPROVE)


def test_upkeep_puts_a_planned_policy_in_force_when_its_time_has_come(flow: Flow) -> None:
    with flow.database.write() as session:
        rules, soon = Rules(minimum_length=7), utc_now() - timedelta(seconds=5)
        schedule.plan(session, flow.site.id, rules, at=soon, actor=LEA)
    upkeep.once(flow.runtime)
    with flow.database.read() as session:
        assert policies.active(session, flow.site.id).rules.minimum_length == 7


def test_the_delivery_worker_is_woken_only_for_verdicts_that_somebody_wants_to_hear(flow: Flow) -> None:
    queue = flow.runtime.queues.redis
    flow.accept("c-1")
    flow.drain()
    assert queue.llen("rq:queue:delivery") == 0
    flow.accept("c-2", TEXT + " Really.", callback_url="https://cms.example/callbacks")
    flow.drain()
    assert queue.llen("rq:queue:delivery") == 1


def test_giving_up_wakes_the_delivery_worker_too(flow: Flow) -> None:
    def fail(subject: Subject) -> float | None:
        raise MemoryError

    flow.scripted(script=fail)
    flow.accept("c-1", callback_url="https://cms.example/callbacks")
    for _ in range(flow.runtime.settings.max_attempts):
        flow.expire_waits()
        flow.drain()
    assert flow.runtime.queues.redis.llen("rq:queue:delivery") == 1


def test_a_verdict_is_announced_once_it_can_be_read(flow: Flow) -> None:
    comment_id = flow.accept("c-1")
    with flow.runtime.queues.redis.pubsub() as channel:
        channel.subscribe(DECIDED)
        flow.drain()
        announced: list[str] = []
        while (message := channel.get_message(timeout=0.5)) is not None:
            if message["type"] == "message":
                announced.append(message["data"].decode())
    assert announced == [comment_id]


def test_what_is_left_of_a_long_claim_goes_back_into_the_line_of_all_sites(
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
