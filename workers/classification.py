"""Claim, score, judge, record: how pending comments get their verdicts.

A job is only a hint. This loop claims what waits in the database until nothing does, so that one job serves any
number of comments. Every comment is scored by calls of its own and recorded in a transaction of its own: comments
claimed together share neither failures nor scores.
"""

import time
from dataclasses import dataclass

import structlog
from service.moderation.links import find_links
from service.moderation.terms import TermList
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import crash
from service.db import Database
from service.models import Article, ArticleIndex, Assessment, Comment, Score
from service.moderation import claims, decisions, policies
from service.moderation.claims import Claim
from service.moderation.decisions import Fenced
from service.moderation.judgement import Facts, Judgement, TermMatch, judge
from service.moderation.policies import ActivePolicy
from service.moderation.repeats import Repeats, find_repeats
from service.vocabulary import TOXICITY_ATTRIBUTES, Attribute, CommentStatus, Reason
from workers.classifiers import base
from workers.classifiers.base import ArticleText, ClassifierError, Subject
from workers.runtime import Runtime

log = structlog.get_logger()

TURN_SECONDS = 20.0  # one job's share of work; the rest is left to the next, well before RQ's job timeout
CONVERSATION = 50  # approved comments that the conversation under an article is read from


@dataclass(frozen=True, kw_only=True)
class Context:
    """What is known about a comment before it is scored."""

    comment: Comment
    article: Article | None
    article_index: bytes | None
    parent_text: str | None
    conversation: tuple[bytes, ...]
    repeats: Repeats
    policy: ActivePolicy


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
        taken += _classify_all(runtime, claim)
        if time.monotonic() > until:
            runtime.queues.wake()
            break
    return taken


def _classify_all(runtime: Runtime, claim: Claim) -> int:
    for position, comment_id in enumerate(claim.comment_ids):
        if runtime.stopping():
            with runtime.database.write() as session:
                claims.release(session, claim, claim.comment_ids[position:])
            return position
        classify(runtime, comment_id, claim.token)
    return len(claim.comment_ids)


def classify(runtime: Runtime, comment_id: str, token: str, /) -> None:
    """Give one claimed comment its verdict; whatever goes wrong, it is tried again or goes to a human."""
    started = time.perf_counter()
    try:
        with runtime.database.read() as session:
            context = gather(session, runtime, comment_id, token)
        if context is None:
            return
        assessment, failed = assess(runtime, context)
        crash.point("after_scoring")
        facts = facts_of(context, assessment, failed=failed)
        judgement = judge(facts, context.policy.rules)
        spans = explain(runtime, context.comment, judgement)
        record(runtime.database, context, assessment, facts, judgement, spans, token)
    except Fenced:
        log.info("claim_lost", comment_id=comment_id)
        return
    except Exception as error:
        # Not the traceback's locals and not the message: both may hold the comment's text.
        log.error("classification_failed", comment_id=comment_id, error=type(error).__name__)
        _try_later(runtime, comment_id, token)
        return
    crash.point("after_record")
    log.info(
        "classified",
        comment_id=comment_id,
        site_id=context.comment.site_id,
        verdict=judgement.verdict.value,
        milliseconds=round((time.perf_counter() - started) * 1000, 1),
    )


def gather(session: Session, runtime: Runtime, comment_id: str, token: str, /) -> Context | None:
    """Read what the classifiers and the policy need; None when the claim is gone already."""
    comment = session.get(Comment, comment_id)
    if comment is None or comment.claim_token != token or comment.status is not CommentStatus.PENDING:
        return None
    article = session.get(Article, comment.article_id) if comment.article_id else None
    parent = session.get(Comment, comment.parent_id) if comment.parent_id else None
    return Context(
        comment=comment,
        article=article,
        article_index=_article_index(session, runtime, article) if article and article.has_text else None,
        parent_text=parent.text if parent and not parent.erased_at else None,
        conversation=_conversation(session, comment) if article else (),
        repeats=find_repeats(session, comment),
        policy=policies.active(session, comment.site_id),
    )


def assess(runtime: Runtime, context: Context, /) -> tuple[base.Assessment | None, bool]:
    """Return what the classifiers found and whether they failed: a failure they admit is final and goes to a human."""
    comment = context.comment
    subject = Subject(
        text=comment.text,
        language=comment.language,
        site_language=context.policy.rules.default_language,
        article_index=context.article_index,
        parent_text=context.parent_text,
        conversation=context.conversation,
    )
    try:
        return runtime.scoring.assess(subject), False
    except ClassifierError as error:
        log.error("classifier_failed", comment_id=comment.id, error=type(error).__name__)
        return None, True


def facts_of(context: Context, assessment: base.Assessment | None, /, *, failed: bool) -> Facts:
    """Return everything that the policy judges by."""
    comment, rules = context.comment, context.policy.rules
    return Facts(
        length=comment.length,
        scores={score.attribute: score.value for score in assessment.scores} if assessment else {},
        repeat_of=context.repeats.repeat_of,
        recent_by_author=context.repeats.recent_by_author,
        blocked_terms=_matches(rules.blocked_terms, comment.text),
        suspect_terms=_matches(rules.suspect_terms, comment.text),
        links=tuple(link.host for link in find_links(comment.text)),
        language=assessment.language if assessment else None,
        language_supported=assessment.language_supported if assessment else True,
        disguised=assessment.disguised if assessment else False,
        has_article=context.article is not None and context.article.has_text,
        classifier_failed=failed,
    )


