"""The default policy rejects only where comments that were read blind prove it; what was read is kept without text."""

import json
import re

from service.moderation.policy.rules import default_thresholds
from training import rejections
from training.rejections import Row, chosen


def test_what_was_read_is_kept_as_keys_and_holds_no_text() -> None:
    rows = [json.loads(line) for line in rejections.READINGS.read_text("utf-8").splitlines()]
    assert {name for row in rows for name in row} == {"text", "source", "half", "scores", "label", "reject"}
    assert len({row["text"] for row in rows}) == len(rows)
    assert all(re.fullmatch("[0-9a-f]{16}", row["text"]) for row in rows)


def test_a_score_may_reject_from_where_the_lower_bound_is_high_enough() -> None:
    def rows(right: int, wrong: int, score: float) -> list[Row]:
        found = [True] * right + [False] * wrong
        return [Row("news", "choose", {"insult": score}, None, rejects) for rejects in found]

    assert chosen(rows(80, 0, 0.93), "insult") == 0.8
    assert chosen([*rows(80, 0, 0.93), *rows(20, 20, 0.91)], "insult") == 0.92
    assert chosen(rows(60, 0, 0.93), "insult") is None  # too few to be sure
    assert chosen(rows(90, 5, 0.93), "insult") is None


def test_the_default_policy_rejects_only_where_either_half_of_what_was_read_proves_it() -> None:
    halves = [[row for row in rejections.read() if row.half == half] for half in ("choose", "measure")]
    assert min(map(len, halves)) > 100
    for attribute, threshold in default_thresholds().items():
        proven = [chosen(half, attribute) for half in halves]
        if None in proven:
            assert threshold.reject_at is None, attribute
        else:
            assert threshold.reject_at is None or threshold.reject_at >= max(filter(None, proven)), attribute
