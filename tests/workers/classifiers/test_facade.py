"""The shipped classifiers answer the same for the same comment, say what they do not know, and miss no ending."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from service.vocabulary import Attribute
from tests.bench.comments import SENTENCES
from workers.classifiers import facade
from workers.classifiers.base import ArticleText, Classification, ModelFileError, Subject
from workers.classifiers.budget import Budget
from workers.classifiers.encoder import Encoder
from workers.classifiers.facade import LoadedClassifiers
from workers.classifiers.model_files import SHIPPED
from workers.classifiers.parts import parts_of
from workers.classifiers.toxicity.second_reading import SUSPECT

INSULT = "You are a stupid idiot and everybody here knows it."
THANKS = "Thank you for this careful article about the new bridge."
ARTICLE = ArticleText(
    title="Council approves new bridge over the river",
    key_points=("The bridge will cost 12 million.", "Work begins in March."),
    body="The town council voted on Tuesday to build a second bridge. Drivers have waited for years.",
)
GERMAN = "Das ist eine sehr gute Idee, vielen Dank für den Artikel!"
ITALIAN = "Questa è davvero un'ottima idea, grazie mille per l'articolo!"
TEXTS = [INSULT, THANKS, "Good move, hope it lasts.", "1d10ts, all of them", GERMAN, ITALIAN, "ok"]


def toxicity(assessment: Classification, attribute: Attribute = Attribute.TOXICITY) -> float:
    return {score.attribute: score.value for score in assessment.scores}[attribute]


def test_an_insult_scores_far_above_a_thank_you(classifiers: LoadedClassifiers) -> None:
    insult, thanks = classifiers.assess(Subject(text=INSULT)), classifiers.assess(Subject(text=THANKS))
    assert toxicity(insult) > toxicity(thanks) + 0.5
    assert toxicity(insult, Attribute.INSULT) > toxicity(thanks, Attribute.INSULT) + 0.3


def test_every_score_names_its_classifier_and_version(classifiers: LoadedClassifiers) -> None:
    index = classifiers.index_article(ARTICLE)
    assessment = classifiers.assess(Subject(text=INSULT, article_index=index))
    assert {score.attribute for score in assessment.scores} == set(classifiers.attributes)
    for score in assessment.scores:
        assert classifiers.versions[score.classifier] == score.version
        assert 0 <= score.value <= 1


def test_an_attribute_without_data_is_absent(classifiers: LoadedClassifiers) -> None:
    assert Attribute.SEXUAL_EXPLICIT not in classifiers.attributes


def test_a_comment_about_the_article_is_nearer_than_one_about_something_else(classifiers: LoadedClassifiers) -> None:
    index = classifiers.index_article(ARTICLE)
    bridge, cat = "Twelve million for a second bridge is far too much.", "My cat refuses to eat the new dry food."
    on_topic = classifiers.assess(Subject(text=bridge, article_index=index))
    off_topic = classifiers.assess(Subject(text=cat, article_index=index))
    assert toxicity(off_topic, Attribute.OFF_TOPIC) > toxicity(on_topic, Attribute.OFF_TOPIC)
    assert on_topic.relevance is not None
    assert on_topic.relevance.passage


def test_without_an_article_off_topic_is_not_judged(classifiers: LoadedClassifiers) -> None:
    assessment = classifiers.assess(Subject(text=THANKS))
    assert Attribute.OFF_TOPIC not in {score.attribute for score in assessment.scores}
    assert assessment.relevance is None


def test_a_language_that_no_model_knows_gets_no_number(classifiers: LoadedClassifiers) -> None:
    index = classifiers.index_article(ARTICLE)
    assessment = classifiers.assess(Subject(text=ITALIAN, site_language="en", article_index=index))
    assert (assessment.language, assessment.language_detected, assessment.language_supported) == ("it", True, False)
    assert assessment.scores == ()
    assert assessment.vector is None


def test_the_same_comment_scores_the_same_alone_in_any_order_and_twice(classifiers: LoadedClassifiers) -> None:
    forwards = [classifiers.assess(Subject(text=text)) for text in TEXTS]
    backwards = [classifiers.assess(Subject(text=text)) for text in reversed(TEXTS)][::-1]
    assert forwards == backwards


PROGRAM = """
import json, sys
from workers.classifiers import facade
from workers.classifiers.base import Subject
loaded = facade.load(threads=int(sys.argv[1]))
texts = json.load(sys.stdin)
print(json.dumps([[score.value for score in loaded.assess(Subject(text=text)).scores] for text in texts]))
"""


@pytest.mark.parametrize("threads", [1, 2])
def test_another_process_gives_the_same_numbers(classifiers: LoadedClassifiers, threads: int) -> None:
    texts = [*TEXTS, "word " * 400 + INSULT]
    command = [sys.executable, "-c", PROGRAM, str(threads)]
    finished = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True)
    for text, values in zip(texts, json.loads(finished.stdout), strict=True):
        here = [score.value for score in classifiers.assess(Subject(text=text)).scores]
        assert here == pytest.approx(values, abs=1e-6)


def test_one_encoder_pass_answers_both_questions(
    classifiers: LoadedClassifiers, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = classifiers.index_article(ARTICLE)
    passes = []
    run = Encoder._run
    monkeypatch.setattr(Encoder, "_run", lambda self, ids: passes.append(len(ids)) or run(self, ids))
    classifiers.assess(Subject(text=THANKS, article_index=index))
    assert len(passes) == 1
    classifiers.assess(Subject(text="Thank you, you 1d10t, for this article", article_index=index))
    assert len(passes) == 3  # the disguise costs one more


def test_the_vector_is_the_embedding_in_half_precision(classifiers: LoadedClassifiers) -> None:
    vector = classifiers.assess(Subject(text=THANKS)).vector
    assert vector is not None
    assert np.linalg.norm(np.frombuffer(vector, dtype=np.float16).astype(np.float32)) == pytest.approx(1, abs=1e-2)


def test_an_insult_at_the_end_of_two_thousand_words_is_seen(classifiers: LoadedClassifiers) -> None:
    harmless = "The council will meet on Tuesday to talk about the road. " * 182
    plain = classifiers.assess(Subject(text=harmless))
    text = harmless + INSULT
    assert len(text.split()) > 2_000
    assessment = classifiers.assess(Subject(text=text))
    assert toxicity(assessment) > toxicity(plain) + 0.4
    assert assessment.characters_read == len(text)


def test_what_was_not_read_is_said(classifiers: LoadedClassifiers) -> None:
    text = "The council will meet on Tuesday to talk about the road. " * 800 + INSULT
    assessment = classifiers.assess(Subject(text=text))
    assert 10_000 < assessment.characters_read < len(text)
    assert assessment.unread == len(text) - assessment.characters_read


def test_a_site_that_permits_longer_comments_has_them_read(classifiers: LoadedClassifiers) -> None:
    text = "The council will meet on Tuesday to talk about the road. " * 400 + INSULT
    assessment = classifiers.assess(Subject(text=text, budget=Budget(longest=len(text), seconds=60)))
    assert (assessment.unread, assessment.too_costly) == (0, False)
    assert toxicity(assessment) > 0.5


def test_filler_costs_nothing_and_hides_nothing(classifiers: LoadedClassifiers) -> None:
    text = f"{THANKS} {'.' * 5_600} {INSULT} {'. ' * 2_000} {THANKS}"
    assessment = classifiers.assess(Subject(text=text))
    assert assessment.unread == 0
    assert toxicity(assessment) > 0.5


@pytest.mark.parametrize("place", [0, 3, 12])
def test_a_middling_insult_among_kind_words_is_seen_in_its_part(classifiers: LoadedClassifiers, place: int) -> None:
    insult = "You are all too stupid to understand how a bridge works."
    sentences = [*SENTENCES[:place], insult, *SENTENCES[place:12]]
    assessment = classifiers.assess(Subject(text=" ".join(sentences)))
    alone = toxicity(classifiers.assess(Subject(text=insult)))
    assert assessment.part_scores[Attribute.TOXICITY] >= alone - 0.01  # and a piece of it may score higher


def test_a_threat_among_kind_words_is_seen_in_its_part(classifiers: LoadedClassifiers) -> None:
    threat = "I will find you and kill you and your family."
    assessment = classifiers.assess(Subject(text=f"{' '.join(SENTENCES[:6])} {threat} {' '.join(SENTENCES[6:12])}"))
    assert toxicity(assessment, Attribute.THREAT) < 0.5
    assert assessment.part_scores[Attribute.THREAT] > 0.9


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The tokens of each run of the model from here on."""
    counted: list[int] = []
    run = Encoder._run
    monkeypatch.setattr(Encoder, "_run", lambda self, ids: counted.append(len(ids)) or run(self, ids))
    return counted


