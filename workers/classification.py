"""Claim, gather, score, judge, decide: how pending comments get their verdicts.

A job is only a hint. This loop claims what waits in the database until nothing does, so that one job serves any
number of comments. Every comment is scored by calls of its own and recorded in a transaction of its own: comments
claimed together share neither failures nor scores.
"""

import time
from collections.abc import Sequence

import structlog
from sqlalchemy import insert

from service import crash
from service.db import table
from service.models import ArticleIndex, Assessment, Comment, Score
from service.moderation.callbacks import outbox
from service.moderation.decisions import claims, decisions
from service.moderation.decisions.claims import Claim
from service.moderation.decisions.decisions import Fenced
from service.moderation.judgement.findings import Findings
from service.moderation.judgement.judgement import Facts, Judgement, judge
from service.moderation.trials import shadow
from service.queues import DELIVERY
from service.vocabulary import TOXICITY_ATTRIBUTES, Reason
from workers.classifiers import base
from workers.classifiers.base import ArticleText, ClassifierError, Subject
from workers.classifiers.budget import Budget
from workers.facts import findings_of, is_decided_by_length, shadow_facts, unscored_facts, with_assessment
from workers.gathering import CommentContext, gather
from workers.precedence import give_way
from workers.precedents import finding
from workers.runtime import Runtime

log = structlog.get_logger()

INSERT_SCORES, INSERT_ASSESSMENT = insert(table(Score)), insert(table(Assessment))
CLAIM_SECONDS = 0.5  # after which what is left of a claim goes back into the line of all sites
TURN_SECONDS = 20.0  # one job's share of work; the rest is left to the next, well before RQ's job timeout


def drain(runtime: Runtime, /) -> int:
    """Classify whatever waits, for `TURN_SECONDS` at most; return how many comments were taken up."""
    taken, until = 0, time.monotonic() + TURN_SECONDS
    while not runtime.stopping():
        with runtime.database.write() as session:
            claim = claims.claim(
                session,
                limit=runtime.settings.batch_size,
                lease_seconds=runtime.settings.lease_seconds,
                max_attempts=runtime.settings.max_attempts,
            )
        if claim is None:
            break
        crash.point("after_claim")
        taken += classify_all(runtime, claim)
        # A comment stored from here on wakes a worker; the empty claim that this saves would delay intake.
        with runtime.database.read() as session:
            if not claims.is_waiting(session):
                break
        if time.monotonic() > until:
            runtime.queues.wake()
            break
    return taken


def classify_all(runtime: Runtime, claim: Claim) -> int:
    """Classify what a claim holds, one comment after the other; return how many were taken up.

    The rest is given back on a stop, and when a claim takes long: then it is another site's turn.
    """
    until = time.monotonic() + CLAIM_SECONDS
    with runtime.database.read() as session:
        contexts = gather(
            session,
            claim,
            index_version=runtime.scoring.index_version,
            relevance_version=runtime.scoring.versions["relevance"],
        )
    _look_ahead(runtime, contexts)
    saved = 0.0  # seconds of a processor on this claim, less those waited for callers
    for position, context in enumerate(contexts):
        if runtime.stopping() or (position and time.monotonic() > until):
            left = tuple(waiting.comment.id for waiting in contexts[position:])
            with runtime.database.write() as session:
                claims.release(session, claim, left)
            return position
        saved -= give_way(runtime.queues, saved)
        started = time.thread_time()  # and not by the clock: waiting for a processor is no work to be paid back for
        classify(runtime, context, claim.token)
        saved += time.thread_time() - started
    return len(claim.comment_ids)


def _look_ahead(runtime: Runtime, contexts: Sequence[CommentContext]) -> None:
    try:
        with runtime.scoring_lock:
            runtime.scoring.look_ahead([context.comment.text for context in contexts])
    except Exception as error:  # whichever text it was, it must not spoil its neighbours: each is then scored alone
        log.warning("look_ahead_failed", error=type(error).__name__)


def classify(runtime: Runtime, context: CommentContext, token: str, /) -> None:
    """Give one claimed comment its verdict; whatever goes wrong, it is tried again or goes to a human."""
    comment, rules, started = context.comment, context.rules, time.perf_counter()
    try:
        with runtime.scoring_lock:  # not while it is recorded: a locked database must keep no caller waiting
            budget = Budget(longest=rules.maximum_length, seconds=runtime.settings.comment_budget_ms / 1000)
            facts = unscored_facts(context)
            assessment, failed = None, False
            if not is_decided_by_length(context, facts):
                assessment, failed = assess(runtime, context, budget)
                facts = with_assessment(facts, context, assessment, failed=failed, budget=budget)
            crash.point("after_scoring")
            judgement = judge(facts, rules)
            # A comment that has used up its time is not explained on top.
            in_time = budget.is_in_time and not facts.too_costly
            spans = explain(runtime, comment, assessment, judgement, budget) if assessment and in_time else ()
            findings = findings_of(assessment, facts, spans)
            shadowed = shadow_facts(context, facts)
        owed = record(runtime, context, assessment, facts, judgement, findings, shadowed, token)
    except Fenced:
        log.info("claim_lost", comment_id=comment.id)
        return
    except Exception as error:
        # Not the traceback's locals and not the message: both may hold the comment's text.
        log.error("classification_failed", comment_id=comment.id, error=type(error).__name__)
        _try_later(runtime, comment.id, token)
        return
    crash.point("after_record")
    runtime.queues.announce(comment.id)
    if owed:
        runtime.queues.wake(DELIVERY)
    log.info(
        "classified",
        comment_id=comment.id,
        site_id=comment.site_id,
        verdict=judgement.verdict.value,
        milliseconds=round((time.perf_counter() - started) * 1000, 1),
    )


