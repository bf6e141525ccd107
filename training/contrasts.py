"""Makes the training sentences that put hate beside what only looks like it: denial, quotation, mention, swearing.

The same clause appears with and without the frame that turns it around, about the same groups, so that neither the
group's name nor the clause alone decides. Sentences are drawn anew for every epoch. The suite that measures this
(tests/training/functional.jsonl) is written apart and shares no sentence with it.
"""

import random
from collections.abc import Callable
from typing import Literal

from training.contrast_words import GROUPS, WORDS
from training.toxicity_rows import Labels, Row

# toxicity, severe_toxicity, obscene, identity_attack, insult, threat
HATE: Labels = (0.96, 0.25, 0.05, 0.96, 0.6, 0.03)
THREAT: Labels = (0.97, 0.6, 0.08, 0.9, 0.35, 0.95)
CLEAN: Labels = (0.03, 0.0, 0.01, 0.02, 0.01, 0.0)
DENIED: Labels = (0.06, 0.0, 0.02, 0.05, 0.02, 0.01)
RUDE_OBJECT: Labels = (0.12, 0.0, 0.1, 0.01, 0.04, 0.03)
RUDE_OTHERS: Labels = (0.4, 0.02, 0.03, 0.12, 0.5, 0.02)
SWEARING: Labels = (0.3, 0.03, 0.85, 0.01, 0.04, 0.0)
RECLAIMED: Labels = (0.25, 0.02, 0.5, 0.12, 0.08, 0.0)
INSULT: Labels = (0.9, 0.06, 0.2, 0.03, 0.95, 0.02)
OWN_THREAT: Labels = (0.97, 0.4, 0.08, 0.02, 0.35, 0.97)
BELITTLED: Labels = (0.93, 0.1, 0.08, 0.55, 0.85, 0.01)
MILD_HATE: Labels = (0.9, 0.1, 0.03, 0.92, 0.5, 0.02)

OPENERS = [
    "",
    "",
    "",
    "",
    "I think ",
    "Honestly, ",
    "Let's face it, ",
    "Everyone knows that ",
    "Sorry, but ",
    "In my opinion ",
    "You have to admit that ",
    "Face the facts: ",
    "As I always say, ",
    "It is obvious that ",
    "Unpopular opinion: ",
    "Fact: ",
    "Don't you agree that ",
    "Believe me, ",
    "Nothing against anyone, but ",
    "I'm not racist, but ",
    "My granddad was right, ",
    "Is it any wonder that ",
    "Am I the only one who thinks that ",
]
CLOSERS = [
    ".",
    ".",
    ".",
    "!",
    "",
    ", full stop.",
    " and that is that.",
    ". End of story.",
    ", simple as that.",
    ". There, I said it.",
    " lol.",
    ". Prove me wrong.",
    ", always have been, always will be.",
    ". And you know it.",
    ", no exceptions.",
]
SLOTS = {"{name}": "NAMES", "{first}": "FIRST_NAMES", "{praised}": "PRAISED", "{scorned}": "SCORNED"}
Maker = Callable[["_Filler"], str]


def rows(rng: random.Random, *, patterns: Literal["train", "valid"] = "train", count: int = 9000) -> list[Row]:
    """Return sentences of every kind; `valid` takes the patterns (one in six) that training never uses."""
    if patterns == "valid":
        count = 700
    filler = _Filler(rng, patterns)
    made = []
    for name, labels, share, make in KINDS:
        for _ in range(round(count * share)):
            text = make(filler)
            made.append(Row(filler.worn(text), labels, "contrasts", 1.0, name))
    return made