def explain(runtime: Runtime, comment: Comment, judgement: Judgement, /) -> tuple[base.Span, ...]:
    """Return the words behind the toxicity scores that crossed a threshold; no passes are spent on other comments."""
    crossed = tuple(ground.attribute for ground in judgement.grounds if ground.attribute in TOXICITY_ATTRIBUTES)
    if not crossed:
        return ()
    try:
        # The strongest attribute speaks for all: they fire on the same words, and each costs passes.
        return tuple(runtime.scoring.explain(comment.text, [a for a in crossed if a is not None][:1]))
    except ClassifierError as error:
        log.warning("explanation_failed", comment_id=comment.id, error=type(error).__name__)
        return ()


def record(
    database: Database,
    context: Context,
    assessment: base.Assessment | None,
    facts: Facts,
    judgement: Judgement,
    spans: tuple[base.Span, ...],
    token: str,
    /,
) -> None:
    """Write scores, findings, verdict and decision in one transaction; raise Fenced when the claim was lost."""
    comment = context.comment
    crash.point("before_record")
    with database.write() as session:
        decisions.record_judgement(
            session,
            comment,
            judgement,
            token=token,
            policy_version=context.policy.version,
            vector=assessment.vector if assessment else None,
        )
        for score in assessment.scores if assessment else ():
            session.add(
                Score(
                    site_id=comment.site_id,
                    comment_id=comment.id,
                    revision=comment.revision,
                    attribute=score.attribute,
                    value=score.value,
                    classifier=score.classifier,
                    version=score.version,
                )
            )
        session.add(
            Assessment(
                comment_id=comment.id,
                revision=comment.revision,
                language=facts.language,
                findings=findings_of(assessment, facts, spans),
            )
        )


def findings_of(assessment: base.Assessment | None, facts: Facts, spans: tuple[base.Span, ...], /) -> dict[str, object]:
    """Return the grounds as kept beside the scores: offsets, counts, hosts, terms, passages; never the text itself."""
    lists = (("blocked", facts.blocked_terms), ("suspect", facts.suspect_terms))
    findings: dict[str, object] = {
        "terms": [{"term": m.term, "start": m.start, "end": m.end, "list": name} for name, ms in lists for m in ms],
        "spans": [
            {"start": s.start, "end": s.end, "attribute": s.attribute.value, "weight": round(s.weight, 4)}
            for s in spans
        ],
        "links": list(facts.links),
        "repeat_of": facts.repeat_of,
        "recent_by_author": facts.recent_by_author,
        "language_supported": facts.language_supported,
        "disguised": facts.disguised,
        "has_article": facts.has_article,
        "classifier_failed": facts.classifier_failed,
    }
    if assessment is not None:
        findings["characters_read"] = assessment.characters_read
        findings["language_detected"] = assessment.language_detected
        if assessment.relevance is not None:
            findings["relevance"] = {
                "passage": assessment.relevance.passage,
                "passage_kind": assessment.relevance.passage_kind,
                "similarity": round(assessment.relevance.similarity, 4),
            }
    return findings


def _article_index(session: Session, runtime: Runtime, article: Article) -> bytes:
    version = runtime.scoring.index_version
    stored = session.get(ArticleIndex, (article.id, article.revision, version))
    if stored is not None:
        return stored.content
    text = ArticleText(
        title=article.title, key_points=tuple(article.key_points), body=article.body, language=article.language
    )
    content = runtime.scoring.index_article(text)
    with runtime.database.write() as writing:
        if writing.get(ArticleIndex, (article.id, article.revision, version)) is None:
            writing.add(
                ArticleIndex(article_id=article.id, revision=article.revision, version=version, content=content)
            )
    return content


def _conversation(session: Session, comment: Comment) -> tuple[bytes, ...]:
    vectors = session.scalars(
        select(Comment.vector)
        .where(
            Comment.article_id == comment.article_id,
            Comment.status == CommentStatus.APPROVED,
            Comment.vector.is_not(None),
            Comment.received_at < comment.received_at,
        )
        .order_by(Comment.received_at.desc())
        .limit(CONVERSATION)
    )
    return tuple(vector for vector in vectors if vector is not None)


def _matches(terms: list[str], text: str) -> tuple[TermMatch, ...]:
    if not terms:
        return ()
    hits = TermList.compile(tuple(terms)).find(text)
    return tuple(TermMatch(term=hit.term, start=hit.start, end=hit.end) for hit in hits)


def _try_later(runtime: Runtime, comment_id: str, token: str) -> None:
    with runtime.database.write() as session:
        comment = session.get(Comment, comment_id)
        if comment is None or comment.claim_token != token:
            return
        if comment.attempts >= runtime.settings.max_attempts:
            decisions.record_giving_up(session, comment, Reason.UNCLASSIFIED, token=token)
        else:
            claims.postpone(session, token, comment_id, seconds=2.0**comment.attempts)


def attributes_of(names: list[str] | None, /) -> tuple[Attribute, ...] | None:
    """Return the attributes asked for by name, None for all."""
    return None if names is None else tuple(Attribute(name) for name in names)
