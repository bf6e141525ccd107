"""Cases turned into rows of features by the very code that runs in production, with vectors from the store."""

from collections.abc import Sequence

import numpy as np

from training.relevance_cases import Placement
from training.relevance_embed import Store
from workers.classifiers.base import ArticleText
from workers.classifiers.relevance.features import (
    FEATURES,
    Background,
    CommentSide,
    article_side,
    comment_side,
    features,
)
from workers.classifiers.relevance.index import ArticleSide
from workers.classifiers.relevance.passages import passages


def texts_of(cases: Sequence[Placement]) -> list[str]:
    """Return every text whose vector the cases need."""
    found: dict[str, None] = {}
    for case in cases:
        found.update(
            dict.fromkeys(
                [
                    case.text,
                    *case.conversation,
                    *([case.parent_text] if case.parent_text else []),
                ]
            )
        )
        found.update(dict.fromkeys(piece.text for piece in passages(case.article)))
    return list(found)


def rows_of(cases: Sequence[Placement], embed: Store, background: Background) -> np.ndarray:
    """Return the features of every case, (cases, features) float32."""
    articles: dict[ArticleText, ArticleSide] = {}
    comments: dict[str, CommentSide] = {}

    def side(text: str) -> CommentSide:
        if text not in comments:
            comments[text] = comment_side(text, embed(text), background)
        return comments[text]

    rows = np.zeros((len(cases), len(FEATURES)), dtype=np.float32)
    for number, case in enumerate(cases):
        if case.article not in articles:
            pieces = passages(case.article)
            vectors = np.stack([embed(piece.text) for piece in pieces])
            articles[case.article] = article_side(pieces, vectors, background)
        talk = [embed(text) for text in case.conversation]
        rows[number] = features(
            side(case.text),
            articles[case.article],
            parent=side(case.parent_text) if case.parent_text else None,
            conversation=np.stack(talk) if talk else np.zeros((0, 1), dtype=np.float32),
        )
    return rows
