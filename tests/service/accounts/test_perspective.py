"""The curve of a key is monotone and goes through its knots."""

import pytest
from pydantic import ValidationError

from service.accounts.perspective import Curve


def test_a_curve_is_linear_between_its_knots_and_level_outside() -> None:
    curve = Curve(knots=((0.2, 0.1), (0.4, 0.5), (0.8, 0.5), (0.9, 1.0)))
    assert [round(curve.at(x), 6) for x in (0.0, 0.2, 0.3, 0.4, 0.6, 0.85, 0.9, 1.0)] == [
        0.1, 0.1, 0.3, 0.5, 0.5, 0.75, 1.0, 1.0
    ]  # fmt: skip


@pytest.mark.parametrize("knots", [(), ((0.5, 0.5), (0.5, 0.6)), ((0.1, 0.5), (0.2, 0.4)), ((0.1, 1.5),)])
def test_a_curve_that_is_not_monotone_is_refused(knots: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValidationError):
        Curve(knots=knots)
