"""What a comment is judged by, and what is kept of it: facts and findings, from what was gathered and scored. Pure."""

from dataclasses import replace

from service.moderation.judgement import findings
from service.moderation.judgement.findings import Findings, Nearest, ScoredSpan
from service.moderation.judgement.judgement import Facts, length_decides
from service.moderation.judgement.text_checks import with_text
from service.moderation.text.length import short_of_words
from service.moderation.trials.preview import with_terms
from workers.classifiers import base
from workers.classifiers.budget import Budget
from workers.gathering import CommentContext


def unscored_facts(context: CommentContext, /) -> Facts:
    """Return what the policy judges by before anything is scored: lengths, repeats, the author."""
    comment, rules = context.comment, context.rules
    return Facts(
        length=comment.length,
        length_of_words=short_of_words(comment.text, comment.length, rules.minimum_length),
        repeat_of=context.repeats.repeat_of,
        recent_by_author=context.repeats.recent_by_author,
        has_article=context.article is not None and context.article.has_text,
        author=context.author,
        kept_down=context.kept_down,
    )


def is_decided_by_length(context: CommentContext, facts: Facts, /) -> bool:
    """Whether every policy that judges the comment rejects it for its length: then nothing reads it."""
    policies = [context.rules, context.shadow_rules]
    return all(length_decides(facts, rules) for rules in policies if rules is not None)


def with_assessment(
    facts: Facts, context: CommentContext, assessment: base.Classification | None, /, *, failed: bool, budget: Budget
) -> Facts:
    """Return the facts with what the classifiers found and what terms and links the text has."""
    # After the scores: a comment that has used up its time is held, and needs no further search.
    in_time, language = budget.is_in_time, assessment.language if assessment else None
    facts = with_text(facts, context.comment.text, context.rules, language=language, in_time=in_time)
    facts = replace(facts, too_costly=not in_time and assessment is None, classifier_failed=failed)
    if assessment is None:
        return facts
    return replace(
        facts,
        scores={score.attribute: score.value for score in assessment.scores},
        part_scores=assessment.part_scores,
        held_from=assessment.held_from,
        advert=assessment.relevance.advert if assessment.relevance else 0.0,
        language=assessment.language,
        language_supported=assessment.language_supported,
        disguised=assessment.disguised,
        unread=max(facts.unread, assessment.unread),
        too_costly=assessment.too_costly or (not in_time and not assessment.unread),
    )


def shadow_facts(context: CommentContext, facts: Facts, /) -> Facts | None:
    """Return the facts with what the running shadow's lists find; None where no shadow runs."""
    rules = context.shadow_rules
    if rules is None or is_decided_by_length(context, facts):
        return facts if rules else None
    return with_terms(facts, context.comment.text, rules)


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
