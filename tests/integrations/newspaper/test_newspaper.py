"""The newspaper loses no comment, shows none without a verdict, believes no forged callback, and counts as Moderato."""

import ast
import json
import threading
import time
from datetime import UTC, datetime

import pytest

from service.models.webhook_source import Style
from service.outside.signatures import new_secret, verify
from tests.integrations.newspaper.conftest import FOLDER, SOURCE, TEXT, Newspaper

CASES = json.loads((FOLDER.parents[1] / "tests/integrations/form/length_cases.json").read_text())["cases"]
EDITED = TEXT.replace("crossing", "speed limit")
TOXIC = [
    {"code": "toxic", "verdict": "hold", "text": "toxicity 0.71, hold from 0.50", "score": 0.71},
    {"code": "toxic", "verdict": "hold", "text": "insult 0.66, hold from 0.50", "score": 0.66},
    {"code": "duplicate", "verdict": "hold", "text": "repeats comment 7"},
]


def test_a_comment_goes_to_moderato_signed_and_is_shown_only_while_it_is_approved(newspaper: Newspaper) -> None:
    sent = newspaper.post(parent=None, language="en")
    receipt, comment_id = sent.get_json()["receipt"], sent.get_json()["id"]
    assert (sent.status_code, sent.get_json()["status"]) == (202, "pending")
    (event,) = newspaper.send_all()
    (request,) = newspaper.moderato.requests
    assert verify(
        Style.STANDARD, [newspaper.secret], request.headers, request.body, datetime.fromtimestamp(time.time(), UTC),
        token_header="",
    )  # fmt: skip
    assert (event["type"], event["data"]["id"], event["data"]["text"]) == ("comment.created", comment_id, TEXT)
    assert event["data"]["article_id"] == "high-street-saturdays"
    assert newspaper.published() == []
    assert newspaper.call_back(comment_id, "held", reasons=TOXIC).status_code == 204
    assert (newspaper.receipt(receipt)["status"], newspaper.published()) == ("held", [])
    newspaper.call_back(comment_id, "approved", sequence=3, decided_by={"source": "moderator"})
    assert [comment["text"] for comment in newspaper.published()] == [TEXT]
    newspaper.call_back(comment_id, "rejected", sequence=4)
    assert newspaper.published() == []
    steps = newspaper.steps(receipt)
    happened = (
        "Stored by the newspaper",
        "Webhook sent to Moderato, answered 200 in",
        "held, because it may be disrespectful (toxicity 0.71, hold from 0.50; insult 0.66, hold from 0.50) and",
        "Not shown: a moderator decides",
        "approved by a moderator",
        "Shown under the article",
    )
    assert sorted(happened, key=steps.index) == list(happened)


def test_the_sentence_that_a_moderator_chose_reaches_the_author(newspaper: Newspaper) -> None:
    comment = newspaper.post().get_json()
    chosen = {
        "code": "insult",
        "verdict": "reject",
        "label": "Insults a person",
        "text": "Your comment insults a person.",
    }
    newspaper.call_back(comment["id"], "rejected", reasons=[chosen], decided_by={"source": "moderator"})
    assert newspaper.receipt(comment["receipt"])["message"] == "Your comment insults a person."
    assert "Your comment insults a person." in newspaper.reader.get(f"/comments/{comment['receipt']}/page").text


def test_a_forged_or_old_callback_is_refused_and_changes_nothing(newspaper: Newspaper) -> None:
    comment_id = newspaper.post().get_json()["id"]
    assert newspaper.call_back(comment_id, "approved", secret=new_secret()).status_code == 401
    assert newspaper.call_back(comment_id, "approved", age=301).status_code == 401
    assert newspaper.reader.post("/moderato", json={"type": "comment.approved", "data": {}}).status_code == 401
    unsigned = {"webhook-id": "msg_1", "webhook-timestamp": "yesterday", "webhook-signature": "v1,\xe9 v2"}
    assert newspaper.reader.post("/moderato", data=b"{}", headers=unsigned).status_code == 401
    assert newspaper.published() == []


