"""Chooses which of the encoder's 250,000 pieces are kept, and cuts the tokenizer and the embedding table to them.

Kept are the special tokens, every single character (so that no letter that could be read becomes unknown), what the
words of each language's list need up to 99.9 % of its running text, in lower case and capitalised, and what real
comments need twice. Word lists alone left 13 % of the tokens of English comments unknown.
"""

import copy
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor

LANGUAGES = ("ar", "de", "en", "es", "fr", "hi", "id", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "uk", "vi", "zh")
UNSPACED = ("ja", "zh", "ko")  # here a word's pieces also stand inside a run of letters
COVERAGE = 0.999
SPECIAL = 4  # the first pieces: start, padding, end, unknown
OFTEN_ENOUGH = 2  # of a piece in real comments


def chosen(pieces: list[str], tokenizer: Tokenizer, words: Iterable[str], comments: Iterable[str]) -> list[int]:
    """Return the ids to keep, ascending; `pieces` is the whole vocabulary in the order of ids."""
    kept = set(range(SPECIAL)) | {number for number, piece in enumerate(pieces) if len(piece.lstrip("▁")) <= 1}
    for ids in _ids(tokenizer, words):
        kept.update(ids)
    seen: Counter[int] = Counter()
    for ids in _ids(tokenizer, comments):
        seen.update(ids)
    kept.update(number for number, count in seen.items() if count >= OFTEN_ENOUGH)
    return sorted(kept | {number for number, piece in enumerate(pieces) if piece == "<mask>"})


def _ids(tokenizer: Tokenizer, texts: Iterable[str]) -> Iterator[list[int]]:
    waiting: list[str] = []
    for text in texts:
        waiting.append(text)
        if len(waiting) == 20_000:
            yield from (encoding.ids for encoding in tokenizer.encode_batch_fast(waiting, add_special_tokens=False))
            waiting.clear()
    yield from (encoding.ids for encoding in tokenizer.encode_batch_fast(waiting, add_special_tokens=False))


def listed_words(languages: Iterable[str] = LANGUAGES) -> Iterator[str]:
    """Yield each language's words up to its coverage, as comments write them; needs the wordfreq package."""
    from wordfreq import get_frequency_dict

    for language in languages:
        frequencies = get_frequency_dict(language, wordlist="best")
        for word in covering(frequencies, COVERAGE):
            yield word
            if language in UNSPACED:
                yield "。" + word
            elif (capitalised := word[:1].upper() + word[1:]) != word:
                yield capitalised


def covering(frequencies: dict[str, float], coverage: float) -> list[str]:
    """Return the most frequent words that together make `coverage` of the running text."""
    wanted, found, covered = coverage * sum(frequencies.values()), [], 0.0
    for word, frequency in sorted(frequencies.items(), key=lambda pair: -pair[1]):
        if covered >= wanted:
            break
        found.append(word)
        covered += frequency
    return found


def pruned(description: dict[str, Any], kept: list[int]) -> dict[str, Any]:
    """Return tokenizer.json's content with only the pieces `kept`, numbered anew in their old order.

    What is dropped can no longer be produced: a word is cut into smaller pieces instead, at worst into characters.
    """
    if kept[:SPECIAL] != list(range(SPECIAL)):
        raise ValueError(f"the special pieces 0 to {SPECIAL - 1} must be kept, got {kept[:SPECIAL]}")
    made = copy.deepcopy(description)
    renumbered = {old: new for new, old in enumerate(kept)}
    made["model"]["vocab"] = [description["model"]["vocab"][old] for old in kept]
    made["model"]["unk_id"] = renumbered[description["model"]["unk_id"]]
    made["added_tokens"] = [
        {**token, "id": renumbered[token["id"]]} for token in description["added_tokens"] if token["id"] in renumbered
    ]
    return made


def rows(table: Tensor, kept: list[int]) -> Tensor:
    """Return the embedding table's rows of `kept`, in their order."""
    return table[torch.tensor(kept)].clone()


def tokenizer_of(description: dict[str, Any]) -> Tokenizer:
    """Return a tokenizer that neither cuts nor pads."""
    tokenizer = Tokenizer.from_str(json.dumps(description))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
