"""Classifiers that say what the test tells them to, through the real interface."""

from collections.abc import Callable, Sequence

from service.vocabulary import Attribute
from workers.classifiers.base import ArticleText, AttributeScore, Classification, Relevance, Span, Subject
from workers.classifiers.budget import Budget


class ScriptedClassifiers:
    """Scores every comment with `toxicity`, unless `script` (called first) raises or returns another score."""

    def __init__(self, toxicity: float = 0.02, script: Callable[[Subject], float | None] | None = None) -> None:
        self.toxicity = toxicity
        self.script = script
        self.seen: list[Subject] = []
        self.indexed: list[ArticleText] = []
        self.explained: list[str] = []
        self.budgets: list[Budget | None] = []  # of what was explained
        self.vectors: dict[str, bytes] = {}  # by text; of any other text all components are 1
        self.encoder, self.language = "scripted-1", "en"
        self.index_version = "scripted-1"
        self.versions = {"scripted": "1", "relevance": "1"}
        self.languages = frozenset({"en"})
        self.attributes = (Attribute.TOXICITY, Attribute.OFF_TOPIC)

    def look_ahead(self, texts: Sequence[str], /) -> None:
        """Nothing is scored in batches here."""

    def assess(self, subject: Subject, /) -> Classification:
        self.seen.append(subject)
        said = self.script(subject) if self.script else None
        scores = {Attribute.TOXICITY: self.toxicity if said is None else said}
        if subject.article_index is not None:
            scores[Attribute.OFF_TOPIC] = 0.1
        near = None
        if subject.parent_text is not None:
            near = Relevance(passage=subject.parent_text, passage_kind="parent", similarity=0.7)
        return Classification(
            scores=tuple(
                AttributeScore(attribute=attribute, value=value, classifier="scripted", version="1")
                for attribute, value in scores.items()
            ),
            language=self.language,
            language_detected=True,
            language_supported=True,
            characters_read=len(subject.text),
            vector=self.vectors.get(subject.text, b"\x00\x3c" * 4),
            encoder=self.encoder,
            relevance=near,
        )

    def explain(
        self,
        text: str,
        attributes: Sequence[Attribute],
        /,
        *,
        classifier: str | None = None,
        budget: Budget | None = None,
    ) -> tuple[Span, ...]:
        self.explained.append(text)
        self.budgets.append(budget)
        return (Span(start=0, end=3, attribute=attributes[0], weight=1.0),)

    def index_article(self, article: ArticleText, /) -> bytes:
        self.indexed.append(article)
        return article.title.encode()
