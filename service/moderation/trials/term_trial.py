"""Listed terms tried on past comments: what they match, and which harmless comments. Pure.

The Scunthorpe problem: a short term is part of many harmless words. Terms match whole words here, so those are not hit;
other filters with the same list would match them, and undoing a disguise can join words, so the page warns.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from service.moderation.text.terms import TermList
from service.moderation.trials.exchange import Excerpt, TermTrial
from service.moderation.trials.pace import UNHURRIED, Pace
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


def try_terms(terms: Sequence[str], cases: Sequence[PastComment], /, *, pace: Pace = UNHURRIED) -> list[TermTrial]:
    """Try every term on every case; in the order given, repeats left out."""
    compiled = TermList.compile(terms)
    hits: dict[str, list[tuple[bool, Excerpt]]] = {term: [] for term in compiled.terms}
    for case in pace.over(cases):
        clean = _is_clean(case)
        first = {hit.term: hit for hit in reversed(compiled.find(case.text))}
        for term, hit in first.items():
            hits[term].append((clean, _excerpt(case.text, hit.start, hit.end)))
    counted = Counter(word.casefold() for case in cases if _is_clean(case) for word in _WORD.findall(case.text))
    words = [word for word, _ in counted.most_common()]
    together = "\n".join(words)
    return [
        TermTrial(
            term=term,
            comments=len(found),
            clean=sum(clean for clean, _ in found),
            excerpts=tuple(excerpt for _, excerpt in sorted(found, key=lambda hit: not hit[0])[:SHOWN]),
            inside=_inside(term, words, together),
        )
        for term, found in pace.over(hits.items())
    ]


def _inside(term: str, words: Sequence[str], together: str) -> tuple[str, ...]:
    """Return words that contain the term; `together` has all of them, and finds in no time what none contains."""
    wanted = term.casefold()
    if " " in wanted or not wanted.isalnum():
        return ()
    seen = [word for word in words if wanted in word and word != wanted] if wanted in together else []
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