def test_a_comment_without_a_suspect_part_costs_one_reading(classifiers: LoadedClassifiers, passes: list[int]) -> None:
    all_of_them = " ".join(SENTENCES)
    guesses = classifiers.encoder.guesses(all_of_them, parts_of(all_of_them)) or []
    plain = [sentence for sentence, guess in zip(SENTENCES, guesses, strict=True) if guess < SUSPECT]
    assert classifiers.assess(Subject(text=" ".join(plain[:4]))).part_scores == {}
    assert len(passes) == 1


def test_what_no_classifier_can_read_is_not_scored_and_the_rest_is(classifiers: LoadedClassifiers) -> None:
    georgian = "შენ სულელი ხარ და არაფერი იცი"
    alone = classifiers.assess(Subject(text=georgian, site_language="en"))
    assert (alone.scores, alone.language, alone.language_supported) == ((), "ka", False)
    mixed = classifiers.assess(Subject(text=f"{THANKS} {georgian} {INSULT}", site_language="en"))
    assert not mixed.language_supported
    assert mixed.scores == classifiers.assess(Subject(text=f"{THANKS} {' ' * len(georgian)} {INSULT}")).scores


def test_a_comment_whose_time_is_up_is_not_scored(classifiers: LoadedClassifiers) -> None:
    assessment = classifiers.assess(Subject(text=INSULT, budget=Budget(seconds=0)))
    assert (assessment.scores, assessment.unread) == ((), len(INSULT))


