"""What counts as a reader's comment in training, and how comments that were read in place are labelled."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from training.notices import is_notice
from training.readings import LABELS
from training.relevance_background import digression_direction, without_their_own
from training.relevance_cases import Placement
from training.relevance_corpus import SOURCES, read_threads
from training.relevance_digressions import read_comments
from training.relevance_head import LIKENESS, READ, ReadOnce, fitting_weights, forget_themselves
from training.relevance_network import fit_network
from training.splits import article_split, text_key
from workers.classifiers.base import ArticleText
from workers.classifiers.relevance.features import FEATURES, Background


@pytest.mark.parametrize(
    "text",
    [
        "__I'm a bot. Here are credibility grades and selected perspectives related to this article.__",
        "This comment has been removed for violating Rule 2: source your facts.",
        "**This submission was approved in error.** It does not meet our requirements.",
        "r/NeutralNews is a **curated space**, but despite the name there is no neutrality requirement here.",
        "Short comments are reviewed. I am a bot, and this action was performed automatically.",
    ],
)
def test_notices_of_bots_and_moderators_are_no_readers_comments(text: str) -> None:
    assert is_notice(text)


@pytest.mark.parametrize(
    "text",
    [
        "I'm not a bot, I read the article twice and it never says so.",
        "My comment has been removed twice now, and I still think the mayor is right.",
        "Half of these accounts are bots anyway.",
    ],
)
def test_readers_may_speak_of_bots_and_removals(text: str) -> None:
    assert not is_notice(text)


def test_what_was_read_is_kept_as_keys_and_holds_no_text() -> None:
    lines = [json.loads(line) for line in LABELS.read_text("utf-8").splitlines()]
    assert {name for line in lines for name in line} == {"source", "article", "readings", "on", "off", "argued"}
    keys = [
        (line["source"], line["article"], comment)
        for line in lines
        for name in ("on", "off", "argued")
        for comment in line.get(name, ())
    ]
    assert all(re.fullmatch("[0-9a-f]{32}", article + comment) for _, article, comment in keys)
    assert len(set(keys)) == len(keys)
    assert {line["readings"] for line in lines} == {1, 3}


Write = Callable[..., str]
STRAYED, FITTING, DISPUTED, UNREAD = "My cat, however, sleeps.", "Savers gain.", "And the trains?", "Good luck."


@pytest.fixture
def labelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return what writes two articles with comments to `tmp_path`, labels some, and gives the first article's id.

    That article is one of the given side.
    """

    def write(side: str) -> str:
        found = next(name for name in map(str, range(1000)) if article_split("wsj_2022", name) == side)
        articles = [{"article_id": found, "title": "Rates rise", "body": "The bank said so. " * 9}]
        articles += [{"article_id": "b", "title": "Other"}]
        texts = [*((found, text) for text in (STRAYED, FITTING, DISPUTED, UNREAD)), ("b", STRAYED)]
        comments = [{"article_id": article, "text": text} for article, text in texts]
        (tmp_path / "relevance").mkdir()
        for source in ("wsj_2022", *(name for name in SOURCES if name != "wsj_2022")):
            folder = tmp_path / "relevance" / source
            folder.mkdir()
            for name, rows in (("articles", articles), ("comments", comments)):
                with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as lines:
                    lines.writelines(json.dumps(row) + "\n" for row in rows if source == "wsj_2022")
        read = {"off": [text_key(STRAYED)], "on": [text_key(FITTING)], "argued": [text_key(DISPUTED)]}
        line = {"source": "wsj_2022", "article": text_key(found), "readings": 3, **read}
        chosen = tmp_path / "labels.jsonl"
        chosen.write_text(json.dumps(line) + "\n", encoding="utf-8")
        monkeypatch.setattr("training.readings.LABELS", chosen)
        return found

    return write


def test_a_comment_that_was_read_is_found_by_its_key_under_its_article(labelled: Write, tmp_path: Path) -> None:
    measured = labelled("test")
    strayed, fitting = read_comments(tmp_path, "test")
    assert (strayed.article_id, strayed.case.article.title, strayed.case.text) == (measured, "Rates rise", STRAYED)
    assert (strayed.case.off_topic, strayed.case.kind, strayed.case.shape) == (True, "digression", "body")
    assert (fitting.case.text, fitting.case.off_topic) == (FITTING, False)
    assert (fitting.case.kind, fitting.readings) == ("own", 3)


