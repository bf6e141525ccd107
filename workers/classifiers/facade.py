"""All classifiers of one process behind one call: language, toxicity in two views, off-topic.

The encoder runs once for both questions; only a text that reads differently once disguised letters are undone costs a
second pass. Every answer depends on the subject alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from service.moderation.text.normalisation import NORMALISER_VERSION, Normalised, normalise
from service.vocabulary import Attribute
from workers.classifiers.base import ArticleText, AttributeScore, Classification, ModelFileError, Span, Subject
from workers.classifiers.compiled import CompiledToxicity, toxicity_from
from workers.classifiers.detoxify.torch_toxicity import TorchToxicity, gpu
from workers.classifiers.encoder import Encoder, Encoding
from workers.classifiers.explain import explain
from workers.classifiers.language import LanguageDetector
from workers.classifiers.model_files import MANIFEST, SHIPPED, compiled_folder, verified_manifest
from workers.classifiers.relevance.classifier import RelevanceClassifier
from workers.classifiers.toxicity import ToxicityClassifier, worse_of

COMPACT = "compact"


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
            self.toxicity.look_ahead([*texts, *(view.text for view in views if view.differs)])

    def assess(self, subject: Subject, /) -> Classification:
        """Score one comment in the text as written and, where it differs, with its disguises undone."""
        undone = normalise(subject.text)
        language = self.detector.decide(undone.text, declared=subject.language, default=subject.site_language)
        if language.code in (None, "en") and not subject.text.isascii():
            undone = normalise(subject.text, fold_accents=True)  # other languages' accents are no disguise
        supported = language.code is None or language.code in self.toxicity.languages
        embeds = language.code is None or language.code in self.compact.languages
        encoding = self.encoder.encode(subject.text) if embeds else None
        scores: list[AttributeScore] = []
        disguised, read, relevance = False, 0, None
        if supported:
            values, disguised = self._toxicity(subject.text, encoding, undone)
            scores += (self._score(attribute, value, self.toxicity) for attribute, value in values.items())
            shared = encoding if self.toxicity is self.compact else None
            read = shared.characters_read if shared else self.toxicity.characters_read(subject.text)
        if encoding and subject.article_index is not None:
            off_topic, relevance = self.relevance.score(
                text=subject.text,
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
            language_supported=supported,
            disguised=disguised,
            characters_read=read,
            relevance=relevance,
            vector=encoding.embedding.astype(np.float16).tobytes() if encoding else None,
        )

    def explain(self, text: str, attributes: Sequence[Attribute], /) -> tuple[Span, ...]:
        """Return the words that drove these toxicity attributes, strongest first."""
        scored = [attribute for attribute in attributes if attribute in self.toxicity.attributes]
        undone = normalise(text, fold_accents=self.toxicity.languages == {"en"})
        if not undone.differs:
            return explain(text, scored, self.toxicity.score)
        spans = explain(undone.text, scored, self.toxicity.score)
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
        return self._toxicity(text, None, normalise(text, fold_accents=True))

    def _toxicity(
        self, written: str, encoding: Encoding | None, undone: Normalised
    ) -> tuple[dict[Attribute, float], bool]:
        shared = encoding if self.toxicity is self.compact else None
        values = self.compact.from_encoding(shared) if shared else self.toxicity.score(written)
        return worse_of(values, self.toxicity.score(undone.text)) if undone.differs else (values, False)

    def _score(self, attribute: Attribute, value: float, classifier: ToxicityClassifier) -> AttributeScore:
        return AttributeScore(attribute=attribute, value=value, classifier=classifier.name, version=classifier.version)
