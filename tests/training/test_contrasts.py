"""The training sentences teach the frame, not the group, and the suite that measures them is another set."""

import json
import random
from pathlib import Path

from training import contrasts
from training.contrast_words import WORDS

SUITE = [json.loads(line) for line in Path(__file__).with_name("functional.jsonl").read_text("utf-8").splitlines()]


def test_the_suite_has_both_labels_and_no_sentence_twice() -> None:
    assert len(SUITE) >= 250
    assert len({sentence["text"] for sentence in SUITE}) == len(SUITE)
    assert 0.35 < sum(sentence["hateful"] for sentence in SUITE) / len(SUITE) < 0.65


def test_no_sentence_of_the_suite_is_ever_trained_on() -> None:
    trained = {row.text.casefold().rstrip(".!") for seed in range(3) for row in contrasts.rows(random.Random(seed))}
    assert not [sentence["text"] for sentence in SUITE if sentence["text"].casefold().rstrip(".!") in trained]


def test_the_same_seed_makes_the_same_sentences() -> None:
    assert contrasts.rows(random.Random(4), count=300) == contrasts.rows(random.Random(4), count=300)
    assert contrasts.rows(random.Random(4), count=300) != contrasts.rows(random.Random(5), count=300)


def test_every_slot_is_filled() -> None:
    assert not [row.text for row in contrasts.rows(random.Random(0)) if "{" in row.text or "}" in row.text]


def test_validation_uses_only_patterns_that_training_does_not() -> None:
    held = {
        pattern.casefold() for index, pattern in enumerate(WORDS["INSULTS"]) if index % 6 == 5 and "{" not in pattern
    }
    trained = {row.text.casefold() for row in contrasts.rows(random.Random(0)) if row.group == "insults"}
    valid = {
        row.text.casefold() for row in contrasts.rows(random.Random(0), patterns="valid") if row.group == "insults"
    }
    assert held
    assert not {text for text in trained if any(text.startswith(pattern.rstrip(".")) for pattern in held)}
    assert all(any(text.startswith(pattern.rstrip(".")[:20]) for pattern in held) or "day" in text for text in valid)


def test_each_group_is_attacked_and_defended() -> None:
    """Otherwise the group's name alone would tell the label."""
    rows = contrasts.rows(random.Random(0))
    for group in ("women", "muslims", "jews", "refugees", "gay men", "disabled people"):
        mentioned = [row for row in rows if group in row.text.casefold()]
        hateful = sum(row.labels[0] > 0.5 for row in mentioned) / len(mentioned)
        assert 0.35 < hateful < 0.75, (group, hateful)