def test_a_comment_is_offered_in_every_shape_of_its_article_for_fitting(labelled: Write, tmp_path: Path) -> None:
    labelled("train")
    shapes = [(one.case.text, one.case.shape) for one in read_comments(tmp_path, "train", every_shape=True)]
    assert shapes == [(text, shape) for text in (STRAYED, FITTING) for shape in ("title", "summary", "body")]


def test_arguable_comments_come_only_when_asked_for(labelled: Write, tmp_path: Path) -> None:
    labelled("test")
    asked = [(one.case.text, one.case.kind, one.case.off_topic) for one in read_comments(tmp_path, "test", argued=True)]
    assert asked == [(STRAYED, "digression", True), (FITTING, "own", False), (DISPUTED, "argued", False)]


def test_comments_of_another_side_are_not_given(labelled: Write, tmp_path: Path) -> None:
    labelled("test")
    assert list(read_comments(tmp_path, "train")) == list(read_comments(tmp_path, "valid")) == []


def test_what_digresses_or_is_arguable_is_not_taken_for_on_topic_talk(labelled: Write, tmp_path: Path) -> None:
    found = labelled("valid")
    kept = {(t.article_id, comment.text) for t in read_threads(tmp_path) for comment in t.comments}
    assert kept == {(found, FITTING), (found, UNREAD), ("b", STRAYED)}


def test_likeness_to_digressions_is_measured_by_what_others_gave() -> None:
    """Random vectors hold nothing to learn: a direction that had seen them would still tell them apart."""
    draw = np.random.default_rng(4)
    vectors = draw.normal(size=(300, 80)).astype(np.float32)
    digress, articles = draw.integers(0, 2, 300), [str(number // 3) for number in range(300)]
    seen, unseen = vectors @ digression_direction(vectors, digress), without_their_own(vectors, digress, articles)
    assert roc_auc_score(digress, seen) > 0.8
    assert 0.4 < roc_auc_score(digress, unseen) < 0.6


def test_nearness_counts_for_more_than_moved_comments_teach() -> None:
    place, draw = FEATURES.index("contrast"), np.random.default_rng(1)
    rows = draw.normal(size=(400, len(FEATURES))).astype(np.float32)
    rows[:, place] = 0.5 + 1e-6 * rows[:, place]  # says nothing of the labels
    rows[0, place] = 1.5  # and has a spread all the same
    network = fit_network(rows, draw.integers(0, 2, 400).astype(float), np.ones(400), members=1)
    near, far = rows[1].copy(), rows[1].copy()
    near[place] += network.scale[place]
    assert network.logits(np.stack([far]))[0] - network.logits(np.stack([near]))[0] > 0.7


def test_comments_that_were_read_count_their_share_of_the_moved_ones() -> None:
    """On either side alike, however few were read."""
    article = ArticleText(title="Rates rise")

    def case(kind: str, *, off_topic: bool) -> Placement:
        return Placement("The bank raised its rates again.", article, None, (), off_topic, kind, "title", "wsj_2022")

    moved = [case("own", off_topic=False)] * 40 + [case("random", off_topic=True)] * 60
    read = [case("own", off_topic=False)] * 9 + [case("digression", off_topic=True)] * 2
    nothing = Background(*[np.zeros((1, 4), np.float32)] * 2, *[np.zeros(4, np.float32)] * 2, {}, 1.0)
    found = fitting_weights(moved, [*moved, *read], nothing)
    assert found[100:109].sum() == pytest.approx(READ * found[:40].sum())
    assert found[109:].sum() == pytest.approx(READ * found[40:100].sum())


def test_a_read_comment_takes_its_likeness_from_others_wherever_it_stands() -> None:
    draw = np.random.default_rng(5)
    texts = [f"Comment number {number}" for number in range(60)]
    read = ReadOnce(texts, texts, draw.normal(size=(60, 8)).astype(np.float32), np.arange(60) % 3 == 0)
    article = ArticleText(title="Rates rise")
    said = [texts[7], "Nobody read this one.", texts[7]]
    cases = [Placement(text, article, None, (), False, "own", "title", "wsj_2022") for text in said]
    rows = np.full((3, len(FEATURES)), 9.0, dtype=np.float32)
    forget_themselves(rows, cases, read)
    expected = without_their_own(read.vectors, read.digress, texts)[7]
    assert rows[:, LIKENESS].tolist() == pytest.approx([expected, 9.0, expected])
    assert (np.delete(rows, LIKENESS, axis=1) == 9.0).all()
