"""What is read of a text besides the text itself: its normalised view, and its parts.

Both are bounded by the comment's budget. Of a long text only the parts that a disguise changed are read again: a second
reading of ten thousand characters would cost as much as the first.
"""

from collections.abc import Callable, Iterable

from service.moderation.text.filler import without_filler
from service.moderation.text.normalisation import Normalised
from service.vocabulary import Attribute
from workers.classifiers.budget import Budget
from workers.classifiers.encoder import KEPT_COPIES, LONG
from workers.classifiers.parts import parts_of, with_places
from workers.classifiers.toxicity.classifier import Scores, ToxicityClassifier, worse_of

LoudPlaces = Callable[[str], list[tuple[int, float]] | None]

CERTAIN = 0.43  # 9 of 10 sentences that are rejected alone have a word so loud, 1 of 12 others
# Of the compact model's scores of a whole: of 200 insults among 8 to 40 kind sentences 199 score more, and of 100 clean
# comments 67. What scores less has no part worth reading again.
QUIET = 0.004
CHARACTERS_A_TOKEN = 3  # at least, in what a reader calls a sentence
PERHAPS = 0.4  # of a part about whose words nothing is known: read while there is budget for it
MOST_PARTS_OF = 2_000  # characters of a text all whose parts are read; a longer one is read in windows anyway


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
    """Return the highest scores that parts of `text` get on their own; none where it has one part, or none is loud.

    The loudest are read first. Where the budget ends before the last ones, it counts as spent only if one of these is
    certain to need reading: every long comment has words such as "old" and "white".
    """
    worst: dict[Attribute, float] = {}
    for loudness, part in loud_parts(text, loud_places):
        if loudness < CERTAIN and not budget.has(len(part) // CHARACTERS_A_TOKEN):
            break
        raise_to(worst, toxicity.read(part, budget)[0])
        if budget.is_spent:
            break
    return worst


def loud_parts(text: str, loud_places: LoudPlaces, /) -> list[tuple[float, str]]:
    """Return the parts of `text` with a word that scores high even alone, and how high, highest first; all parts where
    nobody knows such words.
    """
    text = without_filler(text, kept=KEPT_COPIES) if len(text) > LONG else text
    parts = parts_of(text)
    places = loud_places(text) if parts else []
    chosen = [(1.0, part) for part in parts] if places is None else with_places(parts, places)
    return [(loudness, text[start:end]) for loudness, (start, end) in sorted(chosen, key=lambda part: -part[0])]


def every_part(text: str, /) -> list[tuple[int, float]]:
    """Return a place in each part of `text`: for a model that came without the scores of its vocabulary."""
    return [(start, PERHAPS) for start, _ in parts_of(text)] if len(text) <= MOST_PARTS_OF else []


def _worst(toxicity: ToxicityClassifier, texts: Iterable[str], budget: Budget) -> dict[Attribute, float]:
    worst: dict[Attribute, float] = {}
    for text in texts:
        raise_to(worst, toxicity.read(text, budget)[0])
        if budget.is_spent:
            break
    return worst


def raise_to(worst: dict[Attribute, float], scores: Scores, /) -> None:
    """Put the scores into `worst` where they are higher."""
    for attribute, score in scores.items():
        worst[attribute] = max(score, worst.get(attribute, 0.0))
