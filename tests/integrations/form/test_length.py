"""The counter in the browser and the server measure a comment alike: one table of cases, and random texts."""

import itertools
import json
import random
from pathlib import Path
from typing import Any

import pytest
import regex
from playwright.sync_api import Page

from service.moderation.text.cleaning import clean
from service.moderation.text.length import length_up_to, short_of_words

MINIMUM, MAXIMUM = 50, 10_000
CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "length_cases.json").read_text())["cases"]
CHANGED = "\u1cf5\u1cf6"  # two Vedic signs: letters until Unicode 17, marks since
SEED, RANDOM_TEXTS = 17, 3_000
# As JSON, because a browser's protocol carries no halves of emoji.
MEASURE = """async ([texts, minimum, maximum]) => {
  const { clean, measure } = await import("/embed/length.js");
  return JSON.parse(texts).map((text) => measure(clean(text), minimum, maximum).length);
}"""
CLEAN = """async (texts) => {
  const { clean } = await import("/embed/length.js");
  return JSON.parse(texts).map(clean);
}"""
# Pieces that make clusters, white space, filler and nothing of each other in every order.
PIECES = (
    *"ab .,!?é日क्षनमसतेக்ษ",
    *("\u0301", "\u0300\u0308", "\u094d", "\u093f", "\u200b", "\u200c", "\u200d", "\u2060", "\u00ad", "\ufeff"),
    *("\ufe0f", "👨", "👩\u200d", "🏽", "❤️", "🇺", "🇸", "🇩🇪", "🏴", "\U000e0067", "\U000e007f", "1\ufe0f\u20e3"),
    *("\n", "\r\n", "\t", "\x0b", "\x85", "\u2028", "\u3000", "\u3164", "\u2800", "\x00", "\x1c", "\u0600", "\u0d4e"),
    *("\u1100", "\u1161", "\u11a8", "각", "가", "ha ", "...", "word ", "\U000e0001", "\U0001d165"),
)


def text_of(case: dict[str, Any]) -> str:
    return str(case["text"]) * int(case.get("times", 1))


def on_the_server(text: str, minimum: int = MINIMUM, maximum: int = MAXIMUM) -> int:
    """Return the number that intake counts, and answers where it is too small or too large."""
    cleaned = clean(text)
    length = length_up_to(cleaned, maximum)
    if length > maximum:
        return length
    of_words = short_of_words(cleaned, length, minimum)
    return length if of_words is None else of_words


def in_the_browser(page: Page, texts: list[str], minimum: int = MINIMUM, maximum: int = MAXIMUM) -> list[int]:
    """Return what the component counts."""
    return list(page.evaluate(MEASURE, [json.dumps(texts), minimum, maximum]))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_server_counts_as_the_table_says(case: dict[str, Any]) -> None:
    assert on_the_server(text_of(case)) == case["length"]


def test_the_browser_counts_as_the_table_says(blank: Page) -> None:
    counted = in_the_browser(blank, [text_of(case) for case in CASES])
    assert {case["name"]: count for case, count in zip(CASES, counted, strict=True)} == {
        case["name"]: case["length"] for case in CASES
    }


def test_random_texts_are_counted_alike(blank: Page) -> None:
    """Of the code points, those that both versions of Unicode know, and alike: the server's is often newer."""
    texts = blank.evaluate(r"texts => texts.map((text) => text.replace(/\p{Cn}/gu, ''))", random_texts())
    texts = [regex.sub(rf"[\p{{Cn}}{CHANGED}]", "", text) for text in texts]
    counted = in_the_browser(blank, texts)
    differing = [
        (text, on_the_server(text), count)
        for text, count in zip(texts, counted, strict=True)
        if count != on_the_server(text)
    ]
    assert [(ascii(text), server, browser) for text, server, browser in differing[:20]] == []


def test_halves_of_pairs_are_taken_out_alike(blank: Page) -> None:
    pieces = ("\ud800", "\udfff", "\U000103ff", "a", "\x00")
    texts = ["".join(chosen) for length in range(1, 6) for chosen in itertools.product(pieces, repeat=length)]
    cleaned = blank.evaluate(CLEAN, json.dumps(texts))
    expected = [clean(json.loads(json.dumps(text))) for text in texts]  # in JSON two halves side by side are a pair
    assert [(ascii(text), ascii(ours), ascii(its)) for text, ours, its in zip(texts, expected, cleaned, strict=True)
            if ours != its][:20] == []  # fmt: skip


def test_a_text_beyond_all_bounds_is_counted_by_its_code_points(blank: Page) -> None:
    texts = ["\u200b" * 401, "\u200b" * 400, "😀" * 101, "word " * 40]
    assert in_the_browser(blank, texts, 50, 100) == [401, 0, 101, 199]
    assert [on_the_server(text, 50, 100) for text in texts] == [401, 0, 101, 199]


def random_texts() -> list[str]:
    """Return texts of joined pieces, some of them repeated, and texts of any code points but surrogates."""
    chance = random.Random(SEED)
    texts = []
    for _ in range(RANDOM_TEXTS // 2):
        pieces = [chance.choice(PIECES) * chance.choice((1, 1, 1, 2, 5, 40)) for _ in range(chance.randrange(40))]
        texts.append("".join(pieces))
    planes = ((0x20, 0x2FF), (0x300, 0x1FFF), (0x2000, 0xD7FF), (0x1F000, 0x1FAFF), (0xE000, 0x10FFFF))
    for _ in range(RANDOM_TEXTS // 2):
        codes = [chance.randint(*chance.choice(planes)) for _ in range(chance.randrange(80))]
        texts.append("".join(map(chr, codes)))
    return texts
