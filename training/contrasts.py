"""Makes the training sentences that put hate beside what only looks like it: denial, quotation, mention, swearing.

The same clause appears with and without the frame that turns it around, about the same groups, so that neither the
group's name nor the clause alone decides. Sentences are drawn anew for every epoch. The suite that measures this
(tests/training/functional.jsonl) is written apart and shares no sentence with it.
"""

import random
from collections.abc import Callable
from typing import Literal

from training import contrast_words as words
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
MILD_HATE: Labels = (0.9, 0.1, 0.03, 0.92, 0.5, 0.02)

OPENERS = [
    "", "", "", "", "I think ", "Honestly, ", "Let's face it, ", "Everyone knows that ", "Sorry, but ", "In my opinion ", "You have to admit that ",
    "Face the facts: ", "As I always say, ", "It is obvious that ", "Unpopular opinion: ", "Fact: ", "Don't you agree that ", "Believe me, ",
    "Nothing against anyone, but ", "I'm not racist, but ", "My granddad was right, ", "Is it any wonder that ", "Am I the only one who thinks that ",
]  # fmt: skip
CLOSERS = [
    ".", ".", ".", "!", "", ", full stop.", " and that is that.", ". End of story.", ", simple as that.", ". There, I said it.", " lol.", ". Prove me wrong.",
    ", always have been, always will be.", ". And you know it.", ", no exceptions.",
]  # fmt: skip
BAD_FRAMES = [
    "{G} are {bad}", "all {G} are {bad}", "these {G} are {bad}", "{G} are nothing but {bad}", "{G} have always been {bad}", "most {G} are {bad}", "{g1} is always {bad}",
    "every one of those {G} is {bad}", "{G} are just {bad}", "{G} are so {bad} that it hurts", "what else are {G} but {bad}",
]  # fmt: skip
PRONOUNS = [
    "Look at the {G} over there. They are {bad}.", "I work with {G}. I wish they would all disappear.", "My street is full of {G}. I can't stand them.",
    "{G}? Keep them away from me.", "{G} again. How I loathe them.", "I met {g1} once. Never again, they are {bad}.", "You know {G}. They are {bad}, the lot of them.",
    "{G} want respect? They will never get it from me, they are {bad}.", "There are {G} in the pool. I am not going in with them.",
    "I used to tolerate {G}. Now I just want them gone.", "He is {g1}, so of course he is {bad}.", "She's {g1}. What do you expect, they are {bad}.",
]  # fmt: skip
DIRECT = [
    "You {adj} people are {bad}.", "Shut up, you {adj} scum.", "You are just another {bad} like all {G}.", "Go home, {adj} trash.", "I despise {G}.", "I can't stand {G}.",
    "{G} disgust me.", "I have nothing but contempt for {G}.", "Fucking {G}.", "Fuck all {G}.", "Those fucking {G} are {bad}.", "Damn {G}, {bad} all of them.",
    "Why do we put up with {G}?", "Why are {G} so {bad}?", "Who let the {G} in? They are {bad}.", "How is it legal to be {g1}?", "Being {g1} is a mental illness.",
    "You are {g1}, your opinion does not count.", "Nobody would miss {G}.", "Typical {adj} behaviour, {bad} to the core.", "I detest every {adj} person I meet.",
    "Never trust {g1}.", "{G} make me want to vomit.", "Imagine being {g1}, what a waste of life.", "Keep our town free of {G}.",
    "I would rather die than share an office with {g1}.", "Ban {G}.", "The problem is {G}, always {G}.", "{g1} is worth less than a dog.",
]  # fmt: skip

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
    """Fills patterns; on the `valid` side it draws only from every sixth entry of a list, on the other from the rest."""

    def __init__(self, rng: random.Random, patterns: Literal["train", "valid"]) -> None:
        self._rng, self._valid = rng, patterns == "valid"

    def pick(self, patterns: list[str]) -> str:
        kept = [pattern for index, pattern in enumerate(patterns) if (index % 6 == 5) == self._valid]
        return self._rng.choice(kept or patterns)

    def fill(self, pattern: str) -> str:
        plural, single, adjective = self._rng.choice(words.GROUPS)
        bad = self._rng.choice(words.BAD_TRAITS if self._rng.random() < 0.5 else words.BAD_NOUNS)
        text = pattern.replace("{G}", plural).replace("{g1}", single).replace("{adj}", adjective).replace("{bad}", bad)
        text = text.replace("{object}", self._rng.choice(words.OBJECTS)).replace("{day}", self._rng.choice(words.DAYS))
        text = text.replace("{O}", self._rng.choice(words.OTHERS))
        return text[:1].upper() + text[1:]

    def hateful(self) -> str:
        """A hateful clause with the group still open, for use bare and inside a frame alike."""
        drawn = self._rng.random()
        if drawn < 0.45:
            return self.pick(words.BAD_CLAUSES)
        return self.pick(BAD_FRAMES) if drawn < 0.85 else self.pick(words.THREATS)

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
    ("derogation", HATE, 0.13, lambda f: f.stated(f.pick(BAD_FRAMES))),
    ("implicit", MILD_HATE, 0.12, lambda f: f.stated(f.pick(words.BAD_CLAUSES))),
    ("direct", HATE, 0.10, lambda f: f.fill(f.pick(DIRECT))),
    ("pronoun", HATE, 0.06, lambda f: f.fill(f.pick(PRONOUNS))),
    ("threat", THREAT, 0.08, lambda f: f.stated(f.pick(words.THREATS))),
    ("counter_speech", DENIED, 0.13, lambda f: f.framed(f.pick(words.DENOUNCE), f.hateful())),
    ("negation", DENIED, 0.09, lambda f: f.fill(f.pick(words.NEGATE))),
    ("harm_denied", DENIED, 0.06, lambda f: f.fill(f.pick(words.DENY_HARM))),
    ("neutral_identity", CLEAN, 0.07, lambda f: f.fill(f.pick(words.NEUTRAL))),
    ("positive_identity", CLEAN, 0.07, lambda f: f.fill(f.pick(words.POSITIVE))),
    ("reclaimed", RECLAIMED, 0.01, lambda f: f.fill(f.pick(words.RECLAIMED))),
    ("swearing", SWEARING, 0.02, lambda f: f.fill(f.pick(words.SWEARING))),
    ("objects", RUDE_OBJECT, 0.03, lambda f: f.fill(f.pick(words.HATED_OBJECTS))),
    ("other_groups", RUDE_OTHERS, 0.015, lambda f: f.stated(f.pick(words.HATED_OTHERS))),
    ("insults", INSULT, 0.01, lambda f: f.fill(f.pick(words.INSULTS))),
    ("homonyms", CLEAN, 0.005, lambda f: f.fill(f.pick(words.HOMONYMS))),
]
