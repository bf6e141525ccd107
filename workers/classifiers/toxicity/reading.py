"""What the toxicity classifiers read of one comment: a text in one language, or stretches in several, one by one.

A stretch counts where it is worse than what was read before it and would hold the comment by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.moderation.text.normalisation import Normalised
from service.vocabulary import Attribute
from workers.classifiers.base import AttributeScore
from workers.classifiers.budget import Budget
from workers.classifiers.toxicity.classifier import Scores, ToxicityClassifier
from workers.classifiers.toxicity.second_reading import Guesses, raise_to, with_disguise, worst_part


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A classifier, from where each of its scores holds if they never reject, and how it finds parts to read again."""

    toxicity: ToxicityClassifier
    guesses: Guesses
    held_from: Mapping[Attribute, float] = field(default_factory=dict)


@dataclass
class Reading:
    """The worst scores so far; `held_from` as in a Classification, `unread` the characters that were not read."""

    scores: dict[Attribute, AttributeScore] = field(default_factory=dict)
    part_scores: dict[Attribute, float] = field(default_factory=dict)
    held_from: dict[Attribute, float] = field(default_factory=dict)
    disguised: bool = False
    unread: int = 0

    def add(
        self, text: str, undone: Normalised, reader: Reader, budget: Budget, known: tuple[Scores, int] | None = None, /
    ) -> None:
        """Read a text, also with its disguises `undone`, and in parts; `known`: its scores and characters, if read."""
        toxicity = reader.toxicity
        values, characters = known or toxicity.read(text, budget)
        worst, disguised = with_disguise(toxicity, values, undone, text, budget)
        views = dict.fromkeys((undone.text, text))
        raise_to(self.part_scores, worst_part(toxicity, views, reader.guesses, budget))
        for attribute, value in worst.items():
            least, before = reader.held_from.get(attribute), self.scores.get(attribute)
            if before is not None and (value <= before.value or value < (least or 0.0)):
                continue
            self.scores[attribute] = AttributeScore(
                attribute=attribute, value=value, classifier=toxicity.name, version=toxicity.version
            )
            self.held_from.pop(attribute, None)
            if least is not None:
                self.held_from[attribute] = least
        self.disguised = self.disguised or disguised
        self.unread += len(text) - characters
