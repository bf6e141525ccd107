"""What `sexual_explicit` is learnt from and measured on: labelled prompts, our own sentences, comments that were read.

sexual_sentences.txt is ours: after `+` a kind of sexually explicit sentence, after `-` one of harmless neighbours.
sexual_readings.jsonl names natural comments by their keys (training/splits.py) and holds no text; the reader was a
large language model, no person, and saw no score. `learn` is of the validation side, most of it found by words;
`measure` is of the test side: of 5,500 comments the 175 that such a head scored highest, and 130 others, shuffled.
Of a long comment about 260 characters were read. Those that could be read either way were left out.
"""

import gzip
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from training.splits import text_key, text_split
from training.toxicity_rows import read_all

SENTENCES = Path(__file__).with_name("sexual_sentences.txt")
READINGS = Path(__file__).with_name("sexual_readings.jsonl")
RELEVANCE = ("reddit_headlines2015", "neutralnews_modlog", "wsj_2022", "fox_news", "youtube_spam")
LONGEST = 450  # characters of a comment that is taken for clean: few have more than one window
SHINGLE, ALIKE = 4, 0.3  # words in a row; share of them that makes two prompts near-duplicates
UNREAD, TWEETS = 2000, 1500  # comments of the train side that count as clean without having been read
# Tweets without these words: of the others too many are explicit to be taken for clean.
_SUGGESTS = re.compile(
    r"sex|porn|nude|naked|penis|vagin|breast|boob|tit|cock|puss|dick|horny|orgasm|erot|blow|\bcum|jizz|masturb|wank|anal"
    r"|dildo|suck|lick|nipple|boner|thong|pant(ies|y)|milf|twerk|fuck|hit|smash|bang|top|eat|head|booty|ass\b|beat|nut"
    r"|pull up|bed|deep|ride|riding|raw|d\b|pop|money shot|loyal|slut|thot|kiss|strok|penetr",
    re.I,
)
# Left out wherever they stand: nothing here is to learn from them.
_MINORS = re.compile(
    r"child|\bkids?\b|teen|daughter|\bson\b|school|minor|under ?age|\blittle (girl|boy)|young(er)? (girl|boy)"
    r"|\bboys?\b|pelajar|smp\b|youngster|1[0-7][ -]?(yo|years?|yrs)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of our own, with its kind."""

    text: str
    kind: str
    explicit: bool


def own_sentences() -> list[Sentence]:
    """Return our own sentences in the order of the file."""
    found: list[Sentence] = []
    kind, explicit = "", False
    for line in SENTENCES.read_text("utf-8").splitlines():
        if line[:2] in ("+ ", "- "):
            kind, explicit = line[2:], line[0] == "+"
        else:
            found.append(Sentence(line, kind, explicit))
    return found


def prompts(data: Path) -> list[tuple[str, bool]]:
    """Return the prompts with a label for sexual content, without those that name minors."""
    with gzip.open(data / "toxicity" / "openai_samples_1680" / "all.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    labelled = ((row["prompt"], row["S"] == 1) for row in rows if "S" in row)
    return [(text, sexual) for text, sexual in labelled if not (sexual and _MINORS.search(text))]


def alike(texts: list[str]) -> list[int]:
    """Return a number for each text, the same for near-duplicates: those that share ALIKE of the shorter's shingles."""
    words = [re.findall(r"\w+", text.casefold()) for text in texts]
    shingles = [{tuple(row[at : at + SHINGLE]) for at in range(max(1, len(row) - SHINGLE + 1))} for row in words]
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    group = list(range(len(texts)))

    def root(place: int) -> int:
        while group[place] != place:
            place = group[place]
        return place

    for place, own in enumerate(shingles):
        shared: dict[int, int] = defaultdict(int)
        for shingle in own:
            for other in holders[shingle]:
                shared[other] += 1
            holders[shingle].append(place)
        for other, count in shared.items():
            if count >= ALIKE * min(len(own), len(shingles[other])):
                group[root(place)] = root(other)
    return [root(place) for place in range(len(texts))]


def natural(data: Path) -> dict[str, tuple[str, str]]:
    """Return comments of Wikipedia, news sites, forums and tweets by key, each with its source."""
    found: dict[str, tuple[str, str]] = {}
    for text, source in _comments(data):
        found.setdefault(text_key(text), (text, source))
    return found


def taken_for_clean(comments: dict[str, tuple[str, str]]) -> list[str]:
    """Return comments of the train side that nobody read; of tweets only those that suggest nothing."""
    rng, chosen = random.Random(1), []
    for most, is_tweet in ((UNREAD, False), (TWEETS, True)):
        keys = sorted(key for key, (_, source) in comments.items() if (source == "davidson") == is_tweet)
        rng.shuffle(keys)
        texts = (comments[key][0] for key in keys)
        usable = (text for text in texts if len(text) <= LONGEST and not (is_tweet and _SUGGESTS.search(text)))
        train = (text for text in usable if text_split(text) == "train" and not _MINORS.search(text))
        chosen += list(islice(train, most))
    return chosen


def _comments(data: Path) -> Iterator[tuple[str, str]]:
    for row in read_all(data):
        yield row.text, row.source
    for source in RELEVANCE:
        with gzip.open(data / "relevance" / source / "comments.jsonl.gz", "rt", encoding="utf-8") as lines:
            for record in map(json.loads, lines):
                if record["text"]:
                    yield record["text"], source


def readings(half: str) -> dict[str, bool]:
    """Return what was read of one half: whether a moderator would call it sexually explicit, by key."""
    rows = map(json.loads, READINGS.read_text("utf-8").splitlines())
    return {row["text"]: row["sexual"] for row in rows if row["half"] == half}