def test_a_late_a_repeated_and_a_foreign_callback_change_nothing(newspaper: Newspaper) -> None:
    comment = newspaper.post().get_json()
    newspaper.call_back(comment["id"], "rejected", sequence=5)
    before = newspaper.steps(comment["receipt"])
    for sequence in (4, 5):
        newspaper.call_back(comment["id"], "approved", sequence=sequence)
    newspaper.call_back(comment["id"], "approved", sequence=6, source=None)
    newspaper.call_back(comment["id"], "approved", sequence=7, revision=2)
    assert (newspaper.published(), newspaper.steps(comment["receipt"])) == ([], before)


def test_a_callback_of_another_kind_is_taken_and_changes_nothing(newspaper: Newspaper) -> None:
    comment = newspaper.post().get_json()
    newspaper.call_back(comment["id"], "approved")
    data = {"comment_id": comment["id"], "source": SOURCE, "report_id": "r", "kind": "spam", "outcome": "upheld"}
    assert newspaper.send_event("report.decided", data).status_code == 204
    assert len(newspaper.published()) == 1


def test_a_published_comment_that_is_held_again_is_hidden(newspaper: Newspaper) -> None:
    comment = newspaper.post().get_json()
    newspaper.call_back(comment["id"], "approved")
    newspaper.call_back(comment["id"], "held", sequence=3, decided_by={"source": "readers"})
    assert newspaper.published() == []


def test_an_edited_comment_is_hidden_until_the_new_text_is_judged(newspaper: Newspaper) -> None:
    comment = newspaper.post().get_json()
    page = f"/comments/{comment['receipt']}/page"
    newspaper.call_back(comment["id"], "approved")
    newspaper.reader.post(page, data={"text": TEXT})
    assert len(newspaper.published()) == 1, "no word was changed"
    newspaper.reader.post(page, data={"text": EDITED})
    newspaper.call_back(comment["id"], "approved", sequence=3)  # about the text before, and late
    assert newspaper.published() == []
    newspaper.call_back(comment["id"], "approved", sequence=4, revision=2)
    assert [shown["text"] for shown in newspaper.published()] == [EDITED]
    created, edited = newspaper.send_all()
    assert (edited["type"], edited["data"]["text"]) == ("comment.edited", EDITED)
    assert edited["data"]["changed_at"] > created["data"]["changed_at"]


def test_a_deleted_comment_is_gone_here_and_erased_there(newspaper: Newspaper) -> None:
    comment = newspaper.post().get_json()
    newspaper.send_all()
    newspaper.call_back(comment["id"], "approved")
    newspaper.reader.post(f"/comments/{comment['receipt']}/page", data={"delete": ""})
    assert newspaper.published() == []
    assert newspaper.reader.get(f"/comments/{comment['receipt']}").status_code == 404
    (deleted,) = newspaper.send_all()
    assert (deleted["type"], set(deleted["data"])) == ("comment.deleted", {"id", "changed_at"})
    unsent = newspaper.post().get_json()
    newspaper.reader.post(f"/comments/{unsent['receipt']}/page", data={"delete": ""})
    assert [event["type"] for event in newspaper.send_all()] == ["comment.deleted"]
    assert TEXT.encode() not in newspaper.file.read_bytes()


def test_a_deletion_is_sent_although_the_comment_is_just_being_sent(newspaper: Newspaper) -> None:
    comment = newspaper.post().get_json()
    under_way = newspaper.code.comments.next_webhook()
    newspaper.reader.post(f"/comments/{comment['receipt']}/page", data={"delete": ""})
    newspaper.code.comments.answered(under_way, 202, 1)
    assert [event["type"] for event in newspaper.send_all()] == ["comment.deleted"]


