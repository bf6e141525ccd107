"""Whatever is sent, the answer is a 4xx problem: no 500, nothing of it repeated, and soon."""

import gzip
import io
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from service.api.operation import OPERATIONS, PARAMETER
from service.api.reader import forms
from service.app import create_app
from service.settings import Settings
from tests.service.api.conftest import LONG_ENOUGH, Caller

MARK = "xyzzy-of-the-caller"
BODIES = [declared for declared in OPERATIONS if declared.body and not declared.signed]
DEEP = 100_000


def comment(**fields: str) -> bytes:
    """Return a comment as JSON text; values are JSON text as well, so that they can be none."""
    values = {"id": f'"{MARK}"', "text": f'"{LONG_ENOUGH} {MARK}"'} | fields
    return ("{" + ",".join(f'"{name}":{value}' for name, value in values.items()) + "}").encode(
        "utf-8", "surrogatepass"
    )


NOT_JSON = [
    b"",
    b" ",
    b"{",
    b"null",
    b"[]",
    b"17",
    f'"{MARK}"'.encode(),
    b"[" * DEEP,
    b'{"a":' * DEEP,
    b"[" * DEEP + b"]" * DEEP,
    b"\xff\xfe\x00",
    b"\x00",
    comment() + b" trailing",
    comment(text="NaN"),
    comment(text="Infinity"),
    comment(text="9" * 5_000),
    comment(text="-" + "9" * 5_000 + "." + "9" * 5_000 + "e99999"),
    comment(text="{" * 50 + "}" * 50),
    comment(text='"' + "\ud800" + "x" * 60 + '"'),
    comment(text='"' + "x" * 60 + "\x00" + '"'),
    comment(text="null"),
    comment(text="true"),
    comment(text='["' + MARK + '"]'),
    comment(text='""'),
    comment(text='"' + "x" * 300_000 + '"'),
    comment(text='"' + "e" + "\\u0301" * 60 + '"'),
    comment(id="17.0"),
    comment(id="true"),
    comment(id="9" * 513),
    comment(id="9" * 4_301),
    comment(id='""'),
    comment(id='"' + "x" * 513 + '"'),
    comment(id='"a\\nb"'),
    comment(id='"a\\u0085b"'),
    comment(id='"\\u0000"'),
    comment(id='"\\ud83d"'),
    comment(author=f'"{MARK}"'),
    comment(author=f'{{"id":"u","name":"{MARK}","role":"{MARK}"}}'),
    comment(created_at="1"),
    comment(created_at='"yesterday"'),
    comment(created_at='"1700000000"'),
    comment(created_at='"2026-11-22"'),
    comment(created_at='"2026-02-30T10:00:00Z"'),
    comment(created_at='"2026-11-22T10:00:00"'),
    comment(created_at='"0001-01-01T00:00:00+14:00"'),
    comment(created_at='"9999-12-31T23:59:59-14:00"'),
    comment(created_at='"' + "9" * 400 + '-01-01T00:00:00Z"'),
    comment(language=f'"{MARK}!"'),
    comment(language='"' + "x" * 100 + '"'),
    comment(callback_url='"javascript:alert(1)"'),
    comment(callback_url=f'"https://user:{MARK}@example.com/"'),
    comment(callback_url='"https://[::1"'),
    comment(callback_url='"https://example.com:99999/"'),
    comment(callback_url='"//example.com/"'),
    comment(article=f'"{MARK}"'),
    comment(article="{}"),
    comment(article=f'{{"id":"a","{MARK}":1}}'),
    comment(article='{"id":"a","key_points":"one"}'),
    comment(article='{"id":"a","key_points":[' + ",".join(['"x"'] * 51) + "]}"),
    comment(article='{"id":"a"}', article_id='"b"'),
    comment(**{MARK: "1"}),
    comment(__proto__="{}"),
    b'{"id":"a"}',
    b"{" + b",".join(b'"f%d":1' % number for number in range(20_000)) + b"}",
]


