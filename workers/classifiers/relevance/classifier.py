"""The off-topic classifier: is this comment part of the conversation about this article?

One embedding of the comment, which the toxicity classifier makes anyway, is compared with an article side computed
once per revision. Only a parent not met before costs a further encoder pass.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from cachetools import LRUCache

from workers.classifiers.base import ArticleText, ClassifierError, Relevance
from workers.classifiers.relevance.features import CommentSide, article_side, comment_side, features
from workers.classifiers.relevance.head import load_head
from workers.classifiers.relevance.index import ArticleSide, pack, unpack
from workers.classifiers.relevance.passages import passages

LONGEST_PARENT = 2_000  # characters of a parent that are read: what a reply answers comes early
PARENTS_KEPT = 2_048  # directions of the parents last used, as long as the process lives
CONVERSATION = 50


class RelevanceClassifier:
    """Scores P(off-topic) of comments, beside the article, the parent and the approved conversation."""

    def __init__(self, encode: Callable[[str], np.ndarray], folder: Path | None = None) -> None:
        """Take the encoder that also makes the comments' vectors; raise ModelFileError where a file is not right."""
        self._encode = encode
        self._head = load_head(folder)
        self.version, self.encoder = self._head.version, self._head.encoder
        self._parents: LRUCache[bytes, np.ndarray] = LRUCache(PARENTS_KEPT)

    @property
    def thresholds(self) -> dict[str, float]:
        """The thresholds chosen when the head was fitted, by name (`review`)."""
        return self._head.thresholds

    @property
    def common_stems(self) -> Mapping[str, float]:
        """The stems that are common in English comments, with their rarity."""
        return self._head.background.idf

    def index(self, article: ArticleText) -> bytes:
        """Return the article side; raise ValueError where there is no text. Costs one encoder pass per passage."""
        pieces = passages(article)
        vectors = np.stack([_unit(self._encode(piece.text)) for piece in pieces])
        return pack(article_side(pieces, vectors, self._head.background), version=self.version)

    def score(
        self,
        *,
        text: str,
        vector: np.ndarray,
        index: bytes,
        parent_text: str | None,
        conversation: Sequence[bytes],
    ) -> tuple[float, Relevance]:
        """Return P(off-topic) and the nearest passage; `conversation` holds float16 vectors, the newest 50 count."""
        article = unpack(index, version=self.version)
        # float16, as the vectors of the conversation and the article are kept: one precision on every path
        comment = comment_side(text, _unit(vector), self._head.background)
        parent = self._parent(parent_text[:LONGEST_PARENT]) if parent_text and parent_text.strip() else None
        approved = _vectors(conversation[:CONVERSATION], len(comment.vector))
        row = features(comment, article, parent=parent, conversation=approved)
        off_topic, advert = self._head.probabilities(row)
        return off_topic, _why(comment, article, parent, round(advert, 4))

    def _parent(self, text: str) -> CommentSide:
        # No words are kept beyond this call, only a digest and a direction: an erased text must not live on here.
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        vector = self._parents.get(key)
        if vector is None:
            vector = self._parents[key] = _unit(self._encode(text))
        return comment_side(text, vector, self._head.background)


def _why(comment: CommentSide, article: ArticleSide, parent: CommentSide | None, advert: float) -> Relevance:
    near = article.vectors @ comment.vector
    best = int(near.argmax())
    if parent is not None and float(parent.vector @ comment.vector) > float(near[best]):
        near_parent = float(parent.vector @ comment.vector)
        return Relevance(passage=parent.text, passage_kind="parent", similarity=round(near_parent, 4), advert=advert)
    passage = article.passages[best]
    return Relevance(
        passage=passage.text,
        passage_kind=passage.kind,
        similarity=round(float(near[best]), 4),
        advert=advert,
    )


def _unit(vector: np.ndarray) -> np.ndarray:
    kept = np.asarray(vector, dtype=np.float16).astype(np.float32)
    return np.asarray(kept / max(float(np.linalg.norm(kept)), 1e-6), dtype=np.float32)


def _vectors(conversation: Sequence[bytes], dimensions: int) -> np.ndarray:
    if not conversation:
        return np.zeros((0, dimensions), dtype=np.float32)
    rows = [np.frombuffer(kept, dtype="<f2") for kept in conversation]
    if any(len(row) != dimensions for row in rows):
        raise ClassifierError(f"a vector of the conversation has another length than {dimensions}: score it again")
    return np.stack(rows).astype(np.float32)
