"""Facts, scores and rules in; verdict and reasons out. Pure: no I/O, no clock.

The checks run in the order of `CHECKS`, each looks at one thing, and the worst verdict among them wins. What could
not be judged goes to a human, never to "approved".
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from service.moderation.judgement import reason_texts as texts
from service.moderation.judgement.author_treatment import AuthorFacts, treatment
from service.moderation.policy.rules import Rules, Threshold
from service.moderation.text.links import is_within
from service.moderation.text.personal_data import PersonalData
from service.moderation.text.terms import TermHit
from service.sentences import Template
from service.vocabulary import REASON_WORDS, Attribute, Reason, Treatment, Verdict


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known about one comment revision when it is judged; `scores` lacks what no classifier could score."""

    length: int
    length_of_words: int | None = None  # without filler, where that is below the minimum length
    scores: Mapping[Attribute, float] = field(default_factory=dict)
    part_scores: Mapping[Attribute, float] = field(default_factory=dict)  # of the worst part, read on its own
    held_from: Mapping[Attribute, float] = field(default_factory=dict)  # scores that never reject, and hold from there
    advert: float = 0.0  # the part of the off-topic score that is not about the article
    unread: int = 0  # characters that no classifier or check read
    too_costly: bool = False  # reading it was ended by its budget
    repeat_of: str | None = None  # external id of the earlier comment
    recent_by_author: int = 0  # comments of the author in the last hour, this one included
    blocked_terms: tuple[TermHit, ...] = ()
    suspect_terms: tuple[TermHit, ...] = ()
    links: tuple[str, ...] = ()  # hosts, one per link
    personal_data: tuple[PersonalData, ...] = ()
    language: str | None = None
    language_supported: bool = True
    disguised: bool = False
    has_article: bool = True
    classifier_failed: bool = False
    author: AuthorFacts | None = None  # None: the comment came without an author's id
    kept_down: str | None = None  # why a person kept an earlier text of it down


