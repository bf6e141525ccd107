"""What a comment is judged by, and what is kept of it: facts and findings, from what was gathered and scored. Pure."""

from service.moderation.policy import findings
from service.moderation.policy.findings import Findings, Nearest, ScoredSpan
from service.moderation.policy.judgement import Facts, TermMatch
from service.moderation.text.links import find_links
from service.moderation.text.terms import TermList
from workers.classifiers import base
from workers.gathering import CommentContext


def facts_of(context: CommentContext, assessment: base.Classification | None, /, *, failed: bool) -> Facts:
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
        author=context.author,
    )


def findings_of(assessment: base.Classification | None, facts: Facts, spans: tuple[base.Span, ...], /) -> Findings:
    """Return what is kept beside the scores: offsets, counts, hosts, terms, passages; never the text itself."""
    kept = tuple(
        ScoredSpan(start=span.start, end=span.end, attribute=span.attribute.value, weight=round(span.weight, 4))
        for span in spans
    )
    if assessment is None:
        return findings.of_facts(facts, spans=kept)
    return findings.of_facts(
        facts,
        spans=kept,
        characters_read=assessment.characters_read,
        language_detected=assessment.language_detected,
        relevance=_nearest(assessment.relevance) if assessment.relevance else None,
    )


def _nearest(near: base.Relevance) -> Nearest:
    return Nearest(
        # A parent's words are another comment's, and would outlive it here when it is erased.
        passage=None if near.passage_kind == "parent" else near.passage,
        passage_kind=near.passage_kind,
        similarity=round(near.similarity, 4),
        advert=round(near.advert, 4),
    )


def _matches(terms: list[str], text: str) -> tuple[TermMatch, ...]:
    if not terms:
        return ()
    hits = TermList.compile(tuple(terms)).find(text)
    return tuple(TermMatch(term=hit.term, start=hit.start, end=hit.end) for hit in hits)
