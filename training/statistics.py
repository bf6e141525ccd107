"""The few statistics of the cards: AUC with a bootstrap interval, the identity-bias AUCs of Borkan et al. 2019."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
ROUNDS = 500


def auc(positive: Bools, scores: Floats) -> float:
    """Return the share of (positive, negative) pairs in the right order, ties counting half; NaN without a pair."""
    above, below = int(positive.sum()), int((~positive).sum())
    if not above or not below:
        return float("nan")
    ranks = rankdata(scores)
    return float((ranks[positive].sum() - above * (above + 1) / 2) / (above * below))


def interval(positive: Bools, scores: Floats, *, seed: int = 0) -> dict[str, float]:
    """Return {"value", "low", "high"}: AUC and its 95 % percentile interval over resampled rows."""
    rng = np.random.default_rng(seed)
    drawn = (rng.integers(0, len(scores), len(scores)) for _ in range(ROUNDS))
    values = [auc(positive[rows], scores[rows]) for rows in drawn]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return {"value": round(auc(positive, scores), 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def identity_bias(positive: Bools, scores: Floats, mentions: Bools) -> dict[str, float]:
    """Return subgroup AUC (inside the mentions), BPSN (clean mentions below toxic others) and BNSP (the reverse)."""
    bpsn = (mentions & ~positive) | (~mentions & positive)
    bnsp = (mentions & positive) | (~mentions & ~positive)
    sides = {"subgroup": mentions, "bpsn": bpsn, "bnsp": bnsp}
    return {name: round(auc(positive[rows], scores[rows]), 4) for name, rows in sides.items()}
