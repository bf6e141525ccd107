"""Listed terms are found as whole words, in any disguise, where they stand in the original."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.moderation.text.terms import TermHit, TermList

LIST = TermList.compile(["idiot", "ass", "bad  word", "日本", "c++", "Ñandú", "ﬁg", "$"])


def found(text: str) -> list[tuple[str, str]]:
    return [(text[hit.start : hit.end], hit.term) for hit in LIST.find(text)]


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("You IDIOT!", [("IDIOT", "idiot")]),
        ("an i.d.i.o.t and a 1d10t", [("i.d.i.o.t", "idiot"), ("1d10t", "idiot")]),
        ("an id\u200biot", [("id\u200biot", "idiot")]),
        ("assess the class, pass the glass", []),
        ("my ass-", [("ass", "ass")]),
        ("such a bad\nword", [("bad\nword", "bad word")]),
        ("これは日本語", [("日本", "日本")]),
        ("I like c++ more", [("c++", "c++")]),
        ("un ÑANDÚ", [("ÑANDÚ", "Ñandú")]),
        ("a fig and a ﬁg", [("fig", "ﬁg"), ("ﬁg", "ﬁg")]),
        ("idiots", []),
        ("5$", [("$", "$")]),
        ("hello👍ass", [("ass", "ass")]),
        ("İİİ idiot", [("idiot", "idiot")]),
    ],
)
def test_a_term_is_found_where_it_stands(text: str, hits: list[tuple[str, str]]) -> None:
    assert found(text) == hits


def test_accents_distinguish_words_unless_folded() -> None:
    assert TermList.compile(["schwul"]).find("so schwül heute") == ()
    assert TermList.compile(["fuck"], fold_accents=True).find("fück") == (TermHit(0, 4, "fuck"),)


@pytest.mark.parametrize("terms", [[""], ["  "], ["x" * 256], ["\u200b"]])
def test_a_term_that_cannot_be_searched_for_is_refused(terms: list[str]) -> None:
    with pytest.raises(ValueError, match="must "):
        TermList.compile(terms)


def test_an_empty_list_finds_nothing() -> None:
    assert TermList.compile([]).find("idiot") == ()


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_term_between_spaces_is_always_found(before: str, after: str) -> None:
    text = f"{before} idiot {after}"
    assert TermHit(len(before) + 1, len(before) + 6, "idiot") in LIST.find(text)


@given(st.text(max_size=80))
def test_hits_lie_inside_the_text(text: str) -> None:
    assert all(0 <= hit.start < hit.end <= len(text) for hit in LIST.find(text))


def test_five_thousand_terms_cost_less_than_half_a_millisecond_per_comment() -> None:
    rng = random.Random(7)
    terms = ["".join(rng.choices("abcdefghijklmnoprstuvwy", k=rng.randint(5, 12))) for _ in range(5_000)]
    compiled = TermList.compile(terms)
    text = "The council should have repaired these roads before winter; everybody here pays for it now. " * 3
    start = time.process_time()
    for _ in range(200):
        compiled.find(text)
    assert (time.process_time() - start) / 200 < 0.0005
