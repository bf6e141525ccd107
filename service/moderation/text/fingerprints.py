"""Fingerprints by which repeated comments are found: an exact digest and a 64-bit SimHash of the same words.

SimHash after Charikar (2002), over single words: a changed word moves about 7 of 64 bits in a comment of twenty, where
word pairs move twice that. Near repeats differ in few bits and are confirmed on the texts.
"""

import hashlib

import regex

# A byte's eight bits, 16 bits apart: adding these adds to eight counters at once.
_SPREAD = tuple(sum(1 << bit * 16 for bit in range(8) if byte >> bit & 1) for byte in range(256))
_WORD = regex.compile(r"\w+")


def words_of(text: str) -> list[str]:
    """Return the text's words, case folded: what is left when punctuation and spacing are ignored."""
    words: list[str] = _WORD.findall(text.casefold())
    return words


def digest(text: str) -> str:
    """Return the SHA-256 (hex) of the text's words; texts without any word are digested as they are."""
    words = words_of(text)
    return hashlib.sha256((" ".join(words) if words else text).encode("utf-8", "surrogatepass")).hexdigest()


def simhash(text: str) -> int:
    """Return 64 bits as a signed integer (what a BIGINT column holds)."""
    words = words_of(text)[:2_000]
    ones = 0  # how many words have each bit, 64 counters of 16 bits side by side
    for word in words:
        for place, byte in enumerate(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()):
            ones += _SPREAD[byte] << place * 128
    value = sum(1 << bit for bit in range(64) if (ones >> bit * 16 & 0xFFFF) * 2 > len(words))
    return value - (1 << 64) if value >= 1 << 63 else value


def distance(one: int, other: int) -> int:
    """Return in how many of 64 bits two SimHashes differ."""
    return ((one ^ other) & (1 << 64) - 1).bit_count()
