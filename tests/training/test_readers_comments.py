"""What counts as a reader's comment in training, and the comments that one of us read."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from training.notices import is_notice
from training.relevance_digressions import LABELS, read_digressions
from training.relevance_network import fit_network
from training.splits import article_split, text_key
from workers.classifiers.relevance_features import FEATURES


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


def test_what_one_of_us_read_is_kept_as_keys_and_holds_no_text() -> None:
    labels = [json.loads(line) for line in LABELS.read_text("utf-8").splitlines()]
    assert {tuple(sorted(label)) for label in labels} == {("article", "comment", "off_topic", "source")}
    assert all(re.fullmatch("[0-9a-f]{32}", label["article"] + label["comment"]) for label in labels)
    assert len({(label["source"], label["article"], label["comment"]) for label in labels}) == len(labels)


@pytest.fixture
def labelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Return what writes two articles with comments to `tmp_path`, labels one comment, and gives its article's id.

    The article is one of the given side.
    """

    def write(side: str) -> str:
        found = next(name for name in map(str, range(1000)) if article_split("wsj_2022", name) == side)
        articles = [{"article_id": found, "title": "Rates rise", "body": None}, {"article_id": "b", "title": "Other"}]
        comments = [
            {"article_id": found, "text": "My cat, however, sleeps."},
            {"article_id": found, "text": "Savers gain."},
            {"article_id": "b", "text": "My cat, however, sleeps."},
        ]
        folder = tmp_path / "relevance" / "wsj_2022"
        folder.mkdir(parents=True)
        for name, rows in (("articles", articles), ("comments", comments)):
            with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as lines:
                lines.writelines(json.dumps(row) + "\n" for row in rows)
        keys = {"article": text_key(found), "comment": text_key("My cat, however, sleeps.")}
        chosen = tmp_path / "labels.jsonl"
        chosen.write_text(json.dumps({"source": "wsj_2022", **keys, "off_topic": 1}) + "\n", encoding="utf-8")
        monkeypatch.setattr("training.relevance_digressions.LABELS", chosen)
        return found

    return write


def test_a_labelled_comment_is_found_by_its_key_under_its_article(
    labelled: Callable[[str], str], tmp_path: Path
) -> None:
    measured = labelled("test")
    ((article_id, case),) = read_digressions(tmp_path)
    assert (article_id, case.article.title, case.text) == (measured, "Rates rise", "My cat, however, sleeps.")
    assert (case.off_topic, case.kind, case.parent_text) == (True, "digression", None)


def test_a_label_under_an_article_that_was_fitted_on_is_refused(labelled: Callable[[str], str], tmp_path: Path) -> None:
    labelled("train")
    with pytest.raises(ValueError, match="fitted on"):
        list(read_digressions(tmp_path))


def test_nearness_counts_for_more_than_moved_comments_teach() -> None:
    place, draw = FEATURES.index("contrast"), np.random.default_rng(1)
    rows = draw.normal(size=(400, len(FEATURES))).astype(np.float32)
    rows[:, place] = 0.5 + 1e-6 * rows[:, place]  # says nothing of the labels
    rows[0, place] = 1.5  # and has a spread all the same
    network = fit_network(rows, draw.integers(0, 2, 400).astype(float), np.ones(400), members=1)
    near, far = rows[1].copy(), rows[1].copy()
    near[place] += network.scale[place]
    assert network.logits(np.stack([far]))[0] - network.logits(np.stack([near]))[0] > 0.7
