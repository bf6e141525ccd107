"""What is read of a text besides the text itself: its normalised view, and its parts.

Both are bounded by the comment's budget. Of a long text only the parts that a disguise changed are read again: a second
reading of ten thousand characters would cost as much as the first.
"""

from collections.abc import Callable, Iterable

from service.moderation.text.normalisation import Normalised
from service.vocabulary import Attribute
from workers.classifiers.budget import Budget
from workers.classifiers.parts import parts_of, with_places
from workers.classifiers.toxicity import Scores, ToxicityClassifier, worse_of

LoudPlaces = Callable[[str], list[int] | None]

LONG = 500  # characters from which on only the changed parts are read again


def with_disguise(
    toxicity: ToxicityClassifier, written: Scores, undone: Normalised, text: str, budget: Budget, /
) -> tuple[dict[Attribute, float], bool]:
    """Return the worse scores of both views, and whether undoing the disguise made one markedly worse.

    A changed part is compared with the same part as written: on its own it scores higher anyway.
    """
    if not undone.differs:
        return dict(written), False
    if len(undone.text) <= LONG:
        return worse_of(written, toxicity.read(undone.text, budget)[0])
    changed = [
        (undone.text[start:end], as_written)
        for start, end in parts_of(undone.text) or [(0, len(undone.text))]
        if (as_written := text[slice(*undone.span(start, end))]) != undone.text[start:end]
    ]
    before, after = (
        _worst(toxicity, (one for _, one in changed), budget),
        _worst(toxicity, (one for one, _ in changed), budget),
    )
    _, disguised = worse_of(before, after)
    return (worse_of(written, after)[0], True) if disguised else (dict(written), False)


def worst_part(
    toxicity: ToxicityClassifier, text: str, loud_places: LoudPlaces, budget: Budget, /
) -> dict[Attribute, float]:
    """Return the highest scores that parts of `text` get on their own; none where it has one part, or none is loud."""
    return _worst(toxicity, loud_parts(text, loud_places), budget)


def loud_parts(text: str, loud_places: LoudPlaces, /) -> list[str]:
    """Return the parts of `text` with a word that scores high even alone; all where nobody knows such words."""
    parts = parts_of(text)
    places = loud_places(text) if parts else []
    return [text[start:end] for start, end in (parts if places is None else with_places(parts, places))]


def _worst(toxicity: ToxicityClassifier, texts: Iterable[str], budget: Budget) -> dict[Attribute, float]:
    worst: dict[Attribute, float] = {}
    for text in texts:
        for attribute, score in toxicity.read(text, budget)[0].items():
            worst[attribute] = max(score, worst.get(attribute, 0.0))
        if budget.is_spent:
            break
    return worst
