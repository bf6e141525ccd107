"""What is read of a text besides the text itself: its normalised view, and its parts.

Both are bounded by the comment's budget. Of a long text only the parts that a disguise changed are read again: a second
reading of ten thousand characters would cost as much as the first.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from service.moderation.text.filler import without_filler
from service.moderation.text.normalisation import Normalised
from service.vocabulary import Attribute
from workers.classifiers.budget import Budget
from workers.classifiers.encoder import KEPT_COPIES, LONG
from workers.classifiers.parts import Place, clauses_of, parts_of
from workers.classifiers.toxicity.classifier import Scores, ToxicityClassifier, worse_of

# A guess at the log-odds of the highest score of each place of a text; None where nobody can guess.
Guesses = Callable[[str, Sequence[Place]], list[float] | None]

# `python -m training.part_guess` prints what they find. From SUSPECT on a part is read on its own, from CERTAIN on a
# clause too.
SUSPECT = -2.75
CERTAIN = -0.8
# Of 150 pairs of sentences that score 0.4 and more while neither of the two does, one of these scores as much in 148.
NEAR = 0.1
CHARACTERS_A_TOKEN = 3  # at least, in what a reader calls a sentence


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
    toxicity: ToxicityClassifier, views: Iterable[str], guesses: Guesses, budget: Budget, /
) -> dict[Attribute, float]:
    """Return the highest scores that parts of a text get on their own, in each view of it; none where none is suspect.

    The most suspect are read first; where the budget ends before the last, it counts as spent. What scores a little is
    read together with the part before it and the one after it: of two sentences each alone may say too little.
    """
    worst: dict[Attribute, float] = {}
    suspects: dict[str, list[str]] = {}
    for view in views:
        for part, beside in _suspects(view, guesses).items():
            suspects.setdefault(part, []).extend(beside)
    pairs: dict[str, None] = {}  # in the order in which they are found
    for part, beside in suspects.items():
        scores, _ = toxicity.read(part, budget)
        raise_to(worst, scores)
        if budget.is_spent:
            break
        if max(scores.values(), default=0.0) >= NEAR:
            pairs |= dict.fromkeys(beside)
    for pair in pairs:
        if not budget.has(len(pair) // CHARACTERS_A_TOKEN):
            break
        raise_to(worst, toxicity.read(pair, budget)[0])
    return worst


def may_be_read(text: str, guesses: Guesses, /) -> list[str]:
    """Return what `worst_part` may read of `text`: what is suspect, and each part with the one beside it."""
    suspects = _suspects(text, guesses)
    return [*suspects, *dict.fromkeys(pair for beside in suspects.values() for pair in beside)]


def nobody_guesses(_text: str, _places: Sequence[Place], /) -> None:
    """Suspect each part, for a model that came without weights to guess from."""


def _suspects(text: str, guesses: Guesses) -> dict[str, list[str]]:
    """Return what of `text` may score high, the most suspect first, each with the pairs that it makes with a neighbour.

    A text of two parts has no pair: that is the whole. Clauses are looked for in suspect parts alone: no guess at a
    clause is much above that at its part.
    """
    text = without_filler(text, kept=KEPT_COPIES) if len(text) > LONG else text
    parts = parts_of(text)
    read = parts or [(0, len(text))]
    guessed = guesses(text, read)
    if guessed is None:
        found = [(CERTAIN, part) for part in parts]
    else:
        suspect = [(guess, part) for guess, part in zip(guessed, read, strict=True) if guess >= SUSPECT]
        found = suspect if parts else []
        clauses = [clause for _, part in suspect for clause in clauses_of(text, part)]
        at_clauses = (clauses and guesses(text, clauses)) or []
        found += [(guess, clause) for guess, clause in zip(at_clauses, clauses, strict=True) if guess >= CERTAIN]
    numbers = {part: number for number, part in enumerate(parts)}
    suspects: dict[str, list[str]] = {}
    for _, (start, end) in sorted(found, key=lambda one: -one[0]):
        number = numbers.get((start, end))
        around = () if number is None or len(parts) < 3 else parts[max(0, number - 1) : number + 2]
        pairs = [text[before[0] : after[1]] for before, after in pairwise(around)]
        suspects.setdefault(text[start:end], []).extend(pairs)  # one sentence may stand in two places
    return suspects


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
