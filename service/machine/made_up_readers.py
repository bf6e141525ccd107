"""What the made-up readers of the demo write: an endless series of comments, the same for the same seed.

Most readers are calm, some sharp; a few offend again and again, disguise their words, sell things or stray from the
topic; they write in nine languages, in threads. Comments are combined from sentences of our own, and each combination
is used once before any is used again, so that intake finds no repeats (service/moderation/intake/repeats.py).

Measured with the shipped models and the default policy, 2,000 comments of seed 1 through the running service: 48 were
refused for their length; of the 1,952 accepted 6.9 % were held, none as a repeat or a flood. 68 were off the topic, 30
in a language without a classifier, 55 toxic.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations, product
from pathlib import Path
from typing import Any

CONTENT = Path(__file__).with_name("traffic_content.json")
# What a reader of each temper writes, how many readers have it, and how often each of them writes.
TEMPERS: dict[str, tuple[int, int, tuple[str, ...]]] = {
    "calm": (250, 1, ("fine",) * 36 + ("other", "short")),
    "sharp": (25, 1, ("fine",) * 9 + ("rude", "abuse")),
    "offender": (4, 2, ("abuse", "abuse", "rude", "evasive", "threat", "identity", "fine")),
    "seller": (3, 1, ("advert",)),
    "rambler": (15, 1, ("offtopic", "fine", "fine")),
}
DISGUISES = str.maketrans({"i": "1", "o": "0", "e": "3", "a": "@", "s": "$"})
LOOKALIKES = str.maketrans({"a": "а", "e": "е", "o": "о", "p": "р", "c": "с", "x": "х"})  # Cyrillic


@dataclass(frozen=True)
class Remark:
    """One comment to be sent: what kind it is, and its body for `POST /v1/comments`."""

    kind: str
    body: dict[str, Any]


def remarks(*, seed: int) -> Iterator[Remark]:
    """Yield comments without end; number n of a seed is always the same, so a second run can continue the first."""
    content = load_content()
    rng = random.Random(seed)  # noqa: S311  (a play, to be the same each time)
    readers, weights = _readers(content["names"], rng)
    decks = _Decks(content, rng)
    threads: dict[str, list[str]] = {article["id"]: [] for article in content["articles"]}
    number = 0
    while True:
        number += 1
        ((reader_id, name, temper),) = rng.choices(readers, weights)
        # Each day has its topic: the first article gets the most comments.
        article = content["articles"][min(int(rng.expovariate(0.45)), len(content["articles"]) - 1)]
        kind = rng.choice(TEMPERS[temper][2])
        text, language = _text(rng, kind, article["id"], content, decks)
        body: dict[str, Any] = {
            "id": f"traffic-{seed}-{number}",
            "article_id": article["id"],
            "author": {"id": reader_id, "name": name},
            "text": text,
        }
        thread = threads[article["id"]]
        if thread and rng.random() < 0.35:
            body["parent_id"] = rng.choice(thread[-20:])
        if language:
            body["language"] = language
        if kind != "short":  # most of those are refused, so they have no replies
            thread.append(body["id"])
        yield Remark(kind, body)


def load_content() -> dict[str, Any]:
    """Return the sentences and articles that remarks are made of; all of them are our own."""
    content: dict[str, Any] = json.loads(CONTENT.read_text())
    return content


class _Decks:
    """A shuffled deck of sentence combinations for each kind of comment; dealt to its end before it is dealt again."""

    def __init__(self, content: dict[str, Any], rng: random.Random) -> None:
        self._rng = rng
        fine = {article["id"]: article["fine"] for article in content["articles"]}
        self._cards: dict[tuple[str, str], list[tuple[str, ...]]] = {
            **{("fine", at): list(permutations(said, 2)) for at, said in fine.items()},
            **{
                (kind, at): list(product(content[kind], said))
                for kind in ("rude", "threat", "identity")
                for at, said in fine.items()
            },
            **{
                ("other", language): list(product(said["first"], said["second"]))
                for language, said in content["other"].items()
            },
            ("abuse", ""): list(permutations(content["abuse"], 2)),
            ("offtopic", ""): [pair for topic in content["offtopic"] for pair in permutations(topic, 2)],
            ("advert", ""): list(product(content["advert"]["offers"], content["advert"]["pitches"])),
        }
        self._dealt: dict[tuple[str, str], Iterator[tuple[str, ...]]] = {}

    def deal(self, kind: str, of: str = "") -> tuple[str, ...]:
        """Return the next combination of a kind: under an article, or in a language."""
        if (kind, of) not in self._dealt:
            self._dealt[kind, of] = self._endless(self._cards[kind, of])
        return next(self._dealt[kind, of])

    def _endless(self, cards: list[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
        self._rng.shuffle(cards)
        while True:
            yield from cards


def _readers(names: list[str], rng: random.Random) -> tuple[list[tuple[str, str, str]], list[int]]:
    tempers = [(temper, weight) for temper, (number, weight, _) in TEMPERS.items() for _ in range(number)]
    rng.shuffle(tempers)
    readers = [
        (f"reader-{number + 1}", f"{names[number % len(names)]} {chr(ord('A') + number // len(names))}.", temper)
        for number, (temper, _) in enumerate(tempers)
    ]
    return readers, [weight for _, weight in tempers]


def _text(
    rng: random.Random, kind: str, article_id: str, content: dict[str, Any], decks: _Decks
) -> tuple[str, str | None]:
    if kind == "short":
        return rng.choice(content["short"]), None
    if kind == "other":
        language = rng.choice(sorted(content["other"]))
        said = list(decks.deal("other", language))
        if rng.random() < 0.1:
            said[0] = rng.choice(content["other"][language]["rude"])
        return " ".join(said), language if rng.random() < 0.5 else None
    if kind == "fine":
        opening = rng.choice(content["openings"]) if rng.random() < 0.4 else ""
        closing = rng.choice(content["closings"]) if rng.random() < 0.3 else ""
        return _joined(opening, *decks.deal(kind, article_id), closing), None
    if kind == "evasive":
        insult, reason = decks.deal("rude", article_id)
        return _joined(_disguised(rng, insult), reason), None
    return _joined(*decks.deal(kind, article_id if kind in ("rude", "threat", "identity") else "")), None


def _disguised(rng: random.Random, sentence: str) -> str:
    style = rng.randrange(4)
    if style == 0:
        return sentence.translate(DISGUISES)
    if style == 1:
        return sentence.translate(LOOKALIKES)
    words = sentence.split()
    longest = max(range(len(words)), key=lambda place: len(words[place]))
    words[longest] = (" " if style == 2 else "\u200b").join(words[longest])
    return " ".join(words)


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
