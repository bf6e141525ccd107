"""Says how often a row is worth an encoder's time, by a bag of words that has not seen it.

Most Wikipedia comments are plainly clean and most offensive tweets plainly rude: a linear model on word pairs, fitted
on the other folds, gets them right. Such rows are drawn seldom and the hard ones every time, which on two cores buys
twice the hard examples per minute. It shifts the base rate; calibration (training/calibration.py) undoes that.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import cross_val_predict

from training.toxicity_rows import Row

LEAST, SLOPE = 0.4, 2.5


def worth(rows: list[Row], *, seed: int) -> NDArray[np.float64]:
    """Return a probability per row: 0.4 where the linear model is right and sure, 1 where it is 0.24 off or more."""
    hashing = HashingVectorizer(ngram_range=(1, 2), n_features=2**20, alternate_sign=False)
    features = hashing.transform([row.text for row in rows])
    toxic = np.array([row.labels[0] for row in rows])
    linear = SGDClassifier(loss="log_loss", alpha=1e-6, max_iter=8, tol=None, random_state=seed)
    guessed = cross_val_predict(linear, features, toxic >= 0.5, cv=4, method="predict_proba")[:, 1]
    return np.minimum(1.0, LEAST + SLOPE * np.abs(guessed - toxic))
