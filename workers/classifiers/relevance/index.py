"""The article side of the off-topic question as bytes: made once per article revision, read for every comment.

Layout: four magic bytes, the format's number, the length of a JSON head, the head (version, passages, rarities,
names), then the vectors as little-endian float16, one row a passage. Bytes of another format or another version of
the classifier are refused, never guessed at.
"""

import functools
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from workers.classifiers.base import ClassifierError
from workers.classifiers.relevance.passages import Passage

MAGIC, FORMAT = b"MDRX", 1
_HEAD = struct.Struct("<4sHI")


@dataclass(frozen=True)
class ArticleSide:
    """What is known of an article before any comment: `vectors` (n, dim) float32 of unit length, one per passage.

    `rarity` maps the article's stems to their idf, `title_stems` and `names` are among them. `background_mean` and
    `background_spread` say how near any comment comes to this article by chance, `profile` (float32) how near the
    article is to each of the background's subjects.
    """

    passages: tuple[Passage, ...]
    vectors: np.ndarray
    centre: np.ndarray
    rarity: Mapping[str, float]
    title_stems: frozenset[str]
    names: frozenset[str]
    background_mean: float
    background_spread: float
    profile: np.ndarray


def pack(side: ArticleSide, *, version: str) -> bytes:
    """Return `side` as bytes that `unpack` of the same `version` reads."""
    head = json.dumps(
        {
            "version": version,
            "passages": [[passage.kind, passage.text] for passage in side.passages],
            "rarity": {stem: round(value, 2) for stem, value in side.rarity.items()},
            "title": sorted(side.title_stems),
            "names": sorted(side.names),
            "background": [
                round(side.background_mean, 5),
                round(side.background_spread, 5),
            ],
            "profile": [round(float(value), 3) for value in side.profile],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    return _HEAD.pack(MAGIC, FORMAT, len(head)) + head + side.vectors.astype("<f2").tobytes()


@functools.lru_cache(maxsize=512)
def unpack(index: bytes, *, version: str) -> ArticleSide:
    """Read what `pack` wrote; raise ClassifierError where the bytes are of another format or version, or cut short."""
    try:
        magic, number, length = _HEAD.unpack_from(index)
        if (magic, number) != (MAGIC, FORMAT):
            raise ClassifierError(f"article index of format {number}: must be {FORMAT}; index the article again")
        head = json.loads(index[_HEAD.size : _HEAD.size + length])
        if head["version"] != version:
            raise ClassifierError(f"article index of version {head['version']}: must be {version}; index it again")
        passages = tuple(Passage(kind, text) for kind, text in head["passages"])
        flat = np.frombuffer(index, dtype="<f2", offset=_HEAD.size + length).astype(np.float32)
        vectors = flat.reshape(len(passages), -1)
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise ClassifierError(f"article index unreadable ({type(error).__name__}): index the article again") from error
    return ArticleSide(
        passages=passages,
        vectors=vectors,
        centre=centre(vectors),
        rarity=head["rarity"],
        title_stems=frozenset(head["title"]),
        names=frozenset(head["names"]),
        background_mean=head["background"][0],
        background_spread=head["background"][1],
        profile=np.array(head["profile"], dtype=np.float32),
    )


def centre(vectors: np.ndarray) -> np.ndarray:
    """Return the mean of unit vectors (n, dim), itself of unit length."""
    mean = vectors.mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-6), dtype=np.float32)
