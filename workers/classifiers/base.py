"""What every classifier promises, and the plain values that pass between them.

Scores are probabilities in 0..1 and depend on the text and its context alone, never on what else was scored, in
what order or in which process. An attribute that a classifier cannot score is absent from its answer, not zero.
All offsets are code-point offsets into the original text, end exclusive.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from service.vocabulary import Attribute
from workers.classifiers.budget import Budget


class ClassifierError(Exception):
    """A classifier could not answer; the comment goes to a human. Never carries comment text."""


class ModelFileError(ClassifierError):
    """A model file is missing or its SHA-256 is not the recorded one; the worker must not start."""


@dataclass(frozen=True, kw_only=True)
class AttributeScore:
    """The probability (0..1) of one attribute, and which classifier, in which version, says so."""

    attribute: Attribute
    value: float
    classifier: str
    version: str


@dataclass(frozen=True, kw_only=True)
class Span:
    """Characters `start:end` of the original text that drove `attribute`, with the share of the score they carry."""

    start: int
    end: int
    attribute: Attribute
    weight: float


@dataclass(frozen=True, kw_only=True)
class ArticleText:
    """The article side of a relevance question; `body` and `key_points` may be empty, the title may not."""

    title: str
    key_points: tuple[str, ...] = ()
    body: str = ""
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One comment as the classifiers see it.

    `language` is what the sender declared, `site_language` the site's default; `article_index` is what
    `Classifiers.index_article` made (None: no article text, so off-topic is not judged); `conversation` holds the
    `vector`s of comments already approved under the article, newest first, at most 50. `budget` bounds the work, from
    the moment it was made (None: the default budget, from now on).
    """

    text: str
    language: str | None = None
    site_language: str | None = None
    article_index: bytes | None = None
    parent_text: str | None = None
    conversation: Sequence[bytes] = ()
    budget: Budget | None = None


@dataclass(frozen=True, kw_only=True)
class Relevance:
    """Why the off-topic score is what it is: the nearest passage of the article and its cosine similarity (-1..1).

    `advert` is the part of the score that is not about the article: the probability (0..1) of being an advert.
    """

    passage: str
    passage_kind: str  # title, key_point, body, parent
    similarity: float
    advert: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Classification:
    """Everything the classifiers found in one comment.

    `language` is the ISO 639-1 code used and `language_detected` whether it was read from the text (False: declared or
    the site's default). `language_supported` False means that no toxicity model can read the text, and there are no
    toxicity scores, or that none can read a part long enough to hide a sentence, and the scores are of the rest.
    `part_scores` are those of the worst part of a text read on its own. `held_from` names the attributes whose scores
    come from a language in which no rejection is proven, and the lowest score that holds there. `disguised` says the
    normalised view scored markedly worse than the text as written. `unread` counts the characters that the budget left
    out, `too_costly` says that it left out the normalised view or a part. `vector` is the comment's embedding (float16
    bytes), and `encoder` names what made it: vectors of two encoders do not compare.
    """

    scores: tuple[AttributeScore, ...]
    language: str | None
    language_detected: bool
    language_supported: bool
    disguised: bool = False
    characters_read: int = 0
    part_scores: Mapping[Attribute, float] = field(default_factory=dict)
    held_from: Mapping[Attribute, float] = field(default_factory=dict)
    unread: int = 0
    too_costly: bool = False
    relevance: Relevance | None = None
    vector: bytes | None = None
    encoder: str | None = None


class Classifiers(Protocol):
    """All classifiers of one process, loaded, checked against their checksums and warmed."""

    def assess(self, subject: Subject, /) -> Classification:
        """Score one comment; raise ClassifierError where no honest answer exists."""

    def look_ahead(self, texts: Sequence[str], /) -> None:
        """Be told which texts `assess` will be asked about next: on a GPU they are scored in batches now."""

    def explain(
        self,
        text: str,
        attributes: Sequence[Attribute],
        /,
        *,
        classifier: str | None = None,
        budget: Budget | None = None,
    ) -> tuple[Span, ...]:
        """Return the words that drove these toxicity attributes, strongest first, at most 8; costs many passes, and
        ends with the budget's time. `classifier` is the one whose scores they are."""

    def index_article(self, article: ArticleText, /) -> bytes:
        """Return the article side of relevance as bytes, to be kept per article revision and `index_version`."""

    @property
    def index_version(self) -> str:
        """Changes whenever stored article indexes and vectors are no longer comparable."""

    @property
    def versions(self) -> dict[str, str]:
        """Classifier name to version, as written into scores; `relevance` is always there."""

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes of the languages that one of the classifiers knows."""

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """What this process can score (with an article, for off_topic)."""
