"""The bench's figures agree with what they are defined to be, and say when they cannot be computed."""

import numpy as np
import pytest

from workers.evaluate.metrics import at_threshold, auc, average_precision, calibration, caught_at, roc


def test_the_area_is_the_share_of_pairs_in_the_right_order_with_ties_counting_half() -> None:
    draw = np.random.default_rng(1)
    labels = draw.integers(0, 2, 80)
    scores = np.round(labels * 0.3 + draw.random(80), 1)
    pairs = [
        1.0 if high > low else 0.5 if high == low else 0.0
        for high in scores[labels == 1]
        for low in scores[labels == 0]
    ]
    found = auc(labels, scores)
    assert found.value == pytest.approx(np.mean(pairs))
    assert found.low < found.value < found.high


def test_perfect_and_reversed_orders_are_one_and_zero() -> None:
    labels, scores = np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9])
    assert auc(labels, scores).value == 1.0
    assert auc(labels, -scores).value == 0.0


def test_resampling_whole_articles_widens_the_interval_where_comments_of_one_article_agree() -> None:
    draw = np.random.default_rng(2)
    groups = [f"article {number // 40}" for number in range(400)]
    quality = np.repeat(draw.normal(0, 1.5, 10), 40)
    labels = draw.integers(0, 2, 400)
    scores = labels * (1 + quality) + draw.normal(size=400)
    single, grouped = auc(labels, scores), auc(labels, scores, groups)
    assert grouped.high - grouped.low > single.high - single.low


def test_one_label_alone_has_no_area() -> None:
    with pytest.raises(ValueError, match="both labels"):
        auc(np.ones(5), np.random.default_rng(0).random(5))


def test_a_threshold_flags_scores_from_it_on() -> None:
    row = at_threshold(np.array([0, 0, 1, 1]), np.array([0.2, 0.5, 0.5, 0.9]), 0.5)
    assert row == {"at": 0.5, "precision": 0.6667, "recall": 1.0, "flagged": 0.75, "false_alarms": 0.5}
    assert at_threshold(np.array([0, 1]), np.array([0.1, 0.2]), 0.5)["precision"] is None


def test_what_is_caught_at_two_per_cent_false_alarms_never_costs_more_than_that() -> None:
    draw = np.random.default_rng(3)
    labels = (draw.random(2_000) < 0.3).astype(int)
    scores = labels + draw.normal(size=2_000)
    caught = caught_at(labels, scores, 0.02)
    cut = np.sort(scores[labels == 1])[::-1][round(caught * labels.sum()) - 1]
    assert (scores[labels == 0] >= cut).mean() <= 0.02
    assert 0.05 < caught < 0.4


def test_scores_that_mean_what_they_say_have_little_calibration_error() -> None:
    draw = np.random.default_rng(4)
    scores = draw.random(20_000)
    honest = (draw.random(20_000) < scores).astype(int)
    assert calibration(honest, scores)["ece"] < 0.02
    assert calibration(honest, scores**3)["ece"] > 0.1
    assert sum(row["n"] for row in calibration(honest, scores)["table"]) == 20_000


def test_average_precision_of_chance_is_the_share_of_positives() -> None:
    draw = np.random.default_rng(5)
    labels = (draw.random(20_000) < 0.1).astype(int)
    assert average_precision(labels, draw.random(20_000)) == pytest.approx(0.1, abs=0.02)
    assert average_precision(np.array([0, 1, 1]), np.array([0.1, 0.5, 0.9])) == 1.0


def test_the_roc_curve_runs_from_corner_to_corner() -> None:
    alarms, recall = roc(np.array([0, 1, 0, 1]), np.array([0.1, 0.4, 0.4, 0.9]))
    assert (alarms[0], recall[0], alarms[-1], recall[-1]) == (0.0, 0.0, 1.0, 1.0)
    assert np.all(np.diff(alarms) >= 0)
