"""Rules of places in a list as text."""

import string
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from service import cursors
from service.db import new_id

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


def test_the_place_of_a_row_comes_back() -> None:
    place = datetime(2026, 11, 30, 1, 2, 3, 4, tzinfo=UTC), new_id()
    assert cursors.decode_row(cursors.encode_row(*place)) == place


@pytest.mark.parametrize(
    "place",
    [
        [], ["2026-11-30T01:02:03+00:00"], [None, "0" * 32], ["yesterday", "0" * 32], ["2026-11-30T01:02:03", "0" * 32],
        ["0001-01-01T00:00:00+23:00", "0" * 32], ["2026-11-30T01:02:03+00:00", 7], ["2026-11-30T01:02:03+00:00", "0"],
        ["2026-11-30T01:02:03+00:00", "-" * 32],
    ],
)  # fmt: skip
def test_another_place_is_no_rows(place: list[object]) -> None:
    with pytest.raises(ValueError):
        cursors.decode_row(cursors.encode(place))
