"""What the checks and classifiers found in one revision of a comment, besides the scores. Pure.

`as_record` is what the database keeps and the API shows. It holds offsets, counts, hosts, listed terms and passages of
the article, never the comment's own text. `from_record` reads what any version wrote: a field that is missing there is
None or empty here, and is left out again by `as_record`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from service.moderation.judgement.judgement import Facts
from service.moderation.text.personal_data import PersonalData
from service.moderation.text.terms import TermHit
from service.vocabulary import Attribute


@dataclass(frozen=True, kw_only=True)
class ListedTerm:
    """A term of one of the site's lists ("blocked", "suspect"), and where it is: code points, end exclusive."""

    term: str
    start: int
    end: int
    list: str


@dataclass(frozen=True, kw_only=True)
class ScoredSpan:
    """Words behind a score, and how much of it they account for."""

    start: int
    end: int
    attribute: str
    weight: float


@dataclass(frozen=True, kw_only=True)
class Nearest:
    """The passage of the article that the comment is nearest to; no passage where that is another comment's text."""

    passage: str | None
    passage_kind: str
    similarity: float
    advert: float | None = None


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What was found; None where that check did not run."""

    terms: tuple[ListedTerm, ...] = ()
    spans: tuple[ScoredSpan, ...] = ()
    links: tuple[str, ...] = ()  # hosts
    personal_data: tuple[PersonalData, ...] | None = None
    repeat_of: str | None = None  # external id of the earlier comment
    recent_by_author: int | None = None
    language_supported: bool | None = None
    language_detected: bool | None = None
    disguised: bool | None = None
    has_article: bool | None = None
    classifier_failed: bool | None = None
    characters_read: int | None = None
    unread: int | None = None
    too_costly: bool | None = None
    length_of_words: int | None = None
    kept_down: str | None = None  # why a person kept an earlier text down
    part_scores: Mapping[str, float] | None = None  # of the worst part, by attribute
    held_from: Mapping[str, float] | None = None  # the attributes whose scores never reject, and from where they hold
    relevance: Nearest | None = None

    def as_record(self) -> dict[str, Any]:
        """Return them as JSON; lists and `repeat_of` always, the rest where it says something."""
        record = {name: value for name, value in asdict(self).items() if value is not None}
        record |= {name: list(record[name]) for name in ("terms", "spans", "links")}
        record["repeat_of"] = self.repeat_of
        if self.relevance is not None and self.relevance.advert is None:
            del record["relevance"]["advert"]
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any], /) -> "Findings":
        """Return what a record says; fields of later versions are ignored."""
        near = record.get("relevance")
        return cls(
            terms=tuple(ListedTerm(**_known(ListedTerm, term)) for term in record.get("terms") or ()),
            spans=tuple(ScoredSpan(**_known(ScoredSpan, span)) for span in record.get("spans") or ()),
            links=tuple(record.get("links") or ()),
            personal_data=tuple(PersonalData(**_known(PersonalData, one)) for one in record.get("personal_data") or ())
            or None,
            relevance=Nearest(**_known(Nearest, near)) if near else None,
            **{name: record.get(name) for name in _PLAIN},
        )

    def terms_of(self, name: str, /) -> tuple[TermHit, ...]:
        """Return the terms of the list of that name."""
        return tuple(TermHit(term=one.term, start=one.start, end=one.end) for one in self.terms if one.list == name)

    def facts(self, *, length: int, scores: Mapping[Attribute, float], language: str | None) -> Facts:
        """Return the facts by which the comment was judged, without term matches: rules decide those."""
        return Facts(
            length=length,
            scores=scores,
            repeat_of=self.repeat_of,
            recent_by_author=self.recent_by_author or 0,
            links=self.links,
            personal_data=self.personal_data or (),
            language=language,
            language_supported=self.language_supported is not False,
            disguised=bool(self.disguised),
            unread=self.unread or 0,
            too_costly=bool(self.too_costly),
            length_of_words=self.length_of_words,
            kept_down=self.kept_down,
            part_scores={Attribute(name): value for name, value in (self.part_scores or {}).items()},
            held_from={Attribute(name): value for name, value in (self.held_from or {}).items()},
            advert=(self.relevance.advert if self.relevance else None) or 0.0,
            has_article=self.has_article is not False,
            classifier_failed=bool(self.classifier_failed),
        )


def of_facts(facts: Facts, /, **found: Any) -> Findings:
    """Return the findings that the facts hold, with what the classifiers `found`: spans, characters read and so on."""
    return Findings(
        terms=(*_listed("blocked", facts.blocked_terms), *_listed("suspect", facts.suspect_terms)),
        links=facts.links,
        personal_data=facts.personal_data or None,
        repeat_of=facts.repeat_of,
        recent_by_author=facts.recent_by_author,
        language_supported=facts.language_supported,
        disguised=facts.disguised,
        unread=facts.unread or None,
        too_costly=facts.too_costly or None,
        length_of_words=facts.length_of_words,
        kept_down=facts.kept_down,
        part_scores={attribute.value: round(score, 4) for attribute, score in facts.part_scores.items()} or None,
        held_from={attribute.value: least for attribute, least in facts.held_from.items()} or None,
        has_article=facts.has_article,
        classifier_failed=facts.classifier_failed,
        **found,
    )


def _listed(name: str, matches: tuple[TermHit, ...]) -> tuple[ListedTerm, ...]:
    return tuple(ListedTerm(term=match.term, start=match.start, end=match.end, list=name) for match in matches)


def _known(kind: type[Any], record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in kind.__dataclass_fields__ if name in record}


_PLAIN = (
    "repeat_of",
    "recent_by_author",
    "language_supported",
    "language_detected",
    "disguised",
    "has_article",
    "classifier_failed",
    "characters_read",
    "unread",
    "too_costly",
    "length_of_words",
    "kept_down",
    "part_scores",
    "held_from",
)