@dataclass(frozen=True, kw_only=True)
class JudgementReason:
    """One reason for one verdict; `attribute`, `score` and `threshold` only where a score crossed a threshold."""

    verdict: Verdict
    reason: Reason
    attribute: Attribute | None = None
    score: float | None = None
    threshold: float | None = None
    detail: str = ""

    def as_record(self) -> dict[str, Any]:
        """Return it as kept in a decision: codes, a sentence, and only the fields that say something."""
        record: dict[str, Any] = {
            "code": self.reason.value,
            "verdict": self.verdict.value,
            "text": self.detail or REASON_WORDS[self.reason],
        }
        if self.attribute is not None:
            record |= {"attribute": self.attribute.value, "score": self.score, "threshold": self.threshold}
        return record


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The verdict and its reasons, worst first, equal ones in the order of the checks."""

    verdict: Verdict
    reasons: tuple[JudgementReason, ...]


def judge(facts: Facts, rules: Rules, /) -> Judgement:
    """Return the worst verdict that any check gives, with every reason that spoke."""
    reasons = [reason for check in CHECKS for reason in check(facts, rules)]
    if treatment(facts.author, rules) is Treatment.STAFF:
        reasons = _for_staff(reasons)
    reasons.sort(key=lambda reason: -reason.verdict.severity)
    return Judgement(verdict=reasons[0].verdict if reasons else Verdict.APPROVE, reasons=tuple(reasons))


def _failure(facts: Facts, _rules: Rules) -> Iterator[JudgementReason]:
    if facts.classifier_failed:
        yield JudgementReason(verdict=Verdict.HOLD, reason=Reason.CLASSIFIER_FAILED)
    if facts.unread:
        detail = texts.UNREAD % {"count": facts.unread}
        yield JudgementReason(verdict=Verdict.HOLD, reason=Reason.UNREAD, detail=detail)
    if facts.too_costly:
        yield JudgementReason(verdict=Verdict.HOLD, reason=Reason.TOO_COSTLY)


def _length(facts: Facts, rules: Rules) -> Iterator[JudgementReason]:
    # Intake refuses these; they come here when the policy changed, or by a road that has no form to correct.
    is_filled = facts.length >= rules.minimum_length and facts.length_of_words is not None
    counted = facts.length_of_words if is_filled else facts.length
    if counted is not None and counted < rules.minimum_length:
        detail = texts.AT_LEAST % {"length": counted, "limit": rules.minimum_length}
        yield JudgementReason(verdict=Verdict.REJECT, reason=Reason.TOO_SHORT, detail=detail)
    if facts.length > rules.maximum_length:
        detail = texts.AT_MOST % {"length": facts.length, "limit": rules.maximum_length}
        yield JudgementReason(verdict=Verdict.REJECT, reason=Reason.TOO_LONG, detail=detail)


def length_decides(facts: Facts, rules: Rules, /) -> bool:
    """Whether the length alone rejects a comment; no classifier needs to read it then."""
    return any(_length(facts, rules))


def _repeats(facts: Facts, rules: Rules) -> Iterator[JudgementReason]:
    if facts.repeat_of is not None and rules.repeats != "ignore":
        detail = texts.REPEATS % {"comment": facts.repeat_of}
        yield JudgementReason(verdict=Verdict(rules.repeats), reason=Reason.DUPLICATE, detail=detail)
    if rules.flood_limit is not None and facts.recent_by_author > rules.flood_limit:
        detail = texts.FLOOD % {"comments": facts.recent_by_author}
        yield JudgementReason(verdict=Verdict.HOLD, reason=Reason.FLOOD, detail=detail)


def _terms(facts: Facts, _rules: Rules) -> Iterator[JudgementReason]:
    if facts.blocked_terms:
        detail = _listed(texts.BLOCKED_TERMS, texts.BLOCKED_TERMS_AND_MORE, facts.blocked_terms)
        yield JudgementReason(verdict=Verdict.REJECT, reason=Reason.BLOCKED_TERM, detail=detail)
    if facts.suspect_terms:
        detail = _listed(texts.SUSPECT_TERMS, texts.SUSPECT_TERMS_AND_MORE, facts.suspect_terms)
        yield JudgementReason(verdict=Verdict.HOLD, reason=Reason.SUSPECT_TERM, detail=detail)


def _links(facts: Facts, rules: Rules) -> Iterator[JudgementReason]:
    listed = frozenset(rules.blocked_hosts) if facts.links else frozenset()
    blocked = sorted({host for host in facts.links if is_within(host, listed)})
    if blocked:
        detail = texts.LINKS % {"hosts": ", ".join(blocked)}
        yield JudgementReason(verdict=Verdict.REJECT, reason=Reason.BLOCKED_LINK, detail=detail)
    if rules.link_limit is not None and len(facts.links) > rules.link_limit:
        detail = texts.TOO_MANY_LINKS % {"count": len(facts.links), "limit": rules.link_limit}
        yield JudgementReason(verdict=Verdict.HOLD, reason=Reason.TOO_MANY_LINKS, detail=detail)


def _personal_data(facts: Facts, rules: Rules) -> Iterator[JudgementReason]:
    if facts.personal_data and rules.personal_data != "ignore":
        verdict = Verdict.REJECT if rules.personal_data == "reject" else Verdict.HOLD
        kinds = ", ".join(dict.fromkeys(one.kind for one in facts.personal_data))
        detail = texts.PERSONAL_DATA % {"kinds": kinds}
        yield JudgementReason(verdict=verdict, reason=Reason.PERSONAL_DATA, detail=detail)


def _language(facts: Facts, _rules: Rules) -> Iterator[JudgementReason]:
    if not facts.language_supported:
        template = texts.LANGUAGE if facts.language else texts.LANGUAGE_UNKNOWN
        detail = (texts.LANGUAGE_OF_A_PART if facts.scores else template) % {"language": facts.language}
        yield JudgementReason(verdict=Verdict.HOLD, reason=Reason.LANGUAGE_UNSUPPORTED, detail=detail)


def _toxicity(facts: Facts, rules: Rules) -> Iterator[JudgementReason]:
    scored = [attribute for attribute in facts.scores if attribute is not Attribute.OFF_TOPIC]
    excused = facts.classifier_failed or facts.too_costly or length_decides(facts, rules)
    if not scored and facts.language_supported and not excused:
        yield JudgementReason(verdict=Verdict.HOLD, reason=Reason.CLASSIFIER_FAILED, detail=texts.NO_SCORE.text)
    for attribute in sorted(scored, key=lambda attribute: -facts.scores[attribute]):
        yield from _crossed(attribute, Reason.TOXIC, facts, rules)
    yield from _part(facts, rules)
    if facts.disguised:
        yield JudgementReason(verdict=Verdict.HOLD, reason=Reason.DISGUISED)


def _part(facts: Facts, rules: Rules) -> Iterator[JudgementReason]:
    """Hold a comment for its worst part, from where that would be held alone: kind words around it hide nothing."""
    for attribute, score in sorted(facts.part_scores.items(), key=lambda item: -item[1]):
        at = _lowest(attribute, facts, rules)
        crossed = _crossed(attribute, Reason.TOXIC, facts, rules) if attribute in facts.scores else ()
        if at is None or score < at or any(reason.verdict is not Verdict.APPROVE for reason in crossed):
            continue
        yield _of_score(Verdict.HOLD, Reason.TOXIC, attribute, score, at, texts.IN_ONE_PART)
        return


def _threshold(attribute: Attribute, facts: Facts, rules: Rules) -> Threshold:
    threshold = rules.thresholds[attribute]
    return threshold if (least := facts.held_from.get(attribute)) is None else threshold.holding_only(least)


def _lowest(attribute: Attribute, facts: Facts, rules: Rules) -> float | None:
    """Return from where a text by this author is not approved; None: from nowhere."""
    threshold = _threshold(attribute, facts, rules)
    if threshold.hold_at is None or treatment(facts.author, rules) is not Treatment.TRUSTED:
        return threshold.lowest
    # Never above where a rejection begins: between the two a person still looks.
    return round(min(threshold.hold_at + rules.trust_margin, rules.thresholds[attribute].reject_at or 1.0), 4)


def _off_topic(facts: Facts, rules: Rules) -> Iterator[JudgementReason]:
    if Attribute.OFF_TOPIC in facts.scores:
        reason = Reason.ADVERT if facts.advert >= ADVERT_FROM else Reason.OFF_TOPIC
        yield from _crossed(Attribute.OFF_TOPIC, reason, facts, rules)
    elif length_decides(facts, rules):
        return
    elif not facts.has_article:  # said, not held against the comment: many sites send no article text
        yield JudgementReason(verdict=Verdict.APPROVE, reason=Reason.OFF_TOPIC_NOT_JUDGED)
    elif facts.language_supported and not (facts.classifier_failed or facts.too_costly):
        template = texts.OFF_TOPIC_NOT_JUDGED if facts.language else texts.OFF_TOPIC_NOT_JUDGED_UNKNOWN
        detail = template % {"language": facts.language}
        yield JudgementReason(verdict=Verdict.APPROVE, reason=Reason.OFF_TOPIC_NOT_JUDGED, detail=detail)


def _closed(facts: Facts, rules: Rules) -> Iterator[JudgementReason]:
    if rules.closed:  # intake refuses a new comment; what its sender could not keep back is held and not lost
        yield JudgementReason(verdict=Verdict.HOLD, reason=Reason.COMMENTS_CLOSED)
    if facts.kept_down is not None:
        yield JudgementReason(verdict=Verdict.HOLD, reason=Reason.KEPT_DOWN, detail=facts.kept_down)
    if rules.pre_moderation:
        yield JudgementReason(verdict=Verdict.HOLD, reason=Reason.PRE_MODERATED)


def _author(facts: Facts, rules: Rules) -> Iterator[JudgementReason]:
    match treatment(facts.author, rules):
        case Treatment.BLOCKED:
            yield JudgementReason(verdict=Verdict(rules.blocked_authors), reason=Reason.AUTHOR_BLOCKED)
        case Treatment.STRUCK if facts.author is not None:
            strikes = {"count": facts.author.strikes, "days": rules.strike_days, "limit": rules.strike_limit}
            detail = texts.STRIKES % strikes
            yield JudgementReason(verdict=Verdict.HOLD, reason=Reason.AUTHOR_STRIKES, detail=detail)
        case Treatment.NEWCOMER:
            detail = texts.NO_AUTHOR.text
            if facts.author is not None:
                detail = texts.NEWCOMER % {"approved": facts.author.approved, "needed": rules.hold_newcomers}
            yield JudgementReason(verdict=Verdict.HOLD, reason=Reason.AUTHOR_NEW, detail=detail)


CHECKS: tuple[Callable[[Facts, Rules], Iterator[JudgementReason]], ...] = (
    _failure, _length, _repeats, _terms, _links, _personal_data, _language, _toxicity, _off_topic, _closed,
    _author,  # last: what a comment says comes before who says it
)  # fmt: skip
ADVERT_FROM = 0.5  # more likely an advert than not
# What staff are not held for. Lists, links and lengths count, and what no classifier could judge goes to a person.
_FORGIVEN_STAFF = frozenset({
    Reason.TOXIC, Reason.OFF_TOPIC, Reason.ADVERT, Reason.DISGUISED, Reason.DUPLICATE, Reason.FLOOD,
    Reason.PERSONAL_DATA,
})  # fmt: skip


def _for_staff(reasons: list[JudgementReason]) -> list[JudgementReason]:
    """Step what staff are forgiven down by one: held becomes approved, rejected becomes held; and say so."""
    kept, forgiven, eased = [], [], False
    for reason in reasons:
        if reason.reason not in _FORGIVEN_STAFF:
            kept.append(reason)
        elif reason.verdict is Verdict.REJECT:
            kept.append(replace(reason, verdict=Verdict.HOLD))
            eased = True
        else:
            forgiven.append(reason.detail or REASON_WORDS[reason.reason])
    without, with_reasons = (
        (texts.STAFF_EASED, texts.STAFF_EASED_AND_FORGIVEN) if eased else (texts.STAFF, texts.STAFF_FORGIVEN)
    )
    detail = (with_reasons if forgiven else without) % {"reasons": "; ".join(forgiven)}
    return [*kept, JudgementReason(verdict=Verdict.APPROVE, reason=Reason.AUTHOR_STAFF, detail=detail)]


def _crossed(attribute: Attribute, reason: Reason, facts: Facts, rules: Rules) -> Iterator[JudgementReason]:
    score, threshold, held = facts.scores[attribute], _threshold(attribute, facts, rules), texts.HELD_FROM
    reject_at = rules.thresholds[attribute].reject_at
    if attribute in facts.held_from and reject_at is not None and score >= reject_at:
        held = texts.NEVER_REJECTED
    hold_at, lowest = threshold.hold_at, _lowest(attribute, facts, rules)
    if hold_at is not None and lowest is not None and hold_at <= score < lowest:
        detail = texts.TRUSTED % (_scored(attribute, score, hold_at) | {"raised": f"{lowest:.2f}"})
        yield JudgementReason(verdict=Verdict.APPROVE, reason=Reason.AUTHOR_TRUSTED, detail=detail)
    rejected = (Verdict.REJECT, threshold.reject_at, texts.REJECTED_FROM)
    for verdict, at, template in (rejected, (Verdict.HOLD, lowest, held)):
        if at is not None and score >= at:
            yield _of_score(verdict, reason, attribute, score, at, template)
            return


def _of_score(
    verdict: Verdict, reason: Reason, attribute: Attribute, score: float, at: float, template: Template
) -> JudgementReason:
    detail = template % _scored(attribute, score, at)
    return JudgementReason(
        verdict=verdict, reason=reason, attribute=attribute, score=score, threshold=at, detail=detail
    )


def _scored(attribute: Attribute, score: float, at: float) -> dict[str, str]:
    return {"attribute": attribute.value.replace("_", " "), "score": f"{score:.2f}", "threshold": f"{at:.2f}"}


def _listed(all_of_them: Template, some: Template, matches: tuple[TermHit, ...]) -> str:
    terms = list(dict.fromkeys(match.term for match in matches))
    template = some if len(terms) > 3 else all_of_them
    return template % {"terms": ", ".join(terms[:3]), "more": len(terms) - 3}
