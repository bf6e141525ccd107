"""What the guess at a part's score is fitted on and measured with: parts of texts from one side of each source.

Whoever hides an insult chooses what stands around it, so there are also stretches cut anywhere, toxic clauses in kind
sentences, and words of the training rows in frames, of which most are harmless.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from training import contrasts
from training.splits import Split
from training.toxicity_rows import (
    Row,
    civil_comments,
    davidson,
    fox_news,
    jigsaw,
    jigsaw_binary,
    stormfront,
    toxic_spans,
    wiki_context,
)
from workers.classifiers.parts import clauses_of, parts_of

Source = Callable[[Path], Iterable[Row]]

SEED = 3


def patterns(_data: Path) -> Iterable[Row]:
    """Return sentences of every kind: threats, and insults without a rude word, are rare elsewhere."""
    return contrasts.rows(random.Random(SEED))


FITTED_ON: dict[Source, int] = {  # parts of each source at most
    jigsaw: 70_000, jigsaw_binary: 60_000, civil_comments: 80_000, fox_news: 10_000, stormfront: 25_000,
    davidson: 60_000, toxic_spans: 35_000, wiki_context: 60_000, patterns: 25_000,
}  # fmt: skip
COMPOSED, FRAMED = 40_000, 30_000  # texts made of them
CUT = (2, 24)  # words of a stretch cut anywhere
WORDS_A_CUT = 8  # of a text for each of its stretches
MOST_CUTS = 4
LONG_INSULT, KIND = 10, (4, 22)  # words
JOINED_BY = (", ", " and ", " but ", " ", ", and ", " because ", " - ", ": ", " so ", "... ")
FRAMES = (
    "you {}", "{}", "all {}s are the same", "what a {}", "go away {}", "you are a {}", "another {} who thinks",
    "these {}s again",
)  # fmt: skip


def parts_to_fit(data: Path) -> list[str]:
    """Return parts, clauses and stretches of training rows in random order, each once."""
    chance = random.Random(SEED)
    found: list[str] = []
    for source, most in FITTED_ON.items():
        texts = texts_of("train", data, source)
        pieces = [piece for text in texts for piece in (*parts(text), *_clauses(text), *_cuts(chance, text))]
        chance.shuffle(pieces)
        found += pieces[:most]
    found = list(dict.fromkeys(found))
    chance.shuffle(found)
    return found


def made_of(learnt: Sequence[str], scores: Sequence[float], data: Path, *, toxic: float, clean: float) -> list[str]:
    """Return toxic clauses in kind sentences, of those that were scored so, and words of training rows in frames."""
    chance = random.Random(SEED + 1)
    scored = list(zip(learnt, scores, strict=True))
    insults = [text for text, score in scored if score >= toxic and 2 <= len(text.split()) <= LONG_INSULT]
    kind = [text for text, score in scored if score < clean and KIND[0] <= len(text.split()) <= KIND[1]]
    made = [_composed(chance, chance.choice(kind), chance.choice(insults)) for _ in range(COMPOSED)]
    seen = Counter(word for source in FITTED_ON for text in texts_of("train", data, source) for word in _words(text))
    words = sorted(word for word, times in seen.items() if times > 1)
    chance.shuffle(words)
    made += [_framed(chance, word, chance.choice(kind)) for word in words[:FRAMED]]
    return sorted({*made} - {*learnt})


def texts_of(side: Split, data: Path, source: Source) -> list[str]:
    """Return the texts of one side of a source, in random order."""
    if source is patterns:  # each side has patterns of its own
        rows = contrasts.rows(random.Random(SEED), patterns="train" if side == "train" else "valid")
    else:
        rows = [row for row in source(data) if row.split == side]
    texts = [row.text for row in rows]
    random.Random(SEED).shuffle(texts)
    return texts


def sentences(texts: Iterable[str], most: int) -> list[str]:
    """Return parts of the texts as the workers make them, `most` at most; a text without parts is one."""
    found: list[str] = []
    for text in texts:
        found += parts(text)
        if len(found) >= most:
            break
    return found[:most]


def parts(text: str) -> list[str]:
    """Return the parts of a text; a text without parts is one."""
    return [text[start:end] for start, end in parts_of(text) or [(0, len(text))] if text[start:end].strip()]


def sources_of(side: Split, data: Path, most: int) -> Mapping[str, list[str]]:
    """Return sentences of one side, so many of each source at most, by the source's name."""
    return {source.__name__: sentences(texts_of(side, data, source), most) for source in FITTED_ON}


def _clauses(text: str) -> list[str]:
    places = [clause for part in parts_of(text) or [(0, len(text))] for clause in clauses_of(text, part)]
    return [text[start:end] for start, end in places]


def _cuts(chance: random.Random, text: str) -> list[str]:
    words = text.split()
    if len(words) <= CUT[0]:
        return []
    found = []
    for _ in range(min(MOST_CUTS, len(words) // WORDS_A_CUT + 1)):
        length = chance.randint(CUT[0], min(CUT[1], len(words)))
        start = chance.randint(0, len(words) - length)
        found.append(" ".join(words[start : start + length]))
    return found


def _composed(chance: random.Random, kind: str, insult: str) -> str:
    kind, insult = kind.rstrip(".!? "), insult.rstrip(".!? ")
    before, after = chance.choice(JOINED_BY), chance.choice(JOINED_BY)
    which = chance.random()
    if which < 0.3:
        made = f"{kind}{before}{_small(insult)}."
    elif which < 0.6:
        made = f"{insult}{before}{_small(kind)}."
    else:
        words = kind.split()
        middle = chance.randint(1, len(words) - 1)
        made = f"{' '.join(words[:middle])}{before}{_small(insult)}{after}{' '.join(words[middle:])}."
    cut = chance.randint(4, 30) if chance.random() < 0.3 else None
    return " ".join(made.split()[:cut])


def _framed(chance: random.Random, word: str, kind: str) -> str:
    framed, words, which = chance.choice(FRAMES).format(word), kind.rstrip(".!? ").split(), chance.random()
    if which < 0.35:
        return framed
    if which < 0.6:
        return f"{' '.join(words)}{chance.choice(JOINED_BY)}{framed}."
    if which < 0.8:
        return f"{framed}{chance.choice(JOINED_BY)}{' '.join(words)}."
    middle = chance.randint(1, len(words) - 1)
    return " ".join((*words[:middle], word, *words[middle:]))


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z']{3,}", text.lower()))


def _small(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
