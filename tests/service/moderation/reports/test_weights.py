"""What reports weigh: more with every one that was upheld, less with every other, and a crowd never decides alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.moderation.policy.rules import Rules
from service.moderation.reports.weights import CROWD, KNOWN_FROM, Record, together, weight

HOLD_AT = Rules().reports_hold_at or 0.0
counts = st.integers(0, 20) | st.integers(0, 1_500)
records = st.builds(Record, upheld=counts, not_upheld=counts)
thresholds = st.floats(0.1, 10)


@given(records)
def test_a_weight_is_a_share_and_below_the_mean(record: Record) -> None:
    assert 0 < weight(record) < record.mean < 1


@given(records)
def test_it_grows_with_what_is_upheld_and_falls_with_what_is_not(record: Record) -> None:
    upheld = Record(record.upheld + 1, record.not_upheld)
    not_upheld = Record(record.upheld, record.not_upheld + 1)
    assert weight(not_upheld) <= weight(record) <= weight(upheld)
    if record.settled < 900:
        assert weight(not_upheld) < weight(record) < weight(upheld)


@pytest.mark.parametrize(
    ("upheld", "not_upheld", "expected"),
    # The quantile 0.05 of Beta(upheld + 1, not_upheld + 1), as scipy.stats.beta.ppf gives it.
    [(0, 0, 0.05), (1, 0, 0.22361), (2, 0, 0.36840), (0, 1, 0.02532), (8, 2, 0.52991), (10, 10, 0.32811)],
)
def test_it_is_the_lower_end_of_the_beta_interval(upheld: int, not_upheld: int, expected: float) -> None:
    assert weight(Record(upheld, not_upheld)) == pytest.approx(expected, abs=5e-6)


def test_one_honest_reporter_holds_a_comment() -> None:
    assert together([(Record(8, 2), 1)], hold_at=HOLD_AT) >= HOLD_AT


@given(st.lists(st.tuples(records.filter(lambda one: weight(one) < KNOWN_FROM), st.integers(1, 300))), thresholds)
def test_newcomers_and_unreliable_reporters_stay_below_the_threshold_however_many_they_are(
    crowd: list[tuple[Record, int]], hold_at: float
) -> None:
    assert together([(Record(), 300), *crowd], hold_at=hold_at) <= CROWD * hold_at < hold_at


@given(st.lists(st.tuples(records, st.integers(1, 5))), records, thresholds)
def test_one_more_report_never_makes_them_weigh_less(
    reporters: list[tuple[Record, int]], one_more: Record, hold_at: float
) -> None:
    before = together(reporters, hold_at=hold_at)
    assert together([*reporters, (one_more, 1)], hold_at=hold_at) >= before - 1e-12
