"""Find the words of a comment that drove its scores, from the scores of parts of it.

A word is judged by what the model says with it left out, by what it says of the word alone, and by whether it is one
of the listed words; the weights were fitted on words that people marked (training/measure_spans.py). Everything comes
from scores, not gradients: a moderator is shown what the shipped int8 model really answered. The passes are bounded: a
long text is first narrowed down to its worst stretches.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from service.moderation.text.disguised_words import is_listed
from service.vocabulary import Attribute
from workers.classifiers.base import Span

MOST_SPANS = 8
STRETCH = 40  # words judged together
MOST_STRETCHES = 2  # looked into, word by word
MOST_NARROWING = 24  # passes in one round of finding them; each round leaves a twelfth of the text

Score = Callable[[str], Mapping[Attribute, float]]
InTime = Callable[[], bool]  # whether another pass may be made

_WORD = re.compile(r"[^\W_]+(?:['’*@$!][^\W_]+)*[*$]*")
_COMMON_WORDS = """
    a an the and or but if of to in on at by for from with as is are was were be been being am do does did have has had
    i you he she it we they me him her us them my your his its our their this that these those there here not no nor so
    too very can could will would shall should may might must just than then when where who whom which what why how all
    any some more most other such only own same
"""
_COMMON = frozenset(_COMMON_WORDS.split())


class Evidence(NamedTuple):
    """What speaks for one word, in the order of WEIGHTS."""

    effect: float  # logits lost without it
    share: float  # its effect over that of the strongest word
    alone: float  # logit of the word by itself
    common: float  # 1 for a function word
    listed: float  # 1 for a word that people disguise
    words: float  # log of the number of words beside it


BIAS = 0.687
WEIGHTS = Evidence(effect=0.178, share=0.578, alone=0.46, common=-0.353, listed=1.296, words=-0.625)
SHOWN_FROM = 0.40  # the probability of being marked from which a word is shown
SHOWN_SHARE = 0.5  # or this share of the likeliest word's, from SHOWN_LEAST
SHOWN_LEAST = 0.24


class _OutOfTime(Exception):
    pass


def explain(
    text: str, attributes: Sequence[Attribute], score: Score, in_time: InTime = lambda: True
) -> tuple[Span, ...]:
    """Return the spans that drove `attributes`, strongest first; the weights of an attribute's spans add up to 1.

    Once it is no longer `in_time`, the stretches that were looked into by then speak alone.
    """

    def bounded(part: str) -> Mapping[Attribute, float]:
        if not in_time():
            raise _OutOfTime
        return score(part)

    spans: list[Span] = []
    for attribute in attributes:
        judged = [(word, _probability(evidence)) for word, evidence in word_evidence(text, attribute, bounded)]
        spans += _spans(text, _shown(judged), attribute)
    return tuple(sorted(spans, key=lambda span: (-span.weight, span.start))[:MOST_SPANS])


Word = tuple[int, int]


def word_evidence(text: str, attribute: Attribute, score: Score) -> list[tuple[Word, Evidence]]:
    """Return the evidence for each word of the worst stretches; costs two passes a word, one of them over one word."""
    found: list[tuple[Word, Evidence]] = []
    try:
        for words in _worst_stretches(text, [match.span() for match in _WORD.finditer(text)], attribute, score):
            found += _of_stretch(text, words, attribute, score)
    except _OutOfTime:
        pass
    return found


def _of_stretch(text: str, words: list[Word], attribute: Attribute, score: Score) -> list[tuple[Word, Evidence]]:
    begin, end = words[0][0], words[-1][1]
    whole = _logit(score(text[begin:end])[attribute])
    effects = [whole - _logit(score(text[begin:start] + text[stop:end])[attribute]) for start, stop in words]
    strongest = max(1e-3, *effects)
    alone = cache(lambda word: _logit(score(word)[attribute]))
    found: list[tuple[Word, Evidence]] = []
    for (start, stop), effect in zip(words, effects, strict=True):
        word = text[start:stop].lower()
        evidence = Evidence(
            effect=effect,
            share=max(-1.0, effect / strongest),
            alone=alone(word),
            common=float(word in _COMMON),
            listed=float(is_listed(word)),
            words=math.log(len(words)),
        )
        found.append(((start, stop), evidence))
    return found


def _worst_stretches(text: str, words: list[Word], attribute: Attribute, score: Score) -> list[list[Word]]:
    stretches = [words[start : start + STRETCH] for start in range(0, len(words), STRETCH)]
    while len(stretches) > MOST_STRETCHES:
        step = -(-len(stretches) // MOST_NARROWING)  # of a very long text several stretches are judged in one pass
        groups = [stretches[first : first + step] for first in range(0, len(stretches), step)]
        scores = [score(text[group[0][0][0] : group[-1][-1][1]])[attribute] for group in groups]
        worst = sorted(range(len(groups)), key=lambda number: (-scores[number], number))[:MOST_STRETCHES]
        stretches = [stretch for number in sorted(worst) for stretch in groups[number]]
    return stretches


def _probability(evidence: Evidence) -> float:
    logit = BIAS + sum(weight * value for weight, value in zip(WEIGHTS, evidence, strict=True))
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


def _shown(judged: list[tuple[Word, float]]) -> list[tuple[Word, float]]:
    likeliest = max((probability for _, probability in judged), default=0.0)
    least = min(SHOWN_FROM, max(SHOWN_LEAST, SHOWN_SHARE * likeliest))
    return sorted((word, probability) for word, probability in judged if probability >= least)


def _spans(text: str, shown: list[tuple[Word, float]], attribute: Attribute) -> list[Span]:
    """Join neighbours into one span: "stupid idiot" is one thing to look at."""
    total = sum(probability for _, probability in shown)
    joined: list[tuple[int, int, float]] = []
    for (start, end), probability in shown:
        if joined and not text[joined[-1][1] : start].strip(" "):
            start, probability = joined[-1][0], joined[-1][2] + probability
            joined.pop()
        joined.append((start, end, probability))
    return [Span(start=start, end=end, attribute=attribute, weight=weight / total) for start, end, weight in joined]


def _logit(probability: float) -> float:
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))