@pytest.mark.parametrize("body", NOT_JSON, ids=lambda body: repr(body[:40]))
def test_a_comment_that_is_none_is_refused_without_repeating_it(quiet_call: Caller, body: bytes) -> None:
    started = time.process_time()
    answer = quiet_call("POST", "/v1/comments", data=body, content_type="application/json")
    assert_refused(answer)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("declared", BODIES, ids=lambda declared: declared.name)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[" * DEEP,
        b'{"a":' * DEEP,
        b'{"x":NaN}',
        b'{"x":' + b"9" * 5_000 + b"}",
        b'{"x":"\\ud800"}',
        b'{"text":"\\u0000","title":"\\u0000","name":"\\u0000"}',
        f'{{"{MARK}":"{MARK}"}}'.encode(),
        f'{{"text":["{MARK}"],"title":{{"{MARK}":1}},"comments":"{MARK}","name":17}}'.encode(),
    ],
    ids=["empty", "brackets", "objects", "nan", "digits", "surrogate", "nul", "unknown", "types"],
)
def test_every_body_is_held_to_the_same_rules(quiet_call: Caller, declared: Any, body: bytes) -> None:
    path = PARAMETER.sub("c1", declared.path)
    assert_refused(quiet_call(declared.method, path, data=body, content_type="application/json"))


@pytest.mark.parametrize("declared", BODIES, ids=lambda declared: declared.name)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content-Type": "application/json; charset=utf-16"}, 415),
        ({"Content-Type": "nonsense"}, 415),
        ({}, 415),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415),
        ({"Content-Type": "application/json", "Content-Encoding": "br, gzip"}, 415),
    ],
)
def test_a_body_of_another_kind_is_refused(
    quiet_call: Caller, declared: Any, headers: dict[str, str], status: int
) -> None:
    path = PARAMETER.sub("c1", declared.path)
    answer = quiet_call(declared.method, path, data=gzip.compress(b"x" * 1_000_000), headers=headers)
    if declared.name == "send_readers_comment" and headers.get("Content-Type") == forms.ENCODED:
        assert (answer.status_code, answer.mimetype) == (400, "text/html"), "a form is taken, and this is none"
        return
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("declared", BODIES, ids=lambda declared: declared.name)
def test_a_body_above_a_mebibyte_is_refused(quiet_call: Caller, declared: Any) -> None:
    path = PARAMETER.sub("c1", declared.path)
    body = comment(text='"' + "x" * (2 * 1024 * 1024) + '"')
    answer = quiet_call(declared.method, path, data=body, content_type="application/json")
    assert answer.status_code == 413
    assert_refused(answer)


def test_a_body_without_a_length_is_cut_off_at_a_mebibyte(quiet_call: Caller) -> None:
    stream = io.BytesIO(comment(text='"' + "x" * (2 * 1024 * 1024) + '"'))
    answer = quiet_call(
        "POST",
        "/v1/comments",
        input_stream=stream,
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413
    assert_refused(answer)


@pytest.mark.parametrize("terminated", [{}, {"wsgi.input_terminated": True}])
def test_a_body_that_ends_before_its_length_is_refused(quiet_call: Caller, terminated: dict[str, bool]) -> None:
    answer = quiet_call(
        "POST",
        "/v1/comments",
        input_stream=io.BytesIO(comment()),
        content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": "5000"} | terminated,
    )
    assert answer.status_code == 400
    assert_refused(answer)


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


def assert_refused(answer: Any) -> None:
    assert 400 <= answer.status_code < 500, answer.text[:500]
    assert answer.content_type == "application/problem+json"
    problem = answer.get_json()
    assert problem["status"] == answer.status_code
    assert {"type", "title", "detail", "instance", "code"} <= set(problem)
    assert MARK not in answer.text
    assert len(answer.text) < 10_000
