"""Three sets of thresholds to begin with: cautious, balanced, strict. Pure.

*Balanced* is what a new site starts with (docs/adr/0005): toxicity is held from 0.4, and no score rejects. On the
official Wikipedia test rows that holds 20 in 100 comments and finds 89 in 100 of the toxic ones. *Cautious* holds from
0.5: 17 and 85 in 100. *Strict* holds from 0.3 (22 and 91 in 100), holds off-topic from 0.5 instead of 0.72, and rejects
from 0.9, although of 152 such comments that were read blind only 53 were right to reject on sight. Kinds of toxicity
for which the cards have no measurement keep a distance of 0.1 from the default.
(`python -m training.measure_filler --data DIR`)

A preset changes thresholds alone: lists, lengths and the treatment of authors stay the site's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from service.moderation.policy.rules import Rules, Threshold, default_thresholds
from service.sentences import N_
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
    name=N_("cautious"),
    meaning=N_("Holds only what is more likely bad than not: fewer comments wait, and more bad ones get through."),
    thresholds={
        Attribute.TOXICITY: Threshold(hold_at=0.5),
        Attribute.SEVERE_TOXICITY: Threshold(hold_at=0.6),
        Attribute.OBSCENE: Threshold(hold_at=0.5),
        Attribute.IDENTITY_ATTACK: Threshold(hold_at=0.6),
        Attribute.INSULT: Threshold(hold_at=0.5),
        Attribute.THREAT: Threshold(hold_at=0.6),
        Attribute.SEXUAL_EXPLICIT: Threshold(hold_at=0.6),
        Attribute.OFF_TOPIC: Threshold(hold_at=0.72),
    },
)
BALANCED = Preset(
    name=N_("balanced"),
    meaning=N_("The thresholds of a new site. Holds in doubt, and rejects for no score."),
    thresholds=default_thresholds(),
)
STRICT = Preset(
    name=N_("strict"),
    meaning=N_("Holds from lower scores and rejects the highest: more comments wait, and some good ones are rejected."),
    thresholds={
        Attribute.TOXICITY: Threshold(hold_at=0.3, reject_at=0.9),
        Attribute.SEVERE_TOXICITY: Threshold(hold_at=0.4, reject_at=0.9),
        Attribute.OBSCENE: Threshold(hold_at=0.3, reject_at=0.9),
        Attribute.IDENTITY_ATTACK: Threshold(hold_at=0.4, reject_at=0.9),
        Attribute.INSULT: Threshold(hold_at=0.3, reject_at=0.9),
        Attribute.THREAT: Threshold(hold_at=0.4, reject_at=0.9),
        Attribute.SEXUAL_EXPLICIT: Threshold(hold_at=0.4, reject_at=0.95),
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
