"""What a new site's policy holds for toxicity, as the workers read and judge: whole comments, and their parts."""

from collections.abc import Sequence

from service.moderation.insight.intervals import Share
from service.moderation.judgement import judgement
from service.moderation.judgement.judgement import Facts
from service.moderation.policy.rules import Rules
from service.vocabulary import Reason, Verdict
from workers.classifiers.base import Classification, Subject
from workers.classifiers.facade import LoadedClassifiers


def read(classifiers: LoadedClassifiers, text: str, /, language: str = "en") -> Classification:
    """Return what a worker finds in a comment in that language."""
    return classifiers.assess(Subject(text=text, language=language))


def is_held(found: Classification, *, parts: bool = True, rules: Rules | None = None) -> bool:
    """Whether a score holds the comment, by the default rules or by others; `parts`: also one of a part."""
    facts = Facts(
        length=100,
        scores={score.attribute: score.value for score in found.scores},
        part_scores=found.part_scores if parts else {},
        held_from=found.held_from,
    )
    judged = judgement.judge(facts, rules or Rules())
    return judged.verdict is not Verdict.APPROVE and any(reason.reason is Reason.TOXIC for reason in judged.reasons)


def share_held(classifiers: LoadedClassifiers, texts: Sequence[str], /, language: str = "en") -> Share:
    """Return how many of the comments are held for their scores."""
    return Share(sum(is_held(read(classifiers, text, language)) for text in texts), len(texts))
