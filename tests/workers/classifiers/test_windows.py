"""Long texts are read in overlapping windows, and the number of windows is bounded."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from workers.classifiers.windows import MOST_WINDOWS, OVERLAP, Window, windows_over


def test_a_text_that_fits_is_one_window() -> None:
    assert windows_over(0, size=254) == [Window(0, 0)]
    assert windows_over(254, size=254) == [Window(0, 254)]


def test_the_last_window_is_full_and_ends_with_the_text() -> None:
    assert windows_over(255, size=254) == [Window(0, 254), Window(1, 255)]


@given(st.integers(255, 5_000))
def test_windows_leave_nothing_out_and_overlap(tokens: int) -> None:
    windows = windows_over(tokens, size=254)
    assert windows[0].start == 0
    assert windows[-1].end == tokens
    assert all(window.end - window.start == 254 for window in windows)
    assert all(later.start <= earlier.end - OVERLAP for earlier, later in itertools.pairwise(windows))


def test_a_text_past_the_bound_is_read_at_its_start_and_at_its_very_end() -> None:
    windows = windows_over(1_000_000, size=254, most=MOST_WINDOWS)
    assert len(windows) == MOST_WINDOWS
    assert windows[0].start == 0
    assert windows[-1] == Window(999_746, 1_000_000)
