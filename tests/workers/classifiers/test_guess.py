"""The guess at a part's score depends on the part alone, and on what speaks most clearly in it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from workers.classifiers import guess
from workers.classifiers.guess import Guess


@pytest.fixture
def by_hand() -> Guess:
    """Two features over three tokens: token 1 followed by token 2 speaks for a high score, token 3 against."""
    features = np.zeros((3 * 4, 2), np.float32)
    features[1 * 4 + 1, 0] = features[2 * 4 + 2, 0] = 1.0  # in the middle, and after it
    features[1 * 4 + 3, 1] = 1.0
    vectors = np.concatenate([np.eye(4, dtype=np.float32), np.zeros((1, 4), np.float32)])
    return Guess(
        vectors=vectors,
        features=features,
        shifts=np.array([-1.0, 0.0], np.float32),
        speaks=np.array([2.0, -100.0], np.float32),
        begins=-3.0,
        against=1.5,
    )


def test_what_stands_next_to_each_other_counts_where_it_is_clearest(by_hand: Guess) -> None:
    assert by_hand.log_odds([[0, 1, 2], [1, 0, 2], [1, 2, 0, 1, 2]]) == pytest.approx([-1.0, -3.0, -1.0])


def test_what_speaks_against_a_high_score_takes_off_only_so_much(by_hand: Guess) -> None:
    assert by_hand.log_odds([[1, 2, *[3] * 20]]) == pytest.approx([-1.0 - 1.5])


@pytest.mark.parametrize("at_once", [1, 3, guess.AT_ONCE])
def test_a_part_is_guessed_alike_whatever_is_asked_beside_it(
    by_hand: Guess, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(guess, "AT_ONCE", at_once)
    parts = [[1], [2], [1, 2], [], [3], [2, 1]]
    assert by_hand.log_odds(parts) == pytest.approx([by_hand.log_odds([part])[0] for part in parts])
    assert by_hand.log_odds([]) == []


def test_what_was_written_is_read_again(by_hand: Guess, tmp_path: Path) -> None:
    np.savez_compressed(
        tmp_path / guess.FILE,
        vectors=by_hand.vectors[:-1].astype(np.int8),
        scale=np.ones(4, np.float32),
        **{name: getattr(by_hand, name) for name in ("features", "shifts", "speaks", "begins", "against")},
    )
    assert Guess.load(tmp_path / guess.FILE).log_odds([[1, 2]]) == by_hand.log_odds([[1, 2]])


def test_numpy_multiplies_in_the_workers_own_thread_alone() -> None:
    asked = "import workers.classifiers.facade, threadpoolctl; print(threadpoolctl.threadpool_info())"
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    told = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True)
    assert "'num_threads': 1" in told.stdout
    assert told.stdout.count("'num_threads'") == told.stdout.count("'num_threads': 1,")
