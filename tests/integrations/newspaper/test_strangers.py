"""The newspaper's pages and questions hold out against long threads, hasty clicks, and posts from other sites."""

import re
import sqlite3
import threading
import time
from contextlib import closing
from datetime import datetime

import pytest
from playwright.sync_api import expect

from tests.integrations.newspaper.conftest import TEXT, Newspaper
from tests.support.browser import EXECUTABLE, Window, chromium, serving

EDITED = TEXT.replace("crossing", "speed limit")


def test_a_chain_of_replies_without_javascript_has_three_levels_and_then_names(newspaper: Newspaper) -> None:
    chain = [
        (f"c{number}", f"c{number - 1}", f"Reader {number}", f"2026-11-22T10:00:00.{number:06}+00:00")
        for number in range(250)
    ]
    with closing(sqlite3.connect(newspaper.file)) as db, db:
        columns = "id, parent, author, created_at, text, status"
        db.executemany(f"INSERT INTO comments ({columns}) VALUES (?, ?, ?, ?, 'Yes.', 'approved')", chain)
    page = newspaper.reader.get("/")
    assert (page.status_code, page.text.count('<p class="text"')) == (200, 250)
    depth = deepest = 0
    for tag in re.findall(r'<ol class="thread"|</ol>', page.text[page.text.index("<h2>Comments</h2>") :]):
        depth += -1 if tag == "</ol>" else 1
        deepest = max(deepest, depth)
    assert deepest == 4, "the first, and three levels of replies"
    assert page.text.count("in reply to Reader") == 246
    assert "in reply to Reader 248" in page.text


def test_the_list_without_javascript_says_when_and_the_form_that_a_name_is_optional(newspaper: Newspaper) -> None:
    newspaper.call_back(newspaper.post().get_json()["id"], "approved")
    page = newspaper.reader.get("/").text
    at = newspaper.published()[0]["created_at"]
    assert datetime.fromisoformat(
        re.findall(r'<time class="note" datetime="([^"]*)"', page)[-1]
    ) == datetime.fromisoformat(at)
    assert re.search(r'<label for="author">Your name.*\(optional\)', page)


def test_one_edit_that_is_saved_twice_at_once_is_one_edit(newspaper: Newspaper) -> None:
    sent = newspaper.post().get_json()
    as_both_found_it = newspaper.code.comments.find(sent["receipt"])
    for _ in range(2):
        newspaper.code.comments.edit(as_both_found_it, EDITED)
    newspaper.call_back(sent["id"], "approved", sequence=3, revision=2)
    assert [shown["text"] for shown in newspaper.published()] == [EDITED]
    assert [event["type"] for event in newspaper.send_all()] == ["comment.created", "comment.edited"]


@pytest.mark.parametrize("status", ["approved", "rejected"])
def test_a_question_about_a_decided_comment_is_answered_at_once(newspaper: Newspaper, status: str) -> None:
    comment = newspaper.post().get_json()
    newspaper.call_back(comment["id"], status)
    began = time.monotonic()
    assert newspaper.reader.get(f"/comments/{comment['receipt']}?wait=5").get_json()["status"] == status
    assert time.monotonic() - began < 2


def test_a_question_about_a_held_comment_waits_unless_the_reader_is_shown_something_else(newspaper: Newspaper) -> None:
    comment = newspaper.post().get_json()
    newspaper.call_back(comment["id"], "held")
    began = time.monotonic()
    answer = newspaper.reader.get(f"/comments/{comment['receipt']}?wait=5&status=pending")
    assert answer.get_json()["status"] == "held"
    assert time.monotonic() - began < 2
    later = threading.Timer(0.2, lambda: newspaper.call_back(comment["id"], "approved", sequence=3))
    later.start()
    answer = newspaper.code.app.test_client().get(f"/comments/{comment['receipt']}?wait=20&status=held")
    later.join()
    assert answer.get_json()["status"] == "approved"
    assert time.monotonic() - began < 10


def test_what_another_site_makes_a_browser_post_is_refused(newspaper: Newspaper) -> None:
    comment = newspaper.post().get_json()
    own = {"Origin": "http://localhost"}
    for origin in ("https://elsewhere.example", "null", "http://localhost.elsewhere.example"):
        foreign = {"Origin": origin}
        assert newspaper.reader.post("/comments", data={"text": TEXT}, headers=foreign).status_code == 403
        page = f"/comments/{comment['receipt']}/page"
        assert newspaper.reader.post(page, data={"delete": ""}, headers=foreign).status_code == 403
    assert newspaper.reader.post("/comments", data={"text": TEXT}, headers=own).status_code == 303
    assert newspaper.receipt(comment["receipt"])["status"] == "pending"


@pytest.mark.parametrize("field", ["parent", "language"])
def test_a_field_that_is_longer_than_any_id_is_refused(newspaper: Newspaper, field: str) -> None:
    assert newspaper.post(**{field: "c" * 120_000}).status_code == 400
    assert newspaper.form(TEXT, **{field: "c" * 120_000}).status_code == 400
    assert newspaper.send_all() == []


@pytest.mark.skipif(EXECUTABLE is None, reason="no Chromium on this machine")
def test_the_steps_of_a_comment_that_was_deleted_in_another_tab_go_away(newspaper: Newspaper) -> None:
    receipt = newspaper.post().get_json()["receipt"]
    with serving(newspaper.code.app) as address, chromium() as browser:
        reader = Window(browser, address, refusals=True)
        page = reader.goto("/")
        page.evaluate("(receipt) => sessionStorage.setItem('newspaper:receipt', receipt)", receipt)
        page.reload()
        expect(page.locator("#steps")).to_contain_text("Stored by the newspaper")
        newspaper.reader.post(f"/comments/{receipt}/page", data={"delete": ""})
        expect(page.locator("#steps")).to_contain_text("Write a comment, and each step appears here")
        expect(page.locator("#steps a")).to_have_count(0)
        assert page.evaluate("sessionStorage.getItem('newspaper:receipt')") is None
        assert reader.faults == []
        reader.close()
