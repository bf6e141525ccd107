"""The background that the off-topic head contrasts with: subjects, remarks and rarities of words, from training texts.

Only means of groups of vectors and counts of common stems leave this file: no text, and no vector of a single text.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from sklearn.cluster import MiniBatchKMeans
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from workers.classifiers.relevance.features import Background
from workers.classifiers.relevance.words import read_words

SMALLEST_GROUP = 4  # texts behind a shipped vector
COMMONEST, SEEN_IN = 12_000, 8  # stems kept, texts a stem must occur in


def make_background(
    titles: Sequence[str],
    comments: Sequence[str],
    texts: Iterable[str],
    embed: Callable[[str], np.ndarray],
    *,
    adverts: np.ndarray,
    digressions: np.ndarray,
) -> Background:
    """Group `titles` and `comments` into 256 vectors each and count stems over `texts`."""
    idf, rarest = _rarity(texts)
    return Background(_groups(titles, embed), _groups(comments, embed), adverts, digressions, idf, rarest)


def advert_direction(adverts: Sequence[str], said: Sequence[str], embed: Callable[[str], np.ndarray]) -> np.ndarray:
    """Return the direction (dim,) that tells adverts from what readers say, both sides counting the same.

    Regularised so strongly that families of adverts it never saw score like those it was fitted on.
    """
    vectors = np.stack([embed(text) for text in (*adverts, *said)])
    wrong = np.arange(len(vectors)) < len(adverts)
    each = np.where(wrong, len(said) / len(adverts), 1.0)
    found = LogisticRegression(C=0.1, max_iter=2000).fit(vectors, wrong, each)
    return np.asarray(found.coef_[0].astype(np.float32))


def digression_direction(vectors: np.ndarray, digresses: np.ndarray) -> np.ndarray:
    """Return the direction (dim,) in which digressions lie from what belongs, both sides counting the same."""
    found = LogisticRegression(C=1.0, class_weight="balanced", max_iter=2000).fit(vectors, digresses)
    return np.asarray(found.coef_[0].astype(np.float32))


def without_their_own(vectors: np.ndarray, digresses: np.ndarray, articles: Sequence[str]) -> np.ndarray:
    """Return how far each read comment (n, dim) lies in the direction that comments under other articles give.

    A head fitted on likeness to a direction that the same comments gave would trust it more than it deserves.
    """
    found = np.zeros(len(vectors), dtype=np.float32)
    for fitted, left in GroupKFold(10).split(vectors, digresses, list(articles)):
        found[left] = vectors[left] @ digression_direction(vectors[fitted], digresses[fitted])
    return found


def _groups(texts: Sequence[str], embed: Callable[[str], np.ndarray], groups: int = 256) -> np.ndarray:
    vectors = np.stack([embed(text) for text in texts])
    groups = min(groups, len(texts) // (2 * SMALLEST_GROUP))
    found = MiniBatchKMeans(groups, random_state=0, n_init=3, batch_size=1024).fit(vectors)
    sizes = np.bincount(found.labels_, minlength=groups)
    means = found.cluster_centers_[sizes >= SMALLEST_GROUP]
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    return np.asarray(means.astype(np.float16).astype(np.float32))


def _rarity(texts: Iterable[str]) -> tuple[dict[str, float], float]:
    seen: Counter[str] = Counter()
    count = 0
    for text in texts:
        seen.update(read_words(text, {}, 0.0).rarity.keys())
        count += 1
    common = [(stem, times) for stem, times in seen.most_common(COMMONEST) if times >= SEEN_IN and stem.isalpha()]
    idf = {stem: round(math.log((1 + count) / (1 + times)) + 1.0, 2) for stem, times in sorted(common)}
    return idf, round(math.log((1 + count) / 2) + 1.0, 2)
