"""All classifiers of one process behind one call: language, toxicity in two views, off-topic.

The encoder runs once for both questions; only a text that reads differently once disguised letters are undone costs a
second pass. What is not in English is read by the multilingual model, stretch by stretch. Every answer depends on the
subject alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from service.moderation.text.normalisation import NORMALISER_VERSION, normalise
from service.vocabulary import Attribute
from workers.classifiers.base import ArticleText, AttributeScore, Classification, ModelFileError, Span, Subject
from workers.classifiers.budget import LONGEST, Budget
from workers.classifiers.detoxify.torch_toxicity import TorchToxicity, gpu
from workers.classifiers.encoder import Encoder
from workers.classifiers.explain import explain
from workers.classifiers.language.ciphers import coded_signs
from workers.classifiers.language.detector import Language, LanguageDetector
from workers.classifiers.language.scripts import blanked
from workers.classifiers.model_files import MANIFEST, SHIPPED, compiled_folder, verified_manifest
from workers.classifiers.relevance.classifier import RelevanceClassifier
from workers.classifiers.toxicity.classifier import ToxicityClassifier
from workers.classifiers.toxicity.compiled import CompiledToxicity, toxicity_from
from workers.classifiers.toxicity.multilingual import Multilingual
from workers.classifiers.toxicity.reading import Reader, Reading
from workers.classifiers.toxicity.second_reading import may_be_read, nobody_guesses, with_disguise

COMPACT, MULTILINGUAL = "compact", "multilingual"
EXPLAINING = 0.15  # seconds of processor time, at most, in which the words behind a score are looked for
ENOUGH = 0.3  # seconds after which no more is done for a comment than it takes to judge it


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
    others = models_dir / MULTILINGUAL
    # Detoxify's model of that name reads other languages itself.
    is_there = (others / MANIFEST).is_file() and toxicity.name != MULTILINGUAL
    return LoadedClassifiers(
        encoder=encoder,
        compact=compact,
        toxicity=toxicity,
        relevance=relevance,
        detector=detector,
        others=Multilingual(others, threads) if is_there else None,
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
    """The classifiers of one process; implements `base.Classifiers`.

    `toxicity` reads the languages that it knows, `others` the rest, as far as it knows them.
    """

    encoder: Encoder
    compact: CompiledToxicity
    toxicity: ToxicityClassifier
    relevance: RelevanceClassifier
    detector: LanguageDetector
    others: Multilingual | None = None

    def look_ahead(self, texts: Sequence[str], /) -> None:
        """On a GPU score both views of all texts in batches, for `assess` to find; elsewhere batches bring nothing."""
        if isinstance(self.toxicity, TorchToxicity):
            undone = (normalise(text, fold_accents=fold).text for text in texts for fold in (False, True))
            views = dict.fromkeys((*texts, *undone))
            parts = (part for view in views for part in may_be_read(view, self.encoder.guesses))
            self.toxicity.look_ahead([*views, *parts])

    def assess(self, subject: Subject, /) -> Classification:
        """Score what can be read of one comment: as written, with its disguises undone where that differs, in parts."""
        budget = subject.budget or Budget()
        language, written, stretches = self._readable(subject.text, subject.language, subject.site_language)
        undone = normalise(written, fold_accents=self._folds(language, written))
        embeds = language.is_known and (language.code is None or language.code in self.compact.languages)
        # The budget is for judging; another model's judgement must not be short of what the embedding took.
        own = budget if self.toxicity is self.compact else Budget(longest=budget.longest, seconds=budget.seconds)
        encoding = self.encoder.encode(written, budget=own) if embeds else None
        reading, relevance = Reading(), None
        off_topic: tuple[AttributeScore, ...] = ()
        if language.is_known:
            reader = self._reader(language.code, budget)
            shared = encoding if reader.toxicity is self.compact else None
            known = (self.compact.from_encoding(shared), shared.characters_read) if shared else None
            reading.add(written, undone, reader, budget, known)
        for code, stretch in stretches.items():
            undone = normalise(stretch, fold_accents=code == "en")
            reading.add(stretch, undone, self._reader(code, budget), budget)
        if encoding and encoding.embedding.size and subject.article_index is not None:
            value, relevance = self.relevance.score(
                text=written,
                vector=encoding.embedding,
                index=subject.article_index,
                parent_text=subject.parent_text,
                conversation=subject.conversation,
            )
            off_topic = (
                AttributeScore(
                    attribute=Attribute.OFF_TOPIC, value=value, classifier="relevance", version=self.relevance.version
                ),
            )
        return Classification(
            scores=(*reading.scores.values(), *off_topic),
            language=language.code,
            language_detected=language.detected,
            language_supported=language.is_known and not language.unreadable,
            disguised=reading.disguised,
            characters_read=len(written) - reading.unread if language.is_known else 0,
            part_scores=reading.part_scores,
            held_from=reading.held_from,
            unread=reading.unread + coded_signs(subject.text),
            too_costly=budget.is_spent and not reading.unread,
            relevance=relevance,
            vector=encoding.embedding.astype(np.float16).tobytes() if encoding and encoding.embedding.size else None,
            encoder=self.encoder.digest if embeds else None,
        )

    def _readable(self, text: str, declared: str | None, default: str | None) -> tuple[Language, str, dict[str, str]]:
        """Return the language, the text with blanks for what its classifier cannot read, and what others can read of
        it, by language.
        """
        undone = normalise(text)
        language = self.detector.decide(
            undone.text,
            declared=declared,
            default=default,
            known=self.toxicity.languages,
            others=self.others.languages if self.others else (),
            vocabulary=self.relevance.common_stems,
        )
        hidden = [undone.span(*place) for place in language.unreadable]
        # What is in one language is read in one: a sentence of three words says little alone.
        stretches: dict[str, list[str]] = {}
        for place, code in language.others:
            start, end = undone.span(*place)
            stretches.setdefault(code, []).append(text[start:end])
            hidden.append((start, end))
        return language, blanked(text, sorted(hidden)), {code: "\n".join(each) for code, each in stretches.items()}

    def _reader(self, code: str | None, budget: Budget) -> Reader:
        """Return what reads a text in that language."""
        others = self.others
        if others is None or code is None or code in self.toxicity.languages or code not in others.languages:
            return Reader(toxicity=self.toxicity, guesses=self.encoder.guesses)
        toxicity = budget.uncounted(lambda: others.in_language(code))
        return Reader(toxicity=toxicity, guesses=nobody_guesses, held_from=others.held_from[code])

    def _folds(self, language: Language, text: str) -> bool:
        return language.code in (None, "en") and not text.isascii()  # other languages' accents are no disguise

    def explain(
        self,
        text: str,
        attributes: Sequence[Attribute],
        /,
        *,
        classifier: str | None = None,
        budget: Budget | None = None,
    ) -> tuple[Span, ...]:
        """Return the words that drove these toxicity attributes, strongest first, as far as there is time."""
        in_time = (budget or Budget()).for_seconds(EXPLAINING, of_all=ENOUGH)
        reader: ToxicityClassifier = self.toxicity
        if self.others is not None and classifier == self.others.name:
            reader = self.others.whole()
        scored = [attribute for attribute in attributes if attribute in reader.attributes]
        undone = normalise(text, fold_accents=reader.languages == {"en"})
        if not undone.differs:
            return explain(text, scored, reader.score, in_time)
        spans = explain(undone.text, scored, reader.score, in_time)
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
            **({self.others.name: self.others.version} if self.others else {}),
            "relevance": self.relevance.version,
            "normaliser": NORMALISER_VERSION,
        }

    @property
    def languages(self) -> frozenset[str]:
        """The languages that one of the toxicity classifiers or the encoder of off-topic knows."""
        others = self.others.languages if self.others else frozenset()
        return self.toxicity.languages | self.compact.languages | others

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
