"""From a pending row to its verdict, with scripted scores: who gets which comment, and what is recorded."""

import pytest
from sqlalchemy import select

from service.models import Assessment, Score
from service.moderation.intake.articles import ArticleSubmission
from service.queues import DECIDED
from service.vocabulary import Attribute, CommentStatus, Reason, Source
from tests.support.flow import ARTICLE, TEXT, Flow


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


def test_the_delivery_worker_is_woken_only_for_verdicts_that_somebody_wants_to_hear(flow: Flow) -> None:
    queue = flow.runtime.queues.redis
    flow.accept("c-1")
    flow.drain()
    assert queue.llen("rq:queue:delivery") == 0
    flow.accept("c-2", TEXT + " Really.", callback_url="https://cms.example/callbacks")
    flow.drain()
    assert queue.llen("rq:queue:delivery") == 1


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
