"""Three sets of thresholds to begin with: cautious, balanced, strict. Pure.

*Balanced* is what a new site starts with (docs/adr/0005): toxicity is held from 0.3 and rejected from 0.9. *Cautious*
holds from the same scores and rejects for none, since on labelled comments no score was right nine times in ten; what
balanced rejects waits for a moderator. *Strict* holds from 0.2, where the shipped models' cards begin, and rejects from
0.8: on the same test rows that flags 17 in 100 instead of 14, and two in three of what it rejects were labelled toxic.
Off-topic, which nobody rejects for, is held from 0.5 instead of 0.72. Kinds of toxicity for which the cards have no
measurement keep a distance of 0.1 from the default.

A preset changes thresholds alone: lists, lengths and the treatment of authors stay the site's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from service.moderation.policy.rules import Rules, Threshold, default_thresholds
from service.vocabulary import Attribute


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A name, what it means in a sentence, and its thresholds."""

    name: str
    meaning: str
    thresholds: Mapping[Attribute, Threshold]

    def over(self, rules: Rules, /) -> Rules:
        """Return `rules` with the thresholds of this preset."""
        return rules.model_copy(update={"thresholds": dict(self.thresholds)})


CAUTIOUS = Preset(
    name="cautious",
    meaning="Rejects for no score. What the balanced preset rejects waits for a moderator.",
    thresholds={name: Threshold(hold_at=usual.hold_at) for name, usual in default_thresholds().items()},
)
BALANCED = Preset(
    name="balanced",
    meaning="The thresholds of a new site. Holds in doubt, and rejects only the highest scores.",
    thresholds=default_thresholds(),
)
STRICT = Preset(
    name="strict",
    meaning="Holds and rejects from lower scores: fewer bad comments get through, more good ones wait or are lost.",
    thresholds={
        Attribute.TOXICITY: Threshold(hold_at=0.2, reject_at=0.8),
        Attribute.SEVERE_TOXICITY: Threshold(hold_at=0.4, reject_at=0.8),
        Attribute.OBSCENE: Threshold(hold_at=0.2, reject_at=0.8),
        Attribute.IDENTITY_ATTACK: Threshold(hold_at=0.4, reject_at=0.8),
        Attribute.INSULT: Threshold(hold_at=0.2, reject_at=0.8),
        Attribute.THREAT: Threshold(hold_at=0.4, reject_at=0.8),
        Attribute.SEXUAL_EXPLICIT: Threshold(hold_at=0.4, reject_at=0.85),
        Attribute.OFF_TOPIC: Threshold(hold_at=0.5),
    },
)
PRESETS = (CAUTIOUS, BALANCED, STRICT)


def find(name: str, /) -> Preset | None:
    """Return the preset of that name, or None."""
    return next((preset for preset in PRESETS if preset.name == name), None)


def of_rules(rules: Rules, /) -> Preset | None:
    """Return the preset whose thresholds the rules have, or None."""
    return next((preset for preset in PRESETS if dict(preset.thresholds) == rules.thresholds), None)
