"""Rules of `Idempotency-Key`."""

import threading

from flask import Flask
from sqlalchemy import func, select

from service.db import Database
from service.models import Comment, IdempotentAnswer
from tests.service.api.conftest import LONG_ENOUGH, Caller


def send(call: Caller, key: str, comment_id: str = "c1", text: str = LONG_ENOUGH) -> tuple[int, object]:
    body = {"id": comment_id, "text": text}
    answer = call("POST", "/v1/comments", json=body, headers={"Idempotency-Key": key})
    return answer.status_code, answer.json


def test_the_same_key_and_request_get_the_first_answer_again(call: Caller) -> None:
    first = send(call, "k1")
    assert first[0] == 202
    assert send(call, "k1") == first


def test_the_same_key_with_another_request_is_a_conflict(call: Caller) -> None:
    send(call, "k1")
    status, _ = send(call, "k1", "c2")
    assert status == 409
    assert call("GET", "/v1/comments/c2").status_code == 404


def test_a_refusal_is_not_kept(call: Caller) -> None:
    assert send(call, "k1", text="Too short.")[0] == 422
    assert send(call, "k1")[0] == 202


def test_a_key_belongs_to_its_site(call: Caller, other_call: Caller) -> None:
    assert send(call, "k1")[0] == 202
    assert send(other_call, "k1", "c9")[0] == 202


def test_a_key_that_is_no_key_is_refused(call: Caller) -> None:
    for key in ("", "x" * 201, "schlüssel"):
        assert send(call, key)[0] == 400


def test_what_is_kept_never_has_the_text(call: Caller, database: Database) -> None:
    call.send("c1")
    assert send(call, "k1")[0] == 200
    assert send(call, "k1")[0] == 200
    with database.read() as session:
        assert all(LONG_ENOUGH not in str(kept.body) for kept in session.scalars(select(IdempotentAnswer)))


def test_a_batch_sent_again_gets_its_first_answer(call: Caller) -> None:
    body = {"comments": [{"id": "a", "text": LONG_ENOUGH}, {"id": "b", "text": "Too short."}]}
    answers = [call("POST", "/v1/comments/batch", json=body, headers={"Idempotency-Key": "k1"}).json for _ in range(2)]
    assert answers[0] == answers[1]


def test_the_same_request_many_times_at_once_stores_one_comment(app: Flask, call: Caller, database: Database) -> None:
    seen: list[tuple[int, object]] = []

    def one() -> None:
        seen.append(send(Caller(app.test_client(), call.key), "k1"))

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert {status for status, _ in seen} == {202}
    assert all(answer == seen[0][1] for _, answer in seen)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Comment)) == 1
