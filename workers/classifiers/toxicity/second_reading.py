"""What is read of a text besides the text itself: its normalised view, and its parts.

Both are bounded by the comment's budget. Of a long text only the parts that a disguise changed are read again: a second
reading of ten thousand characters would cost as much as the first.
"""

import math
from collections.abc import Callable, Iterable, Sequence

from service.moderation.text.filler import without_filler
from service.moderation.text.normalisation import Normalised
from service.vocabulary import Attribute
from workers.classifiers.budget import Budget
from workers.classifiers.encoder import KEPT_COPIES, LONG
from workers.classifiers.parts import Place, parts_of
from workers.classifiers.toxicity.classifier import Scores, ToxicityClassifier, worse_of

# A guess at the log-odds of the highest score of each place of a text; None where nobody can guess.
Guesses = Callable[[str, Sequence[Place]], list[float] | None]

# `python -m training.part_guess` prints what they find. Of sentences that score 0.51 and more it is at least what the
# loudest word alone found in each set of record 5, and of clean ones half to nine tenths as many.
SUSPECT = -2.8
CERTAIN = -1.5
# Of the compact model's scores of a whole: of 210 insults among 4 to 40 kind sentences 207 and more score more, and of
# 100 clean comments 78. What scores less has no part worth reading again.
QUIET = 0.0035
CHARACTERS_A_TOKEN = 3  # at least, in what a reader calls a sentence
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


def worst_part(toxicity: ToxicityClassifier, text: str, guesses: Guesses, budget: Budget, /) -> dict[Attribute, float]:
    """Return the highest scores that parts of `text` get on their own; none where it has one part, or none is suspect.

    The most suspect are read first. Where the budget ends before the last ones, it counts as spent only if one of these
    is certain to need reading: every long comment has words such as "old" and "white".
    """
    worst: dict[Attribute, float] = {}
    for guess, part in suspect_parts(text, guesses):
        if guess < CERTAIN and not budget.has(len(part) // CHARACTERS_A_TOKEN):
            break
        raise_to(worst, toxicity.read(part, budget)[0])
        if budget.is_spent:
            break
    return worst


def suspect_parts(text: str, guesses: Guesses, /) -> list[tuple[float, str]]:
    """Return the parts of `text` that may score high, each with its guess, highest first; all if nobody can guess."""
    text = without_filler(text, kept=KEPT_COPIES) if len(text) > LONG else text
    parts = parts_of(text)
    guessed = guesses(text, parts) if parts else []
    chosen = zip([CERTAIN] * len(parts) if guessed is None else guessed, parts, strict=True)
    suspect = sorted((one for one in chosen if one[0] >= SUSPECT), key=lambda one: -one[0])
    return [(guess, text[start:end]) for guess, (start, end) in suspect]


def every_part(text: str, parts: Sequence[Place], /) -> list[float]:
    """Suspect each part, for a model that came without weights to guess from; of a long text none."""
    return [SUSPECT if len(text) <= MOST_PARTS_OF else -math.inf] * len(parts)


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
