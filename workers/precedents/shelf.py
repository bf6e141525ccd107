"""The decided comments of one site in memory, as unit vectors, and which of them are nearest to another. Pure.

No text is here, only digests, ids and vectors of one encoder. Decisions with the same outcome on equal texts count
once, by the last of them. Texts that are nearly equal all count: one may say the opposite of another.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from service.vocabulary import CommentStatus

FLOOR = 0.6  # cosine similarity from which a comment is like another; measured in ADR 28
_FIRST_ROWS = 64


@dataclass(frozen=True, kw_only=True)
class Near:
    """A decided comment and its cosine similarity to another (FLOOR to 1)."""

    comment_id: str
    similarity: float


@dataclass(frozen=True, kw_only=True)
class _Decided:
    comment_id: str
    text: tuple[str, CommentStatus]  # its digest, with the outcome
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
        self._row_of: dict[tuple[str, CommentStatus], int] = {}  # by digest and outcome
        self._row_of_comment: dict[str, int] = {}
        self._oldest = 0  # the row that is written next, once all are taken

    def __len__(self) -> int:
        return len(self._row_of)

    @property
    def nbytes(self) -> int:
        """How much memory the vectors take."""
        return self._vectors.nbytes

    def put(
        self, comment_id: str, vector: bytes, /, *, digest: str, outcome: CommentStatus, decided_at: datetime
    ) -> None:
        """Add a decided comment with its vector (float16 bytes).

        It takes the place of an earlier one with the same text and outcome. `digest` is that of the text, as repeats
        are recognised. Comments come in the order of their decisions.
        """
        self.drop([comment_id])
        text = digest, outcome
        row = self._row_of.get(text)
        if row is None:
            row = self._free_row()
        self._empty(row)
        self._row_of[text] = self._row_of_comment[comment_id] = row
        self._vectors[row] = unit(vector)
        self._kept[row] = _Decided(comment_id=comment_id, text=text, decided_at=decided_at)

    def drop(self, comment_ids: Iterable[str], /) -> None:
        """Forget these comments and their vectors."""
        for comment_id in comment_ids:
            if (row := self._row_of_comment.get(comment_id)) is not None:
                self._empty(row)

    def nearest(self, vector: bytes, /, *, but: str = "", most: int, floor: float = FLOOR) -> list[Near]:
        """Return the comments nearest to a vector, nearest first, none below the floor.

        Of equally near ones the last decided is first. `but` is the id of the comment whose vector it is.
        """
        likeness = self._vectors[: len(self._kept)] @ unit(vector)
        rows = np.flatnonzero(likeness >= floor)
        if len(rows) > most + 1:  # one of them may be the comment itself
            rows = rows[np.argpartition(likeness[rows], -most - 1)[-most - 1 :]]
        found = [
            (min(1.0, round(float(likeness[row]), 4)), decided.decided_at, decided.comment_id)
            for row in rows.tolist()
            if (decided := self._kept[row]) and decided.comment_id != but
        ]
        nearest_first = sorted(found, reverse=True)[:most]
        return [Near(comment_id=comment_id, similarity=similarity) for similarity, _, comment_id in nearest_first]

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
            del self._row_of[decided.text], self._row_of_comment[decided.comment_id]


def unit(vector: bytes, /) -> np.ndarray:
    """Return a stored vector (float16 bytes) as float32 of length 1."""
    row = np.frombuffer(vector, dtype="<f2").astype(np.float32)
    return np.asarray(row / max(float(np.linalg.norm(row)), 1e-6), dtype=np.float32)
