"""All classifiers of one process behind one call: language, toxicity in two views, off-topic.

The encoder runs once for both questions; only a text that reads differently once disguised letters are undone costs a
second pass. Every answer depends on the subject alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from service.moderation.text.normalisation import NORMALISER_VERSION, normalise
from service.vocabulary import Attribute
from workers.classifiers.base import ArticleText, AttributeScore, Classification, ModelFileError, Span, Subject
from workers.classifiers.budget import LONGEST, Budget
from workers.classifiers.ciphers import coded_signs
from workers.classifiers.compiled import CompiledToxicity, toxicity_from
from workers.classifiers.detoxify.torch_toxicity import TorchToxicity, gpu
from workers.classifiers.encoder import Encoder
from workers.classifiers.explain import explain
from workers.classifiers.language import Language, LanguageDetector
from workers.classifiers.model_files import MANIFEST, SHIPPED, compiled_folder, verified_manifest
from workers.classifiers.relevance.classifier import RelevanceClassifier
from workers.classifiers.second_reading import loud_parts, with_disguise, worst_part
from workers.classifiers.toxicity import Scores, ToxicityClassifier

COMPACT = "compact"
EXPLAINING = 0.5  # seconds of processor time, at most, in which the words behind a score are looked for


def load(
    *,
    toxicity_model: str = COMPACT,
    models_dir: Path = SHIPPED,
    threads: int = 1,
    cache_dir: Path | None = None,
) -> "LoadedClassifiers":
    """Load, check and warm every classifier; raise ModelFileError where a file is missing, damaged or wrong.

    `toxicity_model` is `compact`, a published Detoxify name or the folder of a compiled one; compiled models are looked
    for in `cache_dir`. Off-topic and embeddings always come from the compact encoder.
    """
    detector = LanguageDetector()  # first: what unpacking it takes for a moment is then used again by the others
    encoder = Encoder(models_dir / "compact", threads=threads)
    compact = toxicity_from(encoder)
    relevance = RelevanceClassifier(encoder.embed, models_dir / "relevance")
    if relevance.encoder != encoder.manifest["files"]["model.onnx"]:
        raise ModelFileError(
            f"{models_dir / 'relevance'}: fitted on another encoder than the one beside it; fit it again"
        )
    toxicity: ToxicityClassifier = compact
    if toxicity_model != COMPACT:
        toxicity = _compiled(toxicity_model, cache_dir, threads=threads)
    return LoadedClassifiers(
        encoder=encoder,
        compact=compact,
        toxicity=toxicity,
        relevance=relevance,
        detector=detector,
    )


def _compiled(name: str, cache_dir: Path | None, *, threads: int) -> CompiledToxicity | TorchToxicity:
    folder = Path(name)
    if not (folder / MANIFEST).is_file() and cache_dir is not None:
        folder = compiled_folder(cache_dir, name)
    if not (folder / MANIFEST).is_file():
        raise ModelFileError(
            f"MODERATO_TOXICITY_MODEL={name}: no compiled model in {folder}; run: moderato models compile {name}"
        )
    if "torch" in verified_manifest(folder) and (device := gpu()):
        return TorchToxicity(folder, device=device)
    return toxicity_from(Encoder(folder, threads=threads))


@dataclass(frozen=True, kw_only=True)
class LoadedClassifiers:
    """The classifiers of one process; implements `base.Classifiers`."""

    encoder: Encoder
    compact: CompiledToxicity
    toxicity: ToxicityClassifier
    relevance: RelevanceClassifier
    detector: LanguageDetector

    def look_ahead(self, texts: Sequence[str], /) -> None:
        """On a GPU score both views of all texts in batches, for `assess` to find; elsewhere batches bring nothing."""
        if isinstance(self.toxicity, TorchToxicity):
            views = [normalise(text, fold_accents=fold) for text in texts for fold in (False, True)]
            parts = (part for view in views for _, part in loud_parts(view.text, self.encoder.loud_places))
            self.toxicity.look_ahead([*texts, *(view.text for view in views if view.differs), *parts])

    def assess(self, subject: Subject, /) -> Classification:
        """Score what can be read of one comment: as written, with its disguises undone where that differs, in parts."""
        budget = subject.budget or Budget()
        language, written = self._readable(subject.text, subject.language, subject.site_language)
        undone = normalise(written, fold_accents=self._folds(language, written))
        embeds = language.is_known and (language.code is None or language.code in self.compact.languages)
        # The budget is for judging; another model's judgement must not be short of what the embedding took.
        own = budget if self.toxicity is self.compact else Budget(longest=budget.longest, seconds=budget.seconds)
        encoding = self.encoder.encode(written, budget=own) if embeds else None
        scores: list[AttributeScore] = []
        disguised, read, relevance = False, 0, None
        part_scores: Scores = {}
        if language.is_known:
            shared = encoding if self.toxicity is self.compact else None
            values, read = (
                (self.compact.from_encoding(shared), shared.characters_read)
                if shared
                else self.toxicity.read(written, budget)
            )
            values, disguised = with_disguise(self.toxicity, values, undone, written, budget)
            part_scores = worst_part(self.toxicity, undone.text, self.encoder.loud_places, budget)
            scores += (self._score(attribute, value, self.toxicity) for attribute, value in values.items())
        if encoding and encoding.embedding.size and subject.article_index is not None:
            off_topic, relevance = self.relevance.score(
                text=written,
                vector=encoding.embedding,
                index=subject.article_index,
                parent_text=subject.parent_text,
                conversation=subject.conversation,
            )
            scores.append(
                AttributeScore(
                    attribute=Attribute.OFF_TOPIC,
                    value=off_topic,
                    classifier="relevance",
                    version=self.relevance.version,
                )
            )
        return Classification(
            scores=tuple(scores),
            language=language.code,
            language_detected=language.detected,
            language_supported=language.is_known and not language.unreadable,
            disguised=disguised,
            characters_read=read,
            part_scores=part_scores,
            unread=(len(written) - read if language.is_known else 0) + coded_signs(subject.text),
            too_costly=budget.is_spent and read == len(written),
            relevance=relevance,
            vector=encoding.embedding.astype(np.float16).tobytes() if encoding and encoding.embedding.size else None,
        )

    def _readable(self, text: str, declared: str | None, default: str | None) -> tuple[Language, str]:
        """Return the language, and the text with blanks where no classifier can read it."""
        undone = normalise(text)
        language = self.detector.decide(
            undone.text,
            declared=declared,
            default=default,
            known=self.toxicity.languages,
            vocabulary=self.relevance.common_stems,
        )
        for start, end in (undone.span(*place) for place in language.unreadable):
            text = text[:start] + " " * (end - start) + text[end:]
        return language, text

    def _folds(self, language: Language, text: str) -> bool:
        return language.code in (None, "en") and not text.isascii()  # other languages' accents are no disguise

    def explain(
        self, text: str, attributes: Sequence[Attribute], /, *, budget: Budget | None = None
    ) -> tuple[Span, ...]:
        """Return the words that drove these toxicity attributes, strongest first, as far as there is time."""
        in_time = (budget or Budget()).for_seconds(EXPLAINING)
        scored = [attribute for attribute in attributes if attribute in self.toxicity.attributes]
        undone = normalise(text, fold_accents=self.toxicity.languages == {"en"})
        if not undone.differs:
            return explain(text, scored, self.toxicity.score, in_time)
        spans = explain(undone.text, scored, self.toxicity.score, in_time)
        places = [undone.span(span.start, span.end) for span in spans]
        return tuple(replace(span, start=start, end=end) for span, (start, end) in zip(spans, places, strict=True))

    def index_article(self, article: ArticleText, /) -> bytes:
        """Return the article side of relevance."""
        return self.relevance.index(article)

    @property
    def index_version(self) -> str:
        """Changes with the encoder and with the off-topic classifier."""
        return f"{self.encoder.version}/{self.relevance.version}"

    @property
    def versions(self) -> dict[str, str]:
        """Classifier name to version."""
        return {
            self.toxicity.name: self.toxicity.version,
            "relevance": self.relevance.version,
            "normaliser": NORMALISER_VERSION,
        }

    @property
    def languages(self) -> frozenset[str]:
        """The languages that the toxicity classifier or the encoder of off-topic knows."""
        return self.toxicity.languages | self.compact.languages

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """What this process can score."""
        return (*self.toxicity.attributes, Attribute.OFF_TOPIC)

    def toxicity_scores(self, text: str) -> tuple[dict[Attribute, float], bool]:
        """Return what `assess` would say about toxicity in a supported language, and whether it is disguised."""
        budget = Budget(longest=max(LONGEST, len(text)))
        return with_disguise(
            self.toxicity, self.toxicity.read(text, budget)[0], normalise(text, fold_accents=True), text, budget
        )

    def _score(self, attribute: Attribute, value: float, classifier: ToxicityClassifier) -> AttributeScore:
        return AttributeScore(attribute=attribute, value=value, classifier=classifier.name, version=classifier.version)
