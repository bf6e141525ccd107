"""What a CMS sends without thinking is taken: empty fields, guests, en_US, a byte order mark, control characters."""

import json
from typing import Any

import pytest

from service.db import Database
from service.models import Comment
from tests.service.api.conftest import LONG_ENOUGH, Caller

EMPTY = ("article_id", "parent_id", "language", "created_at", "callback_url")


def found(call: Caller, comment_id: str = "c1") -> dict[str, Any]:
    answer = call("GET", f"/v1/comments/{comment_id}").get_json()
    assert answer is not None
    return dict(answer)


def test_an_empty_optional_field_is_absence(call: Caller) -> None:
    assert call.send("c1", **dict.fromkeys(EMPTY, ""), author={"id": "", "name": ""}).status_code == 202
    comment = found(call)
    assert [comment[name] for name in ("article_id", "parent_id", "language", "created_at", "author")] == [None] * 5


def test_an_empty_field_of_an_article_is_absence(call: Caller) -> None:
    article = {"title": "The bridge", "url": "", "language": "", "published_at": ""}
    stored = call("PUT", "/v1/articles/bridge", json=article).get_json()
    assert (stored["url"], stored["language"], stored["published_at"]) == (None, None, None)


def test_an_author_with_only_a_name_is_a_guest(call: Caller) -> None:
    assert call.send("c1", author={"name": "Ann"}).status_code == 202
    assert found(call)["author"] == {"id": None, "name": "Ann"}
    call("DELETE", "/v1/comments/c1")
    assert found(call)["author"] is None


def test_guests_share_no_record(call: Caller) -> None:
    for number in range(3):
        call.send(f"c{number}", f"{LONG_ENOUGH} Number {number}.", author={"name": "Ann"})
    assert call("GET", "/v1/authors/Ann").status_code == 404


@pytest.mark.parametrize(("sent", "kept"), [("en_US", "en-US"), ("zh_Hant_TW", "zh-Hant-TW"), ("de", "de")])
def test_a_language_may_have_underscores(call: Caller, sent: str, kept: str) -> None:
    call.send("c1", language=sent)
    assert found(call)["language"] == kept


@pytest.mark.parametrize("path", ["/v1/comments", "/v1/comments/batch"])
def test_a_byte_order_mark_before_json_is_skipped(call: Caller, path: str) -> None:
    comment = {"id": "c1", "text": LONG_ENOUGH}
    body = {"comments": [comment]} if path.endswith("batch") else comment
    sent = b"\xef\xbb\xbf" + json.dumps(body).encode()
    assert call("POST", path, data=sent, content_type="application/json").status_code in (200, 202)
    assert found(call)["text"] == LONG_ENOUGH


def test_control_characters_are_removed_before_counting(call: Caller) -> None:
    pasted = "\x00The old\x0bbridge\x0c was\x1b\x07 closed\x85twice\r\nand\ragain,\t\x7f\x9fsay the neighbours here."
    kept = "The old\nbridge\n was closed\ntwice\nand\nagain,\tsay the neighbours here."
    answer = call.send("c1", pasted)
    assert (answer.status_code, answer.get_json()["length"]) == (202, len(kept) - 1)
    assert found(call)["text"] == kept
    assert call.send("c1", kept).status_code == 200, "the same text, cleaned"
    assert call.send("c2", "x" * 40 + "\x07" * 40).status_code == 422, "what is removed is not counted"


@pytest.mark.parametrize("half", ["\\ud83d", "\\ude00", "\\uD83D\\ud83d"])
def test_half_an_emoji_is_removed_from_a_text(call: Caller, half: str) -> None:
    body = f'{{"id": "c1", "text": "{LONG_ENOUGH} \\ud83d\\ude00 \\\\ud83d {half}"}}'
    answer = call("POST", "/v1/comments", data=body, content_type="application/json")
    assert answer.status_code == 202, answer.text
    assert found(call)["text"] == f"{LONG_ENOUGH} \U0001f600 \\ud83d "


def test_names_and_titles_are_cleaned_and_stay_on_one_line(call: Caller, database: Database) -> None:
    call.send("c1", author={"id": "u1", "name": " Ann\x00\n\tLee "}, article={"id": "a1", "title": "The\x0bbridge\x1b"})
    assert found(call)["author"]["name"] == "Ann Lee"
    assert call("GET", "/v1/articles/a1").get_json()["title"] == "The bridge"
    with database.read() as session:
        assert session.query(Comment).one().author_name == "Ann Lee"
