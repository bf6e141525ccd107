"""The parts of the off-topic classifier that need no encoder: passages, words, the index's bytes, the head's files."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from workers.classifiers.base import ArticleText, ClassifierError, ModelFileError
from workers.classifiers.model_files import MANIFEST
from workers.classifiers.relevance.features import FEATURES, article_side, comment_side, features
from workers.classifiers.relevance.head import FOLDER, HEAD, WORDS, calibrated, load_head, sigmoid
from workers.classifiers.relevance.index import pack, unpack
from workers.classifiers.relevance.passages import BODY_PASSAGES, LONGEST, passages
from workers.classifiers.relevance.words import advert_signs, read_words, stem

BRIDGE = ArticleText(
    title="Council votes to close Harbour Bridge for repairs",
    key_points=("Work on the bridge will take nine months.", "Buses will run by the northern ring road."),
    body="The council voted on Monday. Mayor Ellen Brandt said rust had eaten into the 1931 steel.\n\nShops object.",
)


def _unit_rows(count: int, dimensions: int = 384) -> np.ndarray:
    rows = np.random.default_rng(count).normal(size=(count, dimensions)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def test_passages_are_the_title_then_key_points_then_the_body() -> None:
    found = passages(BRIDGE)
    assert [passage.kind for passage in found] == ["title", "key_point", "key_point", "body"]
    assert found[0].text == BRIDGE.title
    assert "1931 steel. Shops object." in found[-1].text


def test_a_body_of_any_length_gives_a_bounded_number_of_bounded_passages() -> None:
    long = "The road was closed again on a rainy day. " * 2_000 + "x" * 50_000
    found = passages(ArticleText(title="Road closed", body=long))
    assert len(found) == 1 + BODY_PASSAGES
    assert max(len(passage.text) for passage in found) <= 2 * LONGEST
    assert passages(ArticleText(title="Road closed", body=" \n ")) == found[:1]


@pytest.mark.parametrize(
    ("article", "kinds"),
    [
        (ArticleText(title="  ", body="The road is closed."), ["body"]),
        (ArticleText(title="", key_points=("", "Closed until May", "Diversion")), ["key_point", "key_point"]),
        (ArticleText(title="", key_points=("Closed until May",), body="The road."), ["key_point", "body"]),
    ],
)
def test_key_points_or_a_body_suffice_without_a_title(article: ArticleText, kinds: list[str]) -> None:
    assert [passage.kind for passage in passages(article)] == kinds


def test_an_article_without_any_text_is_refused() -> None:
    with pytest.raises(ValueError, match="article is empty"):
        passages(ArticleText(title="  ", key_points=(" ",), body="\n"))


def test_the_crude_stemmer_makes_forms_of_a_word_meet() -> None:
    assert stem("taxes") == stem("taxed") == stem("tax") == "tax"
    assert stem("voting") == stem("votes") == stem("vote")
    assert stem("bus") == "bus"


def test_words_tell_names_numbers_and_rarity_apart() -> None:
    words = read_words("Well, the mayor Ellen Brandt knew. Rust since 1931!", {"mayor": 5.0}, 11.0)
    assert words.names == {stem("ellen"), stem("brandt")}
    assert words.numbers == {"1931"}
    assert words.rarity["mayor"] == 5.0
    assert words.rarity[stem("brandt")] == 11.0
    assert "the" not in words.rarity
    assert words.function_tokens < words.tokens


def test_adverts_show_signs_that_plain_remarks_do_not() -> None:
    assert advert_signs("Earn $500 a day working from home, WhatsApp me: http://quick.example") >= (2.0, 1.0, 0.0)
    assert advert_signs("The bridge cost $40 million and they still let it rust.") == (0.0, 0.0, 0.0)


def test_an_index_survives_being_bytes() -> None:
    background = load_head().background
    pieces = passages(BRIDGE)
    side = article_side(pieces, _unit_rows(len(pieces)), background)
    read = unpack(pack(side, version="1-abc"), version="1-abc")
    assert read.passages == side.passages
    assert np.array_equal(read.vectors, side.vectors)
    assert read.names == side.names
    assert stem("brandt") in read.names
    comment = comment_side("Close it, Mayor Brandt is right.", _unit_rows(1)[0], background)
    empty = np.zeros((0, 384), dtype=np.float32)
    before, after = (features(comment, of, parent=None, conversation=empty) for of in (side, read))
    assert before == pytest.approx(after, abs=2e-2)
    assert len(before) == len(FEATURES)


def test_a_logit_is_read_by_what_is_known_of_the_article() -> None:
    background, empty = load_head().background, np.zeros((0, 384), dtype=np.float32)
    comment = comment_side("Close it, Mayor Brandt is right.", _unit_rows(1)[0], background)
    pieces = passages(BRIDGE)
    rows = np.stack(
        [
            features(comment, article_side(pieces[:known], _unit_rows(known), background), parent=None,
                     conversation=empty)
            for known in (1, 3, 4)  # the title, with key points, with a stretch of the body
        ]
    )  # fmt: skip
    found = calibrated(np.ones(3), rows, np.array([[1.0, -2.0], [2.0, -2.0], [3.0, -2.0]]))
    assert found.tolist() == pytest.approx(sigmoid(np.array([-1.0, 0.0, 1.0])).tolist())


def test_an_index_of_another_version_or_damaged_is_refused() -> None:
    pieces = passages(BRIDGE)
    index = pack(article_side(pieces, _unit_rows(len(pieces)), load_head().background), version="1-abc")
    with pytest.raises(ClassifierError, match="of version 1-abc: must be 2-def"):
        unpack(index, version="2-def")
    for damaged in (b"", b"nonsense", index[: len(index) // 2], index[:-3], b"XXXX" + index[4:]):
        with pytest.raises(ClassifierError, match="again"):
            unpack(damaged, version="1-abc")


@pytest.mark.parametrize("name", [HEAD, WORDS])
def test_a_head_file_with_one_other_byte_is_refused(tmp_path: Path, name: str) -> None:
    shutil.copytree(FOLDER, tmp_path / "relevance")
    changed = bytearray((tmp_path / "relevance" / name).read_bytes())
    changed[len(changed) // 2] ^= 1
    (tmp_path / "relevance" / name).write_bytes(changed)
    with pytest.raises(ModelFileError, match="SHA-256"):
        load_head(tmp_path / "relevance")


def test_a_head_fitted_on_other_features_or_missing_is_refused(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "relevance")
    manifest = json.loads((FOLDER / MANIFEST).read_text())
    manifest["features"] = manifest["features"][:-1]
    (tmp_path / "relevance" / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ModelFileError, match="other features"):
        load_head(tmp_path / "relevance")
    with pytest.raises(ModelFileError, match="cannot be read"):
        load_head(tmp_path / "nowhere")
