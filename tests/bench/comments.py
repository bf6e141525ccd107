"""Made-up reader comments whose token lengths are distributed like real ones: lognormal, median 41, mean 56."""

import math
import random

SENTENCES = (
    "The council should publish the full report before anybody votes on the plan.",
    "I have lived on this street for twenty years and the traffic has never been worse.",
    "Good to see some numbers for once instead of another round of promises.",
    "My daughter takes the bus to school and it is late at least twice a week.",
    "Nobody asked the shop owners what they think, and they will pay for it.",
    "If the bridge closes in spring the farmers lose the whole season.",
    "The second paragraph contradicts the first, did anyone edit this?",
    "It worked in other towns, so why would it not work here?",
    "We need trees, benches and a crossing that does not take four minutes.",
    "Thank you for explaining how the budget is actually put together.",
    "The old mayor said the same thing ten years ago and nothing happened.",
    "I disagree with the author but the history part was very well told.",
    "Has anybody counted how many cyclists use the road in winter?",
    "The interview with the engineer was the best part of the article.",
    "Small towns cannot carry this cost alone, the state has to help.",
    "Let us wait for the results of the study before we shout at each other.",
    "Parking is not a human right, but neither is a cycle lane on every corner.",
    "The photo shows the wrong building, the library is on the other side.",
)
ARTICLE = {
    "id": "bench-article",
    "title": "Council votes on a car-free market street",
    "key_points": ["Trial starts in May", "Shop owners fear for their trade", "Buses are rerouted over the old bridge"],
    "body": " ".join(SENTENCES) * 2,
    "language": "en",
}


def texts(count: int, *, seed: int = 7) -> list[str]:
    """Return `count` different texts; the same seed gives the same texts."""
    source = random.Random(seed)
    return [_text(source, number) for number in range(count)]


def terms(count: int, *, seed: int) -> list[str]:
    """Return `count` made-up words of nine to twelve letters, which no text has: a site's list of terms."""
    source = random.Random(seed)
    return ["".join(source.choices("abcdefghijklmnoprstuvwy", k=source.randint(9, 12))) for _ in range(count)]


def _text(source: random.Random, number: int) -> str:
    tokens = min(390.0, math.exp(source.gauss(math.log(41), 0.75)))
    words = [f"Note {number}:"]
    while len(words) < max(12, tokens / 1.25):  # about 1.25 WordPiece tokens a word in such sentences
        words += source.choice(SENTENCES).split()
    return " ".join(words[: max(12, round(tokens / 1.25))])
