"""Listed terms tried on a sample before they judge anybody: what they find, and what harmless they would hit. Pure.

The Scunthorpe problem: a short term stands inside many clean words. Terms match whole words here, so those are not hit;
a list that is also used elsewhere would hit them, and undoing a disguise can join words, so the page shows them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.moderation.text.terms import TermList
from service.moderation.trials.past import PastComment
from service.vocabulary import TOXICITY_ATTRIBUTES, Verdict

CLEAN_BELOW = 0.2  # every toxicity score below this, and no moderator rejected it
AROUND = 40  # characters shown on each side of a hit
SHOWN = 3
# Places, names and plain words that filters of the past have refused.
_FALSE_FRIENDS = """
    Scunthorpe Penistone Clitheroe Lightwater Arsenal Essex Sussex Middlesex Cockburn Dickens Hancock Hitchcock assess
    assassin assistant associate bass brass class classic compass embarrass glass grass harass mass passage passion
    analysis analyst canal therapist grape drape scraper cocktail peacock shuttlecock cockpit title constitution
    institution substitute document circumstance accumulate cucumber button butter rebuttal sextant sextet hello
    shellfish shoe shiitake country night evening snigger niggle denigrate heritage suffragette specialist socialist
    skill painkiller raccoon cocoon tycoon spice despicable conspicuous retardant mustard vandyke swanky prickly
"""
INNOCENT = tuple(_FALSE_FRIENDS.split())
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """A hit as it is shown: the characters before it, the hit, those after."""

    before: str
    hit: str
    after: str


@dataclass(frozen=True, kw_only=True)
class TermTrial:
    """One term on the sample."""

    term: str
    comments: int  # in which it was found
    clean: int  # of those, harmless by every score and every moderator
    excerpts: tuple[Excerpt, ...]  # the clean ones first
    inside: tuple[str, ...]  # clean words that contain it and are not matched

    @property
    def warns(self) -> bool:
        return bool(self.clean or self.inside)


def try_terms(terms: Sequence[str], cases: Sequence[PastComment], /) -> list[TermTrial]:
    """Try every term on every case; in the order given, repeats left out."""
    compiled = TermList.compile(terms)
    hits: dict[str, list[tuple[bool, Excerpt]]] = {term: [] for term in compiled.terms}
    for case in cases:
        clean = _is_clean(case)
        first = {hit.term: hit for hit in reversed(compiled.find(case.text))}
        for term, hit in first.items():
            hits[term].append((clean, _excerpt(case.text, hit.start, hit.end)))
    words = Counter(word.casefold() for case in cases if _is_clean(case) for word in _WORD.findall(case.text))
    return [
        TermTrial(
            term=term,
            comments=len(found),
            clean=sum(clean for clean, _ in found),
            excerpts=tuple(excerpt for _, excerpt in sorted(found, key=lambda hit: not hit[0])[:SHOWN]),
            inside=_inside(term, words),
        )
        for term, found in hits.items()
    ]


def _inside(term: str, words: Counter[str]) -> tuple[str, ...]:
    wanted = term.casefold()
    if " " in wanted or not wanted.isalnum():
        return ()
    seen = [word for word, _ in words.most_common() if wanted in word and word != wanted]
    known = [word for word in INNOCENT if wanted in word.casefold() and word.casefold() != wanted]
    return tuple(dict.fromkeys([*seen[:5], *known]))[:8]


def _is_clean(case: PastComment) -> bool:
    scores: Iterable[float] = (case.facts.scores.get(attribute, 0.0) for attribute in TOXICITY_ATTRIBUTES)
    return case.said is not Verdict.REJECT and max(scores, default=0.0) < CLEAN_BELOW


def _excerpt(text: str, start: int, end: int) -> Excerpt:
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    return Excerpt(
        before=("…" if start > AROUND else "") + before,
        hit=text[start:end],
        after=after + ("…" if end + AROUND < len(text) else ""),
    )
