"""Agreement of two who judge the same comments: Cohen's kappa."""

import pytest

from service.moderation.insight.agreement.kappa import agreement


def test_kappa_is_what_the_textbook_says_and_none_where_undefined() -> None:
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    found = agreement(pairs)
    assert (found.judged, found.alike, found.kappa) == (50, 35, pytest.approx(0.4))
    assert agreement([]).kappa is None
    assert agreement([("y", "y")] * 9).kappa is None
    assert agreement([("y", "n"), ("n", "y")]).kappa == pytest.approx(-1)