def assess(runtime: Runtime, context: CommentContext, budget: Budget, /) -> tuple[base.Classification | None, bool]:
    """Return what the classifiers found and whether they failed: a failure they admit is final and goes to a human."""
    comment = context.comment
    subject = Subject(
        text=comment.text,
        language=comment.language,
        site_language=context.rules.default_language,
        article_index=_article_index(runtime, context),
        parent_text=context.parent_text,
        conversation=context.conversation,
        budget=budget,
    )
    try:
        return runtime.scoring.assess(subject), False
    except ClassifierError as error:
        log.error("classifier_failed", comment_id=comment.id, error=type(error).__name__)
        return None, True


def explain(
    runtime: Runtime, comment: Comment, found: base.Classification, judgement: Judgement, budget: Budget, /
) -> tuple[base.Span, ...]:
    """Return the words behind the toxicity scores that crossed a threshold; no passes are spent on other comments."""
    crossed = tuple(reason.attribute for reason in judgement.reasons if reason.attribute in TOXICITY_ATTRIBUTES)
    if not crossed:
        return ()
    try:
        # The strongest attribute speaks for all: they fire on the same words, and each costs passes.
        strongest = [attribute for attribute in crossed if attribute is not None][:1]
        classifier = next((score.classifier for score in found.scores if score.attribute in strongest), None)
        return tuple(runtime.scoring.explain(comment.text, strongest, classifier=classifier, budget=budget))
    except ClassifierError as error:
        log.warning("explanation_failed", comment_id=comment.id, error=type(error).__name__)
        return ()


def record(
    runtime: Runtime,
    context: CommentContext,
    assessment: base.Classification | None,
    facts: Facts,
    judgement: Judgement,
    findings: Findings,
    shadowed: Facts | None,
    token: str,
    /,
) -> bool:
    """Write scores, findings, verdict and decision in one transaction; raise Fenced when the claim was lost.

    Return whether a callback is due.
    """
    comment = context.comment
    near = finding.find(runtime, comment, assessment, judgement)
    crash.point("before_record")
    with runtime.database.write() as session:
        decisions.record_judgement(
            session,
            comment,
            judgement,
            token=token,
            policy_version=context.policy_version,
            overrides=context.effective.as_records,
            vector=assessment.vector if assessment else None,
            language=facts.language,
        )
        if assessment is not None and assessment.scores:
            session.execute(INSERT_SCORES, [_score_row(comment, score) for score in assessment.scores])
        assessed = {"comment_id": comment.id, "revision": comment.revision, "language": facts.language}
        encoder = assessment.encoder if assessment and assessment.vector else None
        session.execute(INSERT_ASSESSMENT, assessed | {"findings": findings.as_record(), "encoder": encoder})
        finding.keep(runtime, session, comment, near)
        if context.shadow is not None and context.shadow_rules is not None and shadowed is not None:
            shadow.record(session, comment, context.shadow, context.shadow_rules, shadowed, judgement)
        return outbox.has_owed(session)


def _article_index(runtime: Runtime, context: CommentContext) -> bytes | None:
    """Return the article side of relevance, made and kept on the first comment under this revision."""
    article = context.article
    if context.article_index is not None or article is None or not article.has_text:
        return context.article_index
    text = ArticleText(
        title=article.title, key_points=tuple(article.key_points), body=article.body, language=article.language
    )
    key = (article.id, article.revision, runtime.scoring.index_version)
    if key in runtime.indexes:  # the claim was gathered before its first comment made the index
        return runtime.indexes[key]
    content = runtime.indexes[key] = runtime.scoring.index_article(text)
    with runtime.database.write() as session:
        if session.get(ArticleIndex, key) is None:
            session.add(ArticleIndex(article_id=key[0], revision=key[1], version=key[2], content=content))
    return content


def _score_row(comment: Comment, score: base.AttributeScore) -> dict[str, object]:
    return {
        "site_id": comment.site_id,
        "comment_id": comment.id,
        "revision": comment.revision,
        "attribute": score.attribute,
        "value": score.value,
        "classifier": score.classifier,
        "version": score.version,
    }


def _try_later(runtime: Runtime, comment_id: str, token: str) -> None:
    with runtime.database.write() as session:
        comment = session.get(Comment, comment_id)
        if comment is None or comment.claim_token != token:
            return
        if comment.attempts < runtime.settings.max_attempts:
            claims.postpone(session, token, comment_id, seconds=2.0**comment.attempts)
            return
        decisions.record_giving_up(session, comment, Reason.UNCLASSIFIED, token=token)
        owed = outbox.has_owed(session)
    runtime.queues.announce(comment_id)
    if owed:
        runtime.queues.wake(DELIVERY)
