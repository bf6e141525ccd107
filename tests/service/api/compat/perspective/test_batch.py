"""Rules of a batch: each part by itself, Content-IDs that are any text, limits."""

import time
from contextlib import suppress
from email.parser import BytesParser
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts.perspective import Terms
from service.api.compat.perspective import batch, errors
from service.api.compat.perspective.calls import Answered, Sent
from tests.service.api.compat.conftest import Perspective

BOUNDARY = "===============5=="
BODY = '{comment: {text: "Thank you."}, requestedAttributes: {TOXICITY: {}}}'


def part(key: str, body: str = BODY, *, content_id: str = "<a + 1>", method: str = "analyze") -> str:
    return (
        f"--{BOUNDARY}\r\nContent-Type: application/http\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: binary\r\n"
        f"Content-ID: {content_id}\r\n\r\nPOST /v1alpha1/comments:{method}?key={key}&alt=json HTTP/1.1\r\n"
        f"content-type: application/json\r\nHost: x\r\n\r\n{body}\r\n"
    )


def send(client: FlaskClient, *parts: str, path: str = "/batch", headers: dict[str, str] | None = None) -> TestResponse:
    return client.post(
        path,
        data="".join(parts).encode() + f"--{BOUNDARY}--".encode(),
        content_type=f'multipart/mixed; boundary="{BOUNDARY}"',
        headers=headers,
    )


def parts_of(answer: TestResponse) -> list[tuple[str, str]]:
    """Return Content-ID and payload of each part."""
    head = f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + answer.data)
    assert not message.defects
    return [(str(one["Content-ID"]), str(one.get_payload())) for one in message.get_payload()]  # type: ignore[union-attr]


def test_each_part_has_its_own_status(perspective: Perspective) -> None:
    parts = [
        part(perspective.key),
        part("wrong", content_id="<a + 2>"),
        part(perspective.key, "{comment: {text: ''}}", content_id="<a + 3>"),
        part(perspective.key, "nonsense", content_id="<a + 4>"),
        part(perspective.key, content_id="<a + 5>", method="nothing"),
        f"--{BOUNDARY}\r\nContent-Type: text/plain\r\nContent-ID: <a + 6>\r\n\r\nhello\r\n",
        part(perspective.key, content_id="<a + 7>"),
    ]
    for path in ("/batch", "/batch/commentanalyzer/v1alpha1"):
        found = parts_of(send(perspective.client, *parts, path=path))
        assert [identifier for identifier, _ in found] == [f"<response-a + {n}>" for n in range(1, 8)]
        status = [payload.partition("\r\n")[0] for _, payload in found]
        assert [line.split(" ")[1] for line in status] == ["200", "400", "400", "400", "404", "400", "200"]
        assert "COMMENT_EMPTY" in found[2][1]


def test_a_content_id_is_any_text_and_comes_back_as_it_was(perspective: Perspective) -> None:
    ids = [f"<id + {quote('Der Rücken, ein Lob: 100% 😀' * 9)}>", "<folded +\r\n over>", "<blåbær + 1>", "plain"]
    found = parts_of(send(perspective.client, *(part(perspective.key, content_id=one) for one in ids)))
    assert found[0][0] == ids[0].replace("<", "<response-")
    assert found[1][0] == "<response-folded + over>"
    assert found[3][0] == "<response-plain>"
    raw = send(perspective.client, part(perspective.key, content_id=ids[2])).data
    assert "Content-ID: <response-blåbær + 1>".encode() in raw


@pytest.mark.parametrize(
    "inner", ["", "POST", "POST http://[ HTTP/1.1", "POST /v1alpha1/comments:analyze HTTP/1.1\r\n", "x\n\n"]
)
def test_a_part_that_is_no_request_fails_alone(perspective: Perspective, inner: str) -> None:
    broken = f"--{BOUNDARY}\r\nContent-Type: application/http\r\n\r\n{inner}\r\n"
    found = parts_of(send(perspective.client, broken, part(perspective.key)))
    assert found[0][1].startswith("HTTP/1.1 40")
    assert found[1][1].startswith("HTTP/1.1 200")


def test_a_page_reads_a_batch_only_if_the_key_of_each_part_allows_it(perspective: Perspective) -> None:
    origin = "https://gazette.example"
    listed = perspective.with_terms(Terms(origins=(origin,)))
    for keys, allowed in (([listed.key, listed.key], origin), ([listed.key, perspective.key], None)):
        answer = send(perspective.client, *map(part, keys), headers={"Origin": origin})
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed


def test_what_is_no_batch_is_refused(perspective: Perspective) -> None:
    for content_type in ("application/json", "multipart/mixed", ""):
        assert perspective.client.post("/batch", data=b"x", content_type=content_type).status_code == 400
    too_many = batch.MOST_PARTS + 1
    tiny = f"--{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    refused = send(perspective.client, *[tiny] * too_many)
    assert refused.get_json()["error"]["message"] == "The batch has more than 1000 parts."


@pytest.mark.parametrize(
    "boundary", ["boundary*=idna''abc", "boundary*=unicode_escape''%5Cud800", "boundary*0*=idna''ab; boundary*1=c"]
)
def test_a_boundary_in_a_character_set_that_cannot_be_is_refused(perspective: Perspective, boundary: str) -> None:
    answer = perspective.client.post("/batch", data=b"x", content_type=f"multipart/mixed; {boundary}")
    assert answer.status_code == 400


def test_when_the_worker_is_away_the_rest_of_a_batch_does_not_wait_for_it() -> None:
    asked = []

    def late(sent: Sent) -> Answered:
        asked.append(sent)
        refusal = errors.unavailable("late", retry_after=1)
        return Answered(refusal.code, "{}")

    body = "".join(part("k") for _ in range(9)).encode() + f"--{BOUNDARY}--".encode()
    _, content = batch.answer(f'multipart/mixed; boundary="{BOUNDARY}"', body, late)
    assert len(asked) == batch.MOST_LATE
    assert content.count(b"HTTP/1.1 503 Service Unavailable") == 9


@pytest.mark.parametrize(
    "body",
    [
        b"--b\n\n" * 200_000,
        b"--b\n" + b"a:b\n" * 250_000,
        b"".join(b"--b\nContent-Type: multipart/mixed; boundary=c%d\n\n--c%d\n" % (n, n) for n in range(9_000)),
        b"--b\n\n" + b"\n" * 1_000_000,
    ],
    ids=["tiny parts", "headers", "nested", "line feeds"],
)
def test_a_body_of_a_stranger_costs_little(body: bytes) -> None:
    started = time.process_time()
    with suppress(errors.Refusal):
        batch.answer("multipart/mixed; boundary=b", body, lambda _: Answered(200, "{}"))
    assert time.process_time() - started < 0.3


def test_a_stranger_gets_the_discovery_document_a_few_times_in_a_batch(perspective: Perspective) -> None:
    request = "GET /$discovery/rest?version=v1alpha1 HTTP/1.1"
    one = f"--{BOUNDARY}\r\nContent-Type: application/http\r\n\r\n{request}\r\n\r\n\r\n"
    answers = [payload for _, payload in parts_of(send(perspective.client, *[one] * 30))]
    assert [answer.startswith("HTTP/1.1 200") for answer in answers] == [True] * batch.MOST_OPEN + [False] * 20