@pytest.mark.parametrize("text", ["", " ", "\u200b", "👍", "\x00", "\ud800", "a" * 30_000, "𝓲" * 5_000])
def test_no_text_is_too_strange_to_be_assessed(classifiers: LoadedClassifiers, text: str) -> None:
    assessment = classifiers.assess(Subject(text=text, site_language="en"))
    assert all(0 <= score.value <= 1 for score in assessment.scores)


def test_the_words_that_drove_the_score_are_named(classifiers: LoadedClassifiers) -> None:
    text = "Thank you for this article. You are a stupid idiot, by the way. The bridge is nice."
    spans = classifiers.explain(text, [Attribute.TOXICITY])
    assert 1 <= len(spans) <= 8
    assert text[spans[0].start : spans[0].end] in ("stupid", "idiot", "stupid idiot")
    assert all(0 <= span.start < span.end <= len(text) and 0 < span.weight <= 1 for span in spans)
    assert list(spans) == sorted(spans, key=lambda span: -span.weight)


@pytest.mark.parametrize("text", ["", "?!", "the " * 3_000 + "idiot"])
def test_explaining_any_text_ends(classifiers: LoadedClassifiers, text: str) -> None:
    assert all(span.end <= len(text) for span in classifiers.explain(text, [Attribute.TOXICITY, Attribute.THREAT]))


def changed(models: Path, name: str, content: bytes) -> None:
    """Make a folder of the shipped models in which one file has another content."""
    shutil.copytree(SHIPPED, models, copy_function=os.symlink)
    (models / name).unlink()
    (models / name).write_bytes(content)


@pytest.mark.parametrize(
    "name",
    ["compact/model.onnx", "compact/tokenizer.json", "compact/guess.npz", "relevance/head.npz",
     "multilingual/model.onnx"],
)  # fmt: skip
def test_a_tampered_model_file_keeps_the_worker_from_starting(tmp_path: Path, name: str) -> None:
    content = bytearray((SHIPPED / name).read_bytes())
    content[len(content) // 2] ^= 1
    changed(tmp_path / "models", name, bytes(content))
    with pytest.raises(ModelFileError, match="SHA-256"):
        facade.load(models_dir=tmp_path / "models")


def test_an_off_topic_head_fitted_on_another_encoder_is_refused(tmp_path: Path) -> None:
    name = "relevance/manifest.json"
    manifest = json.loads((SHIPPED / name).read_text("utf-8")) | {"encoder": "0" * 64}
    changed(tmp_path / "models", name, json.dumps(manifest).encode())
    with pytest.raises(ModelFileError, match="fitted on another encoder"):
        facade.load(models_dir=tmp_path / "models")


def test_a_model_that_was_never_compiled_is_named_with_the_command_that_does(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="run: moderato models compile unbiased"):
        facade.load(toxicity_model="unbiased", cache_dir=tmp_path)
