"""The decided comments of one site in memory, as unit vectors, and which of them are nearest to another. Pure.

No text is here, only digests, ids and vectors of one encoder. A text that was decided several times counts once, by its
last decision; so do texts that are nearly equal.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

# Cosine similarity from which a comment is like another, and from which it is the same; measured in ADR 28.
FLOOR = 0.6
SAME = 0.95
CANDIDATES = 64  # of which near-equal ones are left out
_FIRST_ROWS = 64


@dataclass(frozen=True, kw_only=True)
class Near:
    """A decided comment and its cosine similarity to another (FLOOR to 1)."""

    comment_id: str
    similarity: float


@dataclass(frozen=True, kw_only=True)
class _Decided:
    comment_id: str
    digest: str
    decided_at: datetime


class Shelf:
    """At most `most` decided comments; the oldest make room for new ones. `made_at` is for its owner."""

    def __init__(self, dimensions: int, *, most: int, made_at: float = 0.0) -> None:
        self.made_at = made_at
        self.recent: frozenset[str] = frozenset()  # the decisions last read, as the owner left them here
        self.newest: datetime | None = None  # when the last of them was made
        self._most = most
        self._vectors = np.zeros((min(_FIRST_ROWS, most), dimensions), dtype=np.float32)
        self._kept: list[_Decided | None] = []  # one for each row
        self._row_of: dict[str, int] = {}  # by digest
        self._row_of_comment: dict[str, int] = {}
        self._oldest = 0  # the row that is written next, once all are taken

    def __len__(self) -> int:
        return len(self._row_of)

    @property
    def nbytes(self) -> int:
        """How much memory the vectors take."""
        return self._vectors.nbytes

    def put(self, comment_id: str, vector: bytes, /, *, digest: str, decided_at: datetime) -> None:
        """Add a decided comment with its vector (float16 bytes), in place of an earlier one with the same text.

        `digest` is that of the text, as repeats are recognised. Comments come in the order of their decisions.
        """
        self.drop([comment_id])
        row = self._row_of.get(digest)
        if row is None:
            row = self._free_row()
        self._empty(row)
        self._row_of[digest] = self._row_of_comment[comment_id] = row
        self._vectors[row] = unit(vector)
        self._kept[row] = _Decided(comment_id=comment_id, digest=digest, decided_at=decided_at)

    def drop(self, comment_ids: Iterable[str], /) -> None:
        """Forget these comments and their vectors."""
        for comment_id in comment_ids:
            if (row := self._row_of_comment.get(comment_id)) is not None:
                self._empty(row)

    def nearest(self, vector: bytes, /, *, but: str = "", most: int, floor: float = FLOOR) -> list[Near]:
        """Return the comments nearest to a vector, nearest first, none below the floor and none twice.

        `but` is the id of the comment whose vector it is.
        """
        likeness = self._vectors[: len(self._kept)] @ unit(vector)
        rows = np.flatnonzero(likeness >= floor)
        if len(rows) > CANDIDATES:
            rows = rows[np.argpartition(likeness[rows], -CANDIDATES)[-CANDIDATES:]]
        found = [(decided, row) for row in rows.tolist() if (decided := self._kept[row]) and decided.comment_id != but]
        found.sort(key=lambda one: one[0].decided_at, reverse=True)  # of near-equal texts the last decision counts
        vectors = self._vectors[[row for _, row in found]]
        is_same = vectors @ vectors.T >= SAME
        different: list[int] = []
        for place in range(len(found)):
            if not is_same[place, different].any():
                different.append(place)
        near = [
            Near(comment_id=decided.comment_id, similarity=min(1.0, round(float(likeness[row]), 4)))
            for decided, row in (found[place] for place in different)
        ]
        return sorted(near, key=lambda one: one.similarity, reverse=True)[:most]

    def _free_row(self) -> int:
        if len(self._kept) < self._most:
            self._kept.append(None)
            if len(self._kept) > len(self._vectors):
                longer = np.zeros((min(2 * len(self._vectors), self._most), self._vectors.shape[1]), dtype=np.float32)
                longer[: len(self._vectors)] = self._vectors
                self._vectors = longer
            return len(self._kept) - 1
        row, self._oldest = self._oldest, (self._oldest + 1) % self._most
        return row

    def _empty(self, row: int) -> None:
        decided, self._kept[row] = self._kept[row], None
        self._vectors[row] = 0
        if decided is not None:
            del self._row_of[decided.digest], self._row_of_comment[decided.comment_id]


def unit(vector: bytes, /) -> np.ndarray:
    """Return a stored vector (float16 bytes) as float32 of length 1."""
    row = np.frombuffer(vector, dtype="<f2").astype(np.float32)
    return np.asarray(row / max(float(np.linalg.norm(row)), 1e-6), dtype=np.float32)
