"""Mistakes in a page: the form works all the same, or no form is shown and the console says why."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.integrations.form.comments_server import Script
from tests.integrations.form.conftest import Opens, Reader
from tests.integrations.form.test_writing import field, post


@pytest.mark.parametrize(
    ("written", "sent"),
    [("bridge?page=2", "{address}/bridge?page=2"), ("/news/bridge", "{address}/news/bridge"), ("javascript:0", None)],
)
def test_the_articles_address_is_sent_as_the_page_means_it(
    opens: Opens, script: Script, address: str, written: str, sent: str | None
) -> None:
    page = opens().open(tags=json.dumps({"article-url": written}))
    post(page)
    expect(page.get_by_text("Received")).to_be_visible()
    assert script.sent[0]["article"].get("url") == (sent and sent.format(address=address))


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({"article": None}, "the attribute article is missing."),
        ({"article": None, "comments": ""}, "the attribute comments and the attribute article is missing."),
        ({"comments": "http://[comments"}, "the attribute comments is no address."),
    ],
    ids=["no article", "neither", "no address"],
)
def test_a_form_that_cannot_work_is_not_shown_and_the_console_says_why_once(
    browser: Any, address: str, script: Script, tags: dict[str, str | None], said: str
) -> None:
    reader = Reader(browser, address)
    page = reader.goto(f"/article?tags={json.dumps(tags)}")
    reader.settle()
    assert [said in fault for fault in reader.faults] == [True], reader.faults
    assert page.evaluate("document.querySelector('moderato-comments').shadowRoot") is None
    assert script.lists == []
    expect(page.locator("moderato-comments > form")).to_be_visible()
    reader.close()


OWN: list[Any] = [
    {"guidance": 7, "leaveAComment": "Join in"},
    {"more": {"one": "{n} more"}, "guidance": None, "noSuchSentence": "?", "leaveAComment": "Join in"},
    {"count": ["{n}"], "comments": {"other": 3}, "constructor": "?", "leaveAComment": "Join in"},
]


@pytest.mark.parametrize("own", OWN, ids=["a number", "half a plural", "lists"])
def test_own_sentences_that_are_none_are_left_out_and_the_others_are_used(opens: Opens, own: dict[str, Any]) -> None:
    page = opens().open(own=own)
    expect(page.get_by_role("heading", name="Join in")).to_be_visible()
    expect(page.get_by_text("We welcome thoughtful discussions")).to_be_visible()
    field(page).fill("Well said.")
    expect(page.get_by_text("40 more characters to go.")).to_be_visible()


@pytest.mark.parametrize("own", ["null", "7", "[1]"])
def test_a_script_without_sentences_changes_nothing(opens: Opens, own: str) -> None:
    page = opens().goto(f"/article?own={own}")
    expect(page.get_by_text("We welcome thoughtful discussions")).to_be_visible()
    expect(page.get_by_role("heading", name="Leave a comment")).to_be_visible()


def test_english_in_a_page_from_right_to_left_is_written_from_left_to_right(opens: Opens, script: Script) -> None:
    script.publish("جسر جميل، لكنه تأخر كثيرًا.", author="ليلى")
    page = opens().open(lang="ar", dir="rtl")
    assert direction(page, ".guidance") == direction(page, "#reason") == direction(page, "h2") == "ltr"
    assert direction(page, ".published .text") == "rtl"
    field(page).fill("جسر جميل")
    assert page.evaluate(f"{SHADOW}.querySelector('section').lang") == "en"
    assert page.evaluate(f"getComputedStyle({SHADOW}.querySelector('#text')).unicodeBidi") == "plaintext"


SHADOW = "document.querySelector('moderato-comments').shadowRoot"


def direction(page: Page, selector: str) -> str:
    return str(page.evaluate(f"(selector) => getComputedStyle({SHADOW}.querySelector(selector)).direction", selector))
