"""Find the words of a comment that drove its scores, by leaving words out.

Words, not gradients: what a moderator is shown is then what the shipped int8 model really answered. The passes are
bounded: a long text is first narrowed down to its worst stretches, and only their words are left out one by one.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from service.vocabulary import Attribute
from workers.classifiers.base import Span

MOST_SPANS = 8
MOST_PASSES = 64
STRETCH = 24  # words: what is judged together when a text is narrowed down
LEAST_SHARE = 0.25  # of the strongest word's effect: weaker words are not shown

Score = Callable[[str], Mapping[Attribute, float]]
_WORD = re.compile(r"[^\W_]+(?:['’*@$!][^\W_]+)*[*$]*")


class Word(NamedTuple):
    """Characters `start:end` of the text."""

    start: int
    end: int


def explain(text: str, attributes: Sequence[Attribute], score: Score) -> tuple[Span, ...]:
    """Return the spans that drove `attributes`, strongest first; weights are shares of the attribute's whole effect."""
    spans: list[Span] = []
    words = [Word(*match.span()) for match in _WORD.finditer(text)]
    stretches = _worst_stretches(text, words, attributes, score)
    for stretch in stretches:
        spans += _in_stretch(text, stretch, attributes, score)
    return tuple(sorted(spans, key=lambda span: (-span.weight, span.start))[:MOST_SPANS])


def _worst_stretches(
    text: str, words: list[Word], attributes: Sequence[Attribute], score: Score
) -> list[list[Word]]:
    stretches = [words[start : start + STRETCH] for start in range(0, len(words), STRETCH)]
    if len(stretches) <= 1:
        return stretches
    step = -(-len(stretches) // (MOST_PASSES // 2))  # a very long text: judge several stretches in one pass
    scored: list[tuple[float, int]] = []
    for first in range(0, len(stretches), step):
        part = [word for stretch in stretches[first : first + step] for word in stretch]
        values = score(text[part[0].start : part[-1].end])
        scored.append((max(values.get(attribute, 0.0) for attribute in attributes), first))
    _, first = max(scored, key=lambda pair: (pair[0], -pair[1]))
    return [stretches[first]]


def _in_stretch(text: str, words: list[Word], attributes: Sequence[Attribute], score: Score) -> list[Span]:
    if not words:
        return []
    begin, end = words[0].start, words[-1].end
    whole = score(text[begin:end])
    without = [score(text[begin : word.start] + text[word.end : end]) for word in words]
    spans: list[Span] = []
    for attribute in attributes:
        if attribute not in whole:
            continue
        effects = [max(0.0, _logit(whole[attribute]) - _logit(other[attribute])) for other in without]
        spans += _spans(words, effects, attribute)
    return spans


def _spans(words: list[Word], effects: list[float], attribute: Attribute) -> list[Span]:
    strongest, total = max(effects), sum(effects)
    if strongest <= 0:
        return []
    return [
        Span(start=word.start, end=word.end, attribute=attribute, weight=effect / total)
        for word, effect in zip(words, effects, strict=True)
        if effect >= LEAST_SHARE * strongest
    ]


def _logit(probability: float) -> float:
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))
