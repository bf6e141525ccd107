"""Invariant 14: a publisher's ids are the publisher's. Every route carries each of them, and returns it unchanged."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, Response, request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.accounts import keys
from service.api.operation import OPERATIONS
from service.db import Database
from service.models import Comment, Delivery, Site
from service.moderation.callbacks import payloads
from service.vocabulary import Scope, Verdict
from tests.service.api.conftest import LONG_ENOUGH, Caller
from tests.support.comments import classify
from tests.support.nasty_ids import NASTY, plainest, segment
from tests.support.outbox import listen

ANY_ID = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=512)


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    rates = ("MODERATO_RATE_LIMIT_PER_MINUTE", "MODERATO_READER_COMMENTS_PER_MINUTE")
    return environ | dict.fromkeys(rates, "1000000")


@pytest.fixture
def visited(app: Flask) -> set[str]:
    """The names of the operations that have answered."""
    names: set[str] = set()

    def note(response: Response) -> Response:
        names.add(str(request.endpoint).removeprefix("api."))
        return response

    app.after_request_funcs = {**app.after_request_funcs, None: [*app.after_request_funcs[None], note]}
    return names


def ok(answer: TestResponse, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text[:300]
    return answer.get_json()


def text_of(number: int) -> str:
    return f"{LONG_ENOUGH} This is number {number}, and there is no other like it."


@pytest.mark.parametrize("part", range(4))
def test_every_route_carries_every_id(
    call: Caller, database: Database, site: Site, visited: set[str], part: int
) -> None:
    ids = ("a", *(one for one in NASTY[part::4] if one != "a"))
    listen(database, site)
    with database.write() as session:
        form_key = keys.create(session, site.id, "form", scopes=(Scope.SUBMIT,))
    for number, one in enumerate(ids):
        path = segment(one)
        assert ok(call("PUT", f"/v1/articles/{path}", json={"title": "The bridge"}), 201)["id"] == one
        assert ok(call("GET", f"/v1/articles/{path}"))["id"] == one
        assert ok(call("PUT", f"/v1/authors/{path}", json={"standing": "trusted", "reason": "known"}))["id"] == one
        sent = call.send(one, text_of(number), article_id=one, parent_id=one, author={"id": one, "name": "Ann"})
        assert ok(sent, 202)["id"] == one
    assert sorted(classify(database, Verdict.REJECT)) == sorted(row_ids(database))

    for number, one in enumerate(ids):
        path = segment(one)
        comment = ok(call("GET", f"/v1/comments/{plainest(one)}?wait=0"))
        told = (comment["id"], comment["article_id"], comment["parent_id"], comment["author"]["id"])
        assert (comment["text"], told) == (text_of(number), (one, one, one, one))
        listed = ok(call("GET", "/v1/comments", query_string={"article_id": one, "author_id": one}))
        assert [found["id"] for found in listed["comments"]] == [one]
        author = ok(call("GET", f"/v1/authors/{path}"))
        assert (author["id"], author["counts"]["rejected"]) == (one, 1)
        assert [strike["comment_id"] for strike in author["strikes"]] in ([], [one])
        appeal = ok(call("POST", f"/v1/comments/{path}/appeals", json={"text": "Please look again."}), 201)
        assert appeal["comment_id"] == one
        assert ok(call("GET", f"/v1/comments/{path}/appeals"))["appeals"] == [appeal]
        verdict = {"verdict": "approve", "expected_version": comment["version"]}
        assert ok(call("POST", f"/v1/comments/{path}/decisions", json=verdict), 201)["status"] == "approved"
        report = {"kind": "spam", "reporter": {"id": one}}
        reported = ok(call("POST", f"/v1/comments/{path}/reports", json=report), 201)
        assert (reported["comment_id"], reported["reporter_id"]) == (one, one)
        assert ok(call("GET", f"/v1/comments/{path}/reports"))["reports"] == [reported]
        ok(call.client.post(f"/v1/reader/comments/{path}/reports?key={form_key}", json={"kind": "spam"}), 201)
        assert ok(call("PUT", f"/v1/comments/{path}", json={"text": text_of(number) + " Again."}), 202)["id"] == one

    with database.read() as session:
        bodies = [payloads.payload(session, delivery)["data"] for delivery in session.scalars(select(Delivery))]
    assert {(body["comment_id"], body["article_id"]) for body in bodies} == {(one, one) for one in ids}

    for one in ids:
        assert ok(call("DELETE", f"/v1/comments/{segment(one)}"))["comments"] == 1
        assert ok(call("DELETE", f"/v1/authors/{segment(one)}/comments"))["author_records"] == 1
        assert call("GET", f"/v1/authors/{segment(one)}").status_code == 404
    assert {declared.name for declared in OPERATIONS if declared.publisher_ids} <= visited


def test_where_a_comment_can_be_followed_leads_to_that_comment(call: Caller) -> None:
    for number, one in enumerate(NASTY):
        location = call.send(one, text_of(number)).headers.get("Location")
        if location is not None:
            assert ok(call("GET", location))["id"] == one
        # A proxy with 4,096 bytes for headers would answer 502 in our place.
        assert (location is None) == (len(plainest(one)) > 1_900)


def test_a_batch_carries_every_id(call: Caller) -> None:
    comments = [{"id": one, "text": text_of(number)} for number, one in enumerate(NASTY)]
    answer = ok(call("POST", "/v1/comments/batch", json={"comments": comments}))
    assert [result["comment"]["id"] for result in answer["results"]] == list(NASTY)


def test_an_answer_that_is_repeated_has_the_same_id(call: Caller) -> None:
    for number, one in enumerate(NASTY):
        headers = {"Idempotency-Key": f"key-{number}"}
        body = {"id": one, "text": text_of(number)}
        first, again = (call("POST", "/v1/comments", json=body, headers=headers) for _ in range(2))
        assert (first.get_json(), first.headers.get("Location")) == (again.get_json(), again.headers.get("Location"))
        assert again.headers["Idempotency-Replayed"] == "true"


@settings(
    max_examples=25, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(comment_id=ANY_ID, author_id=ANY_ID)
def test_any_string_comes_back_as_it_was(call: Caller, comment_id: str, author_id: str) -> None:
    assert call.send(comment_id).get_json()["id"] == comment_id
    assert ok(call("GET", f"/v1/comments/{plainest(comment_id)}"))["id"] == comment_id
    standing = {"standing": "trusted"}
    assert ok(call("PUT", f"/v1/authors/{plainest(author_id)}", json=standing))["id"] == author_id


@pytest.mark.parametrize(("number", "same"), [(17, "17"), (0, "0"), (-1, "-1"), (10**511, "1" + "0" * 511)])
def test_an_integer_is_its_decimal_string(call: Caller, number: int, same: str) -> None:
    sent = call.send(number, article={"id": number}, parent_id=number, author={"id": number})  # type: ignore[arg-type]
    assert ok(sent, 202)["id"] == same
    found = ok(call("GET", f"/v1/comments/{same}"))
    assert (found["id"], found["article_id"], found["parent_id"], found["author"]["id"]) == (same,) * 4


BAD: dict[str, Callable[[str], dict[str, Any]]] = {
    "#/id": lambda bad: {"id": bad},
    "#/article_id": lambda bad: {"article_id": bad},
    "#/article/id": lambda bad: {"article": {"id": bad}},
    "#/parent_id": lambda bad: {"parent_id": bad},
    "#/author/id": lambda bad: {"author": {"id": bad}},
}


@pytest.mark.one_database
@pytest.mark.parametrize("bad", ["a\x00", "\n", "a\tb", "\x7f", "\x85", "\ud83d", "x" * 513])
@pytest.mark.parametrize("pointer", BAD)
def test_what_can_be_no_id_is_refused_with_what_would_be_right(call: Caller, pointer: str, bad: str) -> None:
    answer = call("POST", "/v1/comments", json={"id": "c1", "text": LONG_ENOUGH} | BAD[pointer](bad))
    (error,) = ok(answer, 422)["errors"]
    assert (error["pointer"], error["detail"]) == (
        pointer,
        "must be 1 to 512 characters, none of them a control character",
    )


def row_ids(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Comment.id)))


def test_the_root_of_the_address_is_a_page_and_no_redirect_to_itself(app: Flask) -> None:
    answer = app.test_client().get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/")
