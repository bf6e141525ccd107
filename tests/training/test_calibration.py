"""Scores mean what they say, and thresholds give the precision that was asked for."""

import numpy as np
import pytest

from training.calibration import LOWEST_HOLD, calibration_error, platt, thresholds
from training.statistics import auc, identity_bias, interval

RNG = np.random.default_rng(0)


def _made(count: int = 4000, slope: float = 2.0, shift: float = -1.5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits whose true probability is sigmoid(slope * logit + shift), labels drawn from it."""
    logits = RNG.normal(0, 2, count)
    truth = 1 / (1 + np.exp(-(slope * logits + shift)))
    return logits, truth, (RNG.random(count) < truth).astype(float)


def test_platt_finds_the_numbers_that_made_the_labels() -> None:
    logits, _, labels = _made()
    a, b = platt(logits, labels, np.ones_like(logits))
    assert a == pytest.approx(2.0, abs=0.25)
    assert b == pytest.approx(-1.5, abs=0.25)


def test_platt_keeps_close_to_the_scores_it_was_given_when_rows_are_few() -> None:
    a, b = platt(np.array([3.0, -3.0]), np.array([1.0, 0.0]), np.ones(2))
    assert 0.8 < a < 1.3
    assert abs(b) < 0.5


def test_true_probabilities_have_no_calibration_error_and_shifted_ones_do() -> None:
    _, truth, labels = _made()
    assert calibration_error(truth, labels) < 0.02
    assert calibration_error(np.minimum(1.0, truth + 0.2), labels) > 0.12


def test_thresholds_reach_the_precision_asked_for() -> None:
    _, truth, labels = _made()
    found = thresholds(truth, labels > 0.5, np.ones_like(truth))
    assert found.measured
    assert labels[truth >= found.hold_at].mean() >= 0.5 or found.hold_at == LOWEST_HOLD
    assert labels[truth >= found.reject_at].mean() >= 0.89
    assert found.hold_at < found.reject_at


def test_with_few_positives_the_thresholds_are_the_scores_themselves() -> None:
    positive = np.zeros(500, dtype=bool)
    positive[:5] = True
    found = thresholds(RNG.random(500), positive, np.ones(500))
    assert (found.hold_at, found.reject_at, found.measured) == (0.5, 0.9, False)


def test_auc_counts_ties_as_half() -> None:
    assert auc(np.array([True, False]), np.array([0.5, 0.5])) == 0.5
    assert auc(np.array([True, True, False]), np.array([0.9, 0.1, 0.5])) == 0.5
    assert np.isnan(auc(np.array([True, True]), np.array([0.1, 0.2])))


def test_the_interval_holds_the_value() -> None:
    _, truth, labels = _made(600)
    found = interval(labels > 0.5, truth)
    assert found["low"] < found["value"] < found["high"]


def test_a_model_that_dislikes_a_group_has_a_low_bpsn_auc() -> None:
    positive = RNG.random(2000) < 0.3
    mentions = RNG.random(2000) < 0.5
    fair = positive * 0.5 + RNG.random(2000) * 0.6
    unfair = fair + mentions * 0.4
    assert identity_bias(positive, fair, mentions)["bpsn"] > 0.9
    assert identity_bias(positive, unfair, mentions)["bpsn"] < 0.7
