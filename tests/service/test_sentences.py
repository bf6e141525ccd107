"""A sentence is what it says in English, and remembers how it was made; a stored one is read back to the same."""

import copy
import json

import pytest

from service.sentences import Grouped, Sentence, counted, counted_template, read_back, template, worded

LIST = template("on the list: %(terms)s")
MORE = template("on the list: %(terms)s and %(more)s more")
STRIKES = counted_template("%(count)s strike by %(name)s", "%(count)s strikes by %(name)s")


def test_a_sentence_is_an_ordinary_text_that_remembers_its_template_and_values() -> None:
    said = worded("This page needs the role %(role)s at %(site)s.", role="lead", site="Gazette")
    assert said == "This page needs the role lead at Gazette."
    assert json.dumps({"detail": said}) == '{"detail": "This page needs the role lead at Gazette."}'
    assert (said.template, dict(said.values)["site"]) == ("This page needs the role %(role)s at %(site)s.", "Gazette")
    again = copy.deepcopy(said)
    assert isinstance(again, Sentence)
    assert (again, again.template, again.values) == (said, said.template, said.values)


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 minutes"), (1, "1 minute"), (2, "2 minutes"), (1200, "1,200 minutes")]
)
def test_a_counted_sentence_agrees_with_its_number(count: int, text: str) -> None:
    assert counted("%(count)s minute", "%(count)s minutes", count) == text


def test_only_numbers_that_say_so_are_grouped() -> None:
    assert worded("%(one)s of %(most)s", one=12_000, most=Grouped(12_000)) == "12000 of 12,000"


@pytest.mark.parametrize("value", ["%(terms)s", "100 %", "{x}", "a, b and 3 fewer", "line\nbreak", "$1 \\1 (?P<x>)"])
def test_what_a_value_looks_like_changes_nothing(value: str) -> None:
    assert worded("Saved “%(name)s”.", name=value) == f"Saved “{value}”."
    assert read_back(LIST % {"terms": value}, (MORE, LIST)) == (LIST, {"terms": value})


@pytest.mark.parametrize(("count", "name"), [(1, "Ana"), (3, "Ben, and 2 strikes by Cy")])
def test_a_stored_sentence_is_read_back_to_what_gives_the_same_text(count: int, name: str) -> None:
    text = STRIKES % {"count": count, "name": name}
    found = read_back(text, (STRIKES,))
    assert found is not None
    assert STRIKES % found[1] == text


def test_a_text_that_no_template_gives_is_not_read() -> None:
    assert read_back("on another list: x", (MORE, LIST)) is None
    assert read_back("", (MORE, LIST)) is None
