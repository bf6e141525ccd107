"""Whatever body is sent, the answer is a 4xx problem: no 500, nothing of it repeated, and soon."""

import gzip
import io
import time
from typing import Any

import pytest

from service.api.operation import OPERATIONS, PARAMETER
from service.api.reader import forms
from tests.service.api.conftest import LONG_ENOUGH, Caller
from tests.support.refusals import MARK, assert_refused

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
