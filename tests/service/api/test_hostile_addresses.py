"""Whatever host, address, parameter, method or key is sent, the answer is a 4xx problem that repeats nothing of it."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from service.api.operation import OPERATIONS, PARAMETER
from service.app import create_app
from service.installation.settings import Settings
from tests.service.api.conftest import Caller
from tests.support.refusals import MARK, assert_refused

DEEP = 100_000


def test_a_host_that_is_not_ours_is_refused(quiet_call: Caller, tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path, trusted_hosts="news.example"))
    assert app.test_client().get("/healthz", headers={"Host": "news.example"}).status_code == 200
    answer = app.test_client().get("/healthz", headers={"Host": MARK + ".example"})
    assert answer.status_code == 400
    assert_refused(answer)


@pytest.mark.parametrize(
    "path",
    ["/v1/comments/%ff", "/v1/comments/%ed%a0%80", "/v1/comments/a%20b", "/v1/comments/%E2%80%8B", f"/v1/{MARK}"],
)
def test_an_address_of_nothing_is_not_found(quiet_call: Caller, path: str) -> None:
    answer = quiet_call("GET", path)
    assert answer.status_code == 404
    assert_refused(answer)


@pytest.mark.parametrize("bad", ["%00", "a%0Ab", "%7F", "%C2%85", "x" * 513])
@pytest.mark.parametrize(
    "declared", [one for one in OPERATIONS if one.publisher_ids], ids=lambda declared: declared.name
)
def test_an_address_with_what_can_be_no_id_says_what_an_id_is(quiet_call: Caller, declared: Any, bad: str) -> None:
    answer = quiet_call(declared.method, PARAMETER.sub(bad, declared.path), json={})
    assert answer.status_code == 422
    assert "1 to 512 characters" in answer.get_json()["errors"][0]["detail"]
    assert_refused(answer)


@pytest.mark.parametrize(
    "query",
    [
        "wait=31",
        "wait=-1",
        "wait=NaN",
        "wait=inf",
        "wait=" + "9" * 5_000,
        "wait=",
        f"wait={MARK}",
        "wait=1&wait=2",
        f"{MARK}=1",
    ],
)
def test_a_bad_parameter_of_a_poll_is_refused(quiet_call: Caller, query: str) -> None:
    answer = quiet_call("GET", f"/v1/comments/c1?{query}")
    assert answer.status_code == 400
    assert_refused(answer)


@pytest.mark.parametrize(
    "query",
    [
        "status=open",
        "limit=0",
        "limit=201",
        "limit=1e9",
        "since=yesterday",
        "since=0.5",
        "since=2026-11-22T10:00:00",
        "since=0001-01-01T00:00:00%2B14:00",
        "article_id=",
        "article_id=a%0Ab",
        "author_id=%00",
        f"cursor={MARK}",
        "cursor=",
        "cursor=W10=",
        "cursor=WzEsMl0=",
        "cursor=eyJhIjoxfQ==",
        "cursor=" + "W" * 200,
        "cursor=%00",
        "cursor=%F0%9F%98%80",
    ],
)
def test_a_bad_parameter_of_a_list_is_refused(quiet_call: Caller, query: str) -> None:
    answer = quiet_call("GET", f"/v1/comments?{query}")
    assert answer.status_code == 400
    assert_refused(answer)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        f"Bearer {MARK}",
        "Bearer cm_live_" + "0" * 58,
        "Bearer cm_live_00000000_" + "0" * 49,
        "Bearer " + "x" * 10_000,
        "Bearer cm_live_\xe9",
    ],
)
def test_without_a_key_in_force_nothing_is_read(app: Flask, header: str | None) -> None:
    client = app.test_client()
    for declared in OPERATIONS:
        path = PARAMETER.sub("c1", declared.path)
        headers = {"Authorization": header} if header is not None else {}
        answer = client.open(path, method=declared.method, data=b"[" * DEEP, headers=headers)
        assert answer.status_code == 401, declared
        assert "Bearer" in answer.headers["WWW-Authenticate"]
        assert_refused(answer)


def test_a_wrong_method_says_which_are_right(quiet_call: Caller) -> None:
    answer = quiet_call("PATCH", "/v1/comments/c1")
    assert answer.status_code == 405
    assert {"GET", "PUT", "DELETE"} <= {method.strip() for method in answer.headers["Allow"].split(",")}
    assert_refused(answer)


def test_a_request_id_is_echoed_only_when_it_is_harmless(quiet_call: Caller) -> None:
    assert quiet_call("GET", "/healthz", headers={"X-Request-Id": "abc-1"}).headers["X-Request-Id"] == "abc-1"
    for bad in ("a b", "x" * 101, '"><script>', "é"):
        assert quiet_call("GET", "/healthz", headers={"X-Request-Id": bad}).headers["X-Request-Id"] != bad
