"""What the off-topic head looks at: one row of numbers for a comment beside its article, parent and conversation.

Pure: no encoder, no files. The order of `FEATURES` is the order of the head's weights, and the head's file names them,
so that a head fitted on other features is refused at load.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from workers.classifiers.relevance.index import ArticleSide, centre
from workers.classifiers.relevance.passages import Passage
from workers.classifiers.relevance.words import Words, advert_signs, read_words

FEATURES = (
    "title", "key_points", "body", "body_top3", "nearest", "article_centre", "beyond_chance",
    "comment_mean", "comment_spread", "comment_highest", "contrast", "share_nearer", "profile_match", "foreign_subject",
    "covered", "matched", "title_matched", "rarest_match", "names_matched", "names_unmatched", "numbers_matched",
    "rarity_mean", "content_words", "length", "function_share", "unknown_share", "capitals", "exclaims", "questions",
    "advert_phrases", "links", "touch", "advert_likeness", "digression_likeness",
    "has_parent", "parent", "parent_article", "parent_covered", "parent_contrast",
    "has_conversation", "conversation_size", "conversation_centre", "conversation_nearest", "conversation_top3",
    "title_only", "has_body", "passages", "chance_level", "title_content",
)  # fmt: skip


ADVERT_FEATURES = ("advert_likeness", "advert_phrases", "links", "touch")


@dataclass(frozen=True)
class Background:
    """What comments and articles look like in general: `subjects` and `remarks` (n, dim) are unit vectors of groups of
    other articles and of other comments; `adverts` and `digressions` (dim,) the directions in which adverts lie from
    what readers say, and digressions (on moderators, other readers, politics at large) from what belongs; `idf` maps
    common stems to their rarity, others are as rare as `rarest`."""

    subjects: np.ndarray
    remarks: np.ndarray
    adverts: np.ndarray
    digressions: np.ndarray
    idf: Mapping[str, float]
    rarest: float


@dataclass(frozen=True)
class CommentSide:
    """What is known of a comment before any article."""

    text: str
    vector: np.ndarray
    words: Words
    subjects: np.ndarray
    adverts: tuple[float, float, float]
    advert_likeness: float
    digression_likeness: float


def comment_side(text: str, vector: np.ndarray, background: Background) -> CommentSide:
    """Read a comment (or a parent) on its own; `vector` is its embedding of unit length."""
    words = read_words(text, background.idf, background.rarest)
    advert, digression = float(background.adverts @ vector), float(background.digressions @ vector)
    return CommentSide(text, vector, words, background.subjects @ vector, advert_signs(text), advert, digression)


def article_side(passages: tuple[Passage, ...], vectors: np.ndarray, background: Background) -> ArticleSide:
    """Read an article's passages (the heading first) with their embeddings, one unit row each."""
    kept = vectors.astype(np.float16).astype(np.float32)
    words = [read_words(passage.text, background.idf, background.rarest) for passage in passages]
    rarity: dict[str, float] = {}
    for of_passage in words:
        rarity.update(of_passage.rarity)
    chance = (background.remarks @ kept.T).max(axis=1)
    middle = centre(kept)
    return ArticleSide(
        passages=passages,
        vectors=kept,
        centre=middle,
        rarity=rarity,
        title_stems=frozenset(words[0].rarity),
        names=frozenset().union(*(of_passage.names for of_passage in words)),
        background_mean=float(chance.mean()),
        background_spread=float(chance.std()),
        profile=background.subjects @ middle,
    )


def features(
    comment: CommentSide,
    article: ArticleSide,
    *,
    parent: CommentSide | None,
    conversation: np.ndarray,
) -> np.ndarray:
    """Return the row of `FEATURES`, float32; `conversation` is (n, dim), n may be 0."""
    row = (
        *_nearness(comment, article),
        *_overlap(comment.words, article),
        *_manner(comment),
        *_parent(comment, article, parent),
        *_conversation(comment.vector, conversation),
        float(len(article.passages) == 1),
        float(any(passage.kind == "body" for passage in article.passages)),
        math.log1p(len(article.passages)),
        article.background_mean,
        float(len(article.title_stems)),
    )
    return np.array(row, dtype=np.float32)