def test_a_report_of_a_published_comment_is_passed_on_for_its_reader(newspaper: Newspaper) -> None:
    comment_id = newspaper.post().get_json()["id"]
    path, about = f"/comments/{comment_id}/reports", {"kind": "spam", "text": "It sells watches."}
    listed = "/comments?article=high-street-saturdays"
    assert newspaper.reader.get(listed).get_json()["reports"] == [], "without a key it can pass nothing on"
    newspaper.call_back(comment_id, "approved")
    assert newspaper.reader.post(path, json=about).status_code == 404
    newspaper.code.app.config["MODERATION_KEY"] = "cm_live_key"
    assert newspaper.reader.get(listed).get_json()["reports"] == ["abuse", "spam", "illegal", "other"]
    assert newspaper.reader.post("/comments/unknown/reports", json=about).status_code == 404
    assert newspaper.reader.post(path, json=about | {"website": "x"}).status_code == 201
    at = f"/v1{path}?source={SOURCE}"
    assert newspaper.moderato.at(at) == []
    assert newspaper.reader.post(path, json=about).status_code == 200
    (sent,) = newspaper.moderato.at(at)
    body = json.loads(sent.body)
    assert (body["kind"], body["words"], len(body["reporter"]["id"])) == ("spam", "It sells watches.", 64)
    assert sent.headers["authorization"] == "Bearer cm_live_key"
    for address in ("2001:db8:1:2::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:3::1", "no address"):
        newspaper.reader.post(path, json=about, environ_base={"REMOTE_ADDR": address})
    one, same, other, unknown = (json.loads(sent.body)["reporter"]["id"] for sent in newspaper.moderato.at(at)[1:])
    assert len({one, other, unknown}) == 3
    assert one == same, "a /64 of IPv6 is one household's"
    newspaper.moderato.answers[at] = [409]
    assert newspaper.reader.post(path, json=about).status_code == 409


def test_a_comment_that_is_erased_at_moderato_goes_here_too(newspaper: Newspaper) -> None:
    comment = newspaper.post().get_json()
    body = json.dumps({"type": "comment.erased", "data": {"comment_id": comment["id"], "source": SOURCE}}).encode()
    now, signature = str(int(time.time())), newspaper.code.moderation.signature
    signed = signature(newspaper.callback_secret, "msg_2", now, body)
    headers = {"webhook-id": "msg_2", "webhook-timestamp": now, "webhook-signature": signed}
    assert newspaper.reader.post("/moderato", data=body, headers=headers).status_code == 204
    assert newspaper.reader.get(f"/comments/{comment['receipt']}").status_code == 404


def test_while_moderato_is_away_comments_are_kept_and_sent_later_in_their_order(newspaper: Newspaper) -> None:
    newspaper.moderato.answers[f"/v1/webhooks/{SOURCE}"] = [503, 500, 202]
    first, second = newspaper.post().get_json(), newspaper.post(EDITED).get_json()
    newspaper.send_all()
    newspaper.send_all()
    assert newspaper.steps(first["receipt"]).count("the newspaper keeps the comment and tries again") == 2
    newspaper.send_all()
    ids = [request.headers["webhook-id"] for request in newspaper.moderato.requests]
    assert (len(ids), len(set(ids)), len(set(ids[:3]))) == (4, 2, 1), "each attempt at one webhook has the same id"
    assert json.loads(newspaper.moderato.requests[-1].body)["data"]["id"] == second["id"]
    assert "answered 202" in newspaper.steps(second["receipt"])


def test_a_moderato_that_nobody_reaches_loses_no_comment_either(newspaper: Newspaper) -> None:
    newspaper.code.app.config["MODERATION_WEBHOOK"] = f"http://127.0.0.1:9/v1/webhooks/{SOURCE}"
    comment = newspaper.post().get_json()
    newspaper.send_all()
    assert "Moderato does not answer" in newspaper.steps(comment["receipt"])
    assert newspaper.code.comments.next_webhook()["comment"] == comment["id"]


@pytest.mark.parametrize(
    "text",
    ["Well said, and about time for it, too!", "no " * 40, "\u200b" * 60, ""],
    ids=["short", "filler", "unseen", "empty"],
)
def test_a_comment_that_is_too_short_is_refused_at_once_with_the_text(newspaper: Newspaper, text: str) -> None:
    refused = newspaper.post(text)
    assert (refused.status_code, refused.mimetype) == (422, "application/problem+json")
    problem = refused.get_json()
    assert (problem["code"], problem["minimum"]) == ("too_short", 50)
    page = newspaper.form(text)
    assert page.status_code == 422
    assert f"Your comment has {problem['length']} of at least 50 characters." in page.text
    assert text.strip() in page.text
    assert newspaper.send_all() == []


