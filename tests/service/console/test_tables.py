"""A spreadsheet runs nothing that a table of ours holds, wherever it splits a cell."""

import pytest
from flask import Flask

from service.console.tables import csv_answer


def exported(text: str) -> str:
    with Flask(__name__).app_context():
        return csv_answer("x.csv", ["a"], [[text]]).get_data(as_text=True).partition("\r\n")[2].rstrip("\r\n")


@pytest.mark.parametrize("text", ["=1+1", " =1+1", "+1", "-1", "@x", "＝1", "\t=1", "\r=1"])
def test_a_cell_that_begins_like_a_formula_is_text(text: str) -> None:
    assert exported(text).lstrip('"').startswith("'")


@pytest.mark.parametrize("text", ["a;=1+1", "a; =1+1", "a\t@x", "a;b;-1", "a\n=1", "a;＝1"])
def test_what_becomes_a_cell_where_semicolons_or_tabs_separate_is_text_too(text: str) -> None:
    told = exported(text).strip('"')
    assert told.startswith("'")
    for part in told.replace("\t", ";").replace("\n", ";").split(";")[1:]:
        assert part.strip()[0] not in "=+-@＝＋－＠"


@pytest.mark.parametrize("text", ["a = b", "well-known", "a;b", "a, -5 degrees", "x@example.org"])
def test_other_text_is_unchanged(text: str) -> None:
    assert exported(text).strip('"') == text


def test_numbers_and_nothing_stay_what_they_are() -> None:
    with Flask(__name__).app_context():
        told = csv_answer("x.csv", ["a"], [[-1, 0.5, None]]).get_data(as_text=True)
    assert told.splitlines()[1] == "-1,0.5,"