def _nearness(comment: CommentSide, article: ArticleSide) -> tuple[float, ...]:
    near = article.vectors @ comment.vector
    kinds = np.array([passage.kind for passage in article.passages])
    title, nearest = float(near[0]), float(near.max())
    points, body = near[kinds == "key_point"], np.sort(near[kinds == "body"])[::-1]
    best_point = float(points.max()) if points.size else title
    subjects = comment.subjects
    mean, spread = float(subjects.mean()), max(float(subjects.std()), 1e-3)
    profile = article.profile
    match = float(((subjects - mean) * (profile - profile.mean())).mean() / (spread * max(float(profile.std()), 1e-3)))
    return (
        title,
        best_point,
        float(body[0]) if body.size else best_point,
        float(body[:3].mean()) if body.size else best_point,
        nearest,
        float(article.centre @ comment.vector),
        (nearest - article.background_mean) / max(article.background_spread, 1e-3),
        mean,
        spread,
        float(subjects.max()),
        (nearest - mean) / spread,
        float((subjects >= nearest).mean()),
        match,
        float((subjects - profile).max()),
    )


def _overlap(words: Words, article: ArticleSide) -> tuple[float, ...]:
    total = sum(words.rarity.values())
    shared = [words.rarity[stem] for stem in words.rarity if stem in article.rarity]
    in_title = sum(words.rarity[stem] for stem in words.rarity if stem in article.title_stems)
    known_names = sum(1 for stem in words.rarity if stem in article.names)
    return (
        sum(shared) / total if total else 0.0,
        math.log1p(sum(shared)),
        math.log1p(in_title),
        max(shared, default=0.0),
        math.log1p(known_names),
        math.log1p(len(words.names - article.rarity.keys())),
        math.log1p(sum(1 for number in words.numbers if number in article.rarity)),
    )


def _manner(comment: CommentSide) -> tuple[float, ...]:
    words, text = comment.words, comment.text
    content = len(words.rarity)
    letters = max(1, sum(map(str.isalpha, text)))
    return (
        sum(words.rarity.values()) / content if content else 0.0,
        math.log1p(content),
        math.log1p(len(text)),
        words.function_tokens / words.tokens if words.tokens else 0.0,
        sum(1 for value in words.rarity.values() if value > 8.5) / content if content else 0.0,
        sum(map(str.isupper, text)) / letters,
        math.log1p(text.count("!")),
        math.log1p(text.count("?")),
        *(min(signs, 4.0) for signs in comment.adverts),
        comment.advert_likeness,
        comment.digression_likeness,
    )


def _parent(comment: CommentSide, article: ArticleSide, parent: CommentSide | None) -> tuple[float, ...]:
    if parent is None:
        return (0.0, 0.0, 0.0, 0.0, 0.0)
    near = float(parent.vector @ comment.vector)
    total = sum(comment.words.rarity.values())
    shared = sum(value for stem, value in comment.words.rarity.items() if stem in parent.words.rarity)
    contrast = (near - float(comment.subjects.mean())) / max(float(comment.subjects.std()), 1e-3)
    return (
        1.0,
        near,
        float((article.vectors @ parent.vector).max()),
        shared / total if total else 0.0,
        contrast,
    )


def _conversation(vector: np.ndarray, conversation: np.ndarray) -> tuple[float, ...]:
    if not len(conversation):
        return (0.0, 0.0, 0.0, 0.0, 0.0)
    near = np.sort(conversation @ vector)[::-1]
    return (
        1.0,
        math.log1p(len(conversation)),
        float(centre(conversation) @ vector),
        float(near[0]),
        float(near[:3].mean()),
    )