def test_it_counts_as_the_table_says_by_which_the_service_and_the_form_count(newspaper: Newspaper) -> None:
    counted = {}
    for case in CASES:
        text = newspaper.code.clean(case["text"] * case.get("times", 1))
        counted[case["name"]] = newspaper.code.length(text, 50, 10_000)
    assert counted == {case["name"]: case["length"] for case in CASES}


def test_a_comment_that_is_too_long_is_refused(newspaper: Newspaper) -> None:
    assert newspaper.post("word " * 2_001).get_json()["code"] == "too_long"
    assert newspaper.post("\u200b" * 40_001).get_json()["code"] == "too_long"


@pytest.mark.parametrize("body", ["[]", '"text"', '{"text": 7}', '{"text": "' + TEXT + '", "author": "Ruth"}', "{"])
def test_a_request_of_another_shape_is_refused(newspaper: Newspaper, body: str) -> None:
    assert newspaper.reader.post("/comments", data=body, content_type="application/json").status_code == 400


def test_a_program_that_fills_the_hidden_field_is_answered_and_nothing_is_kept(newspaper: Newspaper) -> None:
    assert newspaper.post(website="https://spam.example").status_code == 202
    assert newspaper.form(TEXT, website="https://spam.example").status_code == 303
    assert newspaper.send_all() == []


def test_a_question_with_wait_is_answered_when_the_verdict_arrives(newspaper: Newspaper) -> None:
    comment = newspaper.post().get_json()
    later = threading.Timer(0.2, lambda: newspaper.call_back(comment["id"], "held"))
    later.start()
    began = time.monotonic()
    answer = newspaper.code.app.test_client().get(f"/comments/{comment['receipt']}?wait=20")
    later.join()
    assert (answer.get_json()["status"], answer.headers["Cache-Control"]) == ("held", "no-store")
    assert time.monotonic() - began < 10


def test_the_list_is_sent_again_only_when_it_has_changed(newspaper: Newspaper) -> None:
    address = "/comments?article=high-street-saturdays"
    etag = newspaper.reader.get(address).headers["ETag"]
    assert newspaper.reader.get(address, headers={"If-None-Match": etag}).status_code == 304
    newspaper.call_back(newspaper.post().get_json()["id"], "approved")
    assert newspaper.reader.get(address, headers={"If-None-Match": etag}).status_code == 200


def test_a_reply_to_a_comment_that_is_not_published_replies_to_none(newspaper: Newspaper) -> None:
    first = newspaper.post().get_json()
    second = newspaper.post(EDITED, parent=first["id"]).get_json()
    newspaper.call_back(second["id"], "approved")
    assert [comment["parent"] for comment in newspaper.published()] == [None]
    newspaper.call_back(first["id"], "approved")
    assert [comment["parent"] for comment in newspaper.published()] == [None, first["id"]]


def test_what_readers_write_never_becomes_markup(newspaper: Newspaper) -> None:
    hostile = f"<script>alert(1)</script> <img src=x onerror=alert(1)> {TEXT} \ud800\x00"
    comment = newspaper.post(hostile, author={"name": "<b>Ruth"}).get_json()
    newspaper.call_back(comment["id"], "approved")
    pages = [newspaper.reader.get(path) for path in ("/", f"/comments/{comment['receipt']}/page?edit")]
    pages.append(newspaper.form("<script>short"))
    for page in pages:
        assert "<script>alert" not in page.text
        assert "<script>short" not in page.text
        assert "<b>Ruth" not in page.text
        assert "default-src 'none'; script-src 'self'" in page.headers["Content-Security-Policy"]


def test_it_imports_nothing_of_moderato() -> None:
    imported = {
        name.partition(".")[0]
        for path in FOLDER.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import)
            else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip
    assert not imported & {"service", "workers", "tests"}


def test_the_article_is_as_long_as_a_newspaper_prints_it() -> None:
    article = json.loads((FOLDER / "article.json").read_text())
    assert 300 <= len(" ".join(article["body"]).split()) <= 500