class _Filler:
    """Fills patterns; the `valid` side draws only from every sixth entry of a list, the other from the rest."""

    def __init__(self, rng: random.Random, patterns: Literal["train", "valid"]) -> None:
        self._rng, self._valid = rng, patterns == "valid"

    def pick(self, patterns: list[str]) -> str:
        kept = [pattern for index, pattern in enumerate(patterns) if (index % 6 == 5) == self._valid]
        return self._rng.choice(kept or patterns)

    def fill(self, pattern: str) -> str:
        plural, single, adjective = self._rng.choice(GROUPS)
        bad = self._rng.choice(WORDS["BAD_TRAITS"] if self._rng.random() < 0.5 else WORDS["BAD_NOUNS"])
        text = pattern.replace("{G}", plural).replace("{g1}", single).replace("{adj}", adjective).replace("{bad}", bad)
        text = text.replace("{object}", self._rng.choice(WORDS["OBJECTS"])).replace(
            "{day}", self._rng.choice(WORDS["DAYS"])
        )
        for slot, words in SLOTS.items():
            while slot in text:
                text = text.replace(slot, self.pick(WORDS[words]), 1)
        text = text.replace("{O}", self._rng.choice(WORDS["OTHERS"]))
        return text[:1].upper() + text[1:]

    def hateful(self) -> str:
        """A hateful clause with the group still open, for use bare and inside a frame alike."""
        drawn = self._rng.random()
        if drawn < 0.45:
            return self.pick(WORDS["BAD_CLAUSES"])
        return self.pick(WORDS["BAD_FRAMES"]) if drawn < 0.85 else self.pick(WORDS["THREATS"])

    def stated(self, pattern: str) -> str:
        return self.fill(self._rng.choice(OPENERS) + pattern + self._rng.choice(CLOSERS))

    def framed(self, frame: str, clause: str) -> str:
        return self.fill(frame.replace("{S}", clause))

    def worn(self, text: str) -> str:
        """Now and then what typing on a telephone makes of it."""
        drawn = self._rng.random()
        if drawn < 0.15:
            return text.lower().rstrip(".")
        return text.upper() if drawn < 0.18 else text


KINDS: list[tuple[str, Labels, float, Maker]] = [
    ("derogation", HATE, 0.13, lambda f: f.stated(f.pick(WORDS["BAD_FRAMES"]))),
    ("implicit", MILD_HATE, 0.12, lambda f: f.stated(f.pick(WORDS["BAD_CLAUSES"]))),
    ("direct", HATE, 0.10, lambda f: f.fill(f.pick(WORDS["DIRECT"]))),
    ("pronoun", HATE, 0.06, lambda f: f.fill(f.pick(WORDS["PRONOUNS"]))),
    ("threat", THREAT, 0.08, lambda f: f.stated(f.pick(WORDS["THREATS"]))),
    ("counter_speech", DENIED, 0.13, lambda f: f.framed(f.pick(WORDS["DENOUNCE"]), f.hateful())),
    ("negation", DENIED, 0.09, lambda f: f.fill(f.pick(WORDS["NEGATE"]))),
    ("harm_denied", DENIED, 0.06, lambda f: f.fill(f.pick(WORDS["DENY_HARM"]))),
    ("neutral_identity", CLEAN, 0.08, lambda f: f.fill(f.pick(WORDS["NEUTRAL"]))),
    ("positive_identity", CLEAN, 0.08, lambda f: f.fill(f.pick(WORDS["POSITIVE"]))),
    ("praise", CLEAN, 0.06, lambda f: f.fill(f.pick(WORDS["PRAISE"]))),
    ("belittling", BELITTLED, 0.03, lambda f: f.fill(f.pick(WORDS["BELITTLE"]))),
    ("reclaimed", RECLAIMED, 0.015, lambda f: f.fill(f.pick(WORDS["RECLAIMED"]))),
    ("swearing", SWEARING, 0.025, lambda f: f.fill(f.pick(WORDS["SWEARING"]))),
    ("objects", RUDE_OBJECT, 0.03, lambda f: f.fill(f.pick(WORDS["HATED_OBJECTS"]))),
    ("other_groups", RUDE_OTHERS, 0.015, lambda f: f.stated(f.pick(WORDS["HATED_OTHERS"]))),
    ("insults", INSULT, 0.03, lambda f: f.fill(f.pick(WORDS["INSULTS"]))),
    ("homonyms", CLEAN, 0.02, lambda f: f.fill(f.pick(WORDS["HOMONYMS"]))),
    ("names", CLEAN, 0.025, lambda f: f.fill(f.pick(WORDS["NAME_FRAMES"]))),
    ("own_threats", OWN_THREAT, 0.02, lambda f: f.fill(f.pick(WORDS["OWN_THREATS"]))),
    ("figures_of_speech", CLEAN, 0.01, lambda f: f.fill(f.pick(WORDS["FIGURES"]))),
]
