"""Rules of places in a list as text."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as some

from service import cursors

TEXTS = some.text(some.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(place=some.lists(some.none() | TEXTS | some.floats(allow_nan=False) | some.integers(), max_size=4))
def test_a_place_comes_back_and_needs_no_escaping_in_an_address(place: list[object]) -> None:
    written = cursors.encode(place)
    assert cursors.decode(written) == place
    assert set(written) <= set(string.ascii_letters + string.digits + "-_")


@pytest.mark.parametrize("given", ["", "a", "====", "é", "\0", "e30", "W1", "%2F", "W" * 200_000, "\ud800"])
def test_anything_else_is_a_value_error(given: str) -> None:
    with pytest.raises(ValueError):
        cursors.decode(given)


def test_deep_nesting_is_a_value_error_too() -> None:
    nested: list[object] = []
    for _ in range(500):
        nested = [nested]
    deep = cursors.encode(nested).replace("W1tb", "W1tb" * 100_000, 1)
    with pytest.raises(ValueError):
        cursors.decode(deep)


@pytest.mark.parametrize("text", ["\ud800", "a\udfff", "\0", "a\0b"])
def test_text_that_no_database_takes_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="database"):
        cursors.decode(cursors.encode(["2026-01-01T00:00:00+00:00", text]))
