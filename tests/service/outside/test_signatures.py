"""Signatures: genuine ones of every style pass, anything else is one and the same refusal, whatever bytes come."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from service.models import Style
from service.outside.signatures import TOLERANCE, BadSignature, new_secret, sign, verify

NOW = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
SECRET = new_secret()
OTHER = new_secret()
BODY = json.dumps({"type": "comment.created", "data": {"id": "c-1", "text": "ü"}}, indent=2).encode()


def _sha256(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _standard(secret: str, body: bytes, moment: datetime) -> dict[str, str]:
    return sign([secret], "msg_1", moment, body)


def _ghost(secret: str, body: bytes, moment: datetime) -> dict[str, str]:
    stamp = str(int(moment.timestamp() * 1000))
    return {"x-ghost-signature": f"sha256={_sha256(secret, body + stamp.encode())}, t={stamp}"}


STYLES: dict[Style, Callable[[str, bytes, datetime], dict[str, str]]] = {
    Style.STANDARD: _standard,
    Style.GITHUB: lambda secret, body, _: {"x-hub-signature-256": f"sha256={_sha256(secret, body)}"},
    Style.DISCOURSE: lambda secret, body, _: {"x-discourse-event-signature": f"sha256={_sha256(secret, body)}"},
    Style.GHOST: _ghost,
    Style.CORAL: lambda secret, body, _: {"x-coral-signature": f"sha256={_sha256(secret, body)}"},
    Style.TOKEN: lambda secret, _body, _: {"x-token": secret},
}
SIGNED = [style for style in Style if style is not Style.TOKEN]
TIMED = [Style.STANDARD, Style.GHOST]


def check(style: Style, headers: dict[str, str], body: bytes = BODY, now: datetime = NOW, *secrets: str) -> str:
    return verify(style, secrets or (SECRET,), headers, body, now, token_header="X-Token").mark


@pytest.mark.parametrize("style", list(Style))
def test_a_genuine_webhook_passes_and_is_known_by_the_same_mark_again(style: Style) -> None:
    headers = STYLES[style](SECRET, BODY, NOW)
    mark = check(style, headers)
    assert len(mark) == 64
    assert check(style, headers, BODY, NOW + timedelta(seconds=10)) == mark


@pytest.mark.parametrize("style", list(Style))
def test_another_secret_does_not_pass_and_an_older_one_does_during_a_rotation(style: Style) -> None:
    headers = STYLES[style](OTHER, BODY, NOW)
    with pytest.raises(BadSignature):
        check(style, headers)
    check(style, headers, BODY, NOW, SECRET, OTHER)


@pytest.mark.parametrize("style", SIGNED)
def test_a_changed_body_does_not_pass(style: Style) -> None:
    headers = STYLES[style](SECRET, BODY, NOW)
    for body in (BODY + b" ", BODY[:-1], BODY.replace(b"c-1", b"c-2"), b""):
        with pytest.raises(BadSignature):
            check(style, headers, body)


@pytest.mark.parametrize("style", TIMED)
@pytest.mark.parametrize("seconds", [-TOLERANCE - 2, TOLERANCE + 2, 10**9])
def test_a_time_outside_the_tolerance_does_not_pass(style: Style, seconds: int) -> None:
    with pytest.raises(BadSignature):
        check(style, STYLES[style](SECRET, BODY, NOW), BODY, NOW + timedelta(seconds=seconds))


def test_the_signed_id_and_time_of_standard_webhooks_cannot_be_changed() -> None:
    headers = _standard(SECRET, BODY, NOW)
    for change in ({"webhook-id": "msg_2"}, {"webhook-timestamp": str(int(NOW.timestamp()) + 1)}):
        with pytest.raises(BadSignature):
            check(Style.STANDARD, headers | change)


@pytest.mark.parametrize("style", [Style.GITHUB, Style.DISCOURSE, Style.CORAL])
def test_an_unsigned_delivery_id_cannot_make_a_replay_look_new(style: Style) -> None:
    headers = STYLES[style](SECRET, BODY, NOW)
    marks = {check(style, headers | {"x-github-delivery": f"{n}", "x-discourse-event-id": f"{n}"}) for n in range(3)}
    assert len(marks) == 1


@pytest.mark.parametrize(
    "header",
    [
        "", "v1", "v1,", "v1,%%%", "v2,abc", "v1,ü", ",", " ", "sha256=", "sha256=zz", "t=", "sha256=,t=x",
        "sha256=a, t=99999999999999999999", "sha256", "=", "v1," + "A" * 100_000, "sha256=" + "0" * 64 + ",", "\udcff",
    ],
)  # fmt: skip
@pytest.mark.parametrize("style", SIGNED)
def test_a_malformed_signature_is_the_same_refusal(style: Style, header: str) -> None:
    genuine = STYLES[style](SECRET, BODY, NOW)
    (name,) = [name for name in genuine if "signature" in name]
    with pytest.raises(BadSignature):
        check(style, genuine | {name: header})


@pytest.mark.parametrize("style", SIGNED)
def test_missing_headers_are_the_same_refusal(style: Style) -> None:
    with pytest.raises(BadSignature):
        check(style, {})


@given(
    style=st.sampled_from(SIGNED),
    header=st.text(max_size=200),
    stamp=st.text(max_size=20),
    body=st.binary(max_size=200),
)
def test_no_bytes_lead_to_anything_but_a_refusal(style: Style, header: str, stamp: str, body: bytes) -> None:
    names = ("webhook-signature", "x-hub-signature-256", "x-discourse-event-signature", "x-ghost-signature")
    headers = dict.fromkeys((*names, "x-coral-signature"), header) | {"webhook-id": stamp, "webhook-timestamp": stamp}
    with pytest.raises(BadSignature):
        check(style, headers, body)


def test_ours_and_the_librarys_signatures_verify_each_other() -> None:
    moment = datetime.now(UTC)
    ours = sign([SECRET], "msg_1", moment, BODY)
    assert Webhook(SECRET).verify(BODY, ours)
    theirs = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("msg_1", moment, BODY.decode()),
    }
    check(Style.STANDARD, theirs, BODY, moment)


def test_several_signatures_in_one_header_pass_if_one_is_right() -> None:
    both = sign([OTHER, SECRET], "msg_1", NOW, BODY)
    assert len(both["webhook-signature"].split(" ")) == 2
    check(Style.STANDARD, both)
    coral = f"sha256={_sha256(OTHER, BODY)},sha256={_sha256(SECRET, BODY)}"
    check(Style.CORAL, {"x-coral-signature": coral})


def test_a_token_may_come_as_a_bearer_token() -> None:
    check(Style.TOKEN, {"x-token": f"Bearer {SECRET}"})
    for wrong in (f"Basic {SECRET}", SECRET[:-1], "", "Bearer "):
        with pytest.raises(BadSignature):
            check(Style.TOKEN, {"x-token": wrong})


def test_a_new_secret_is_32_random_bytes_in_the_conventions_form() -> None:
    secrets = {new_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert all(len(base64.b64decode(secret.removeprefix("whsec_"))) == 32 for secret in secrets)


@pytest.mark.parametrize("spell", [str.upper, lambda digest: base64.b64encode(bytes.fromhex(digest)).decode()])
def test_a_digest_may_be_in_capitals_or_in_base64(spell: Callable[[str], str]) -> None:
    check(Style.GITHUB, {"x-hub-signature-256": f"sha256={spell(_sha256(SECRET, BODY))}"})
    check(Style.GITHUB, {"x-hub-signature-256": spell(_sha256(SECRET, BODY))})
    with pytest.raises(BadSignature):
        check(Style.GITHUB, {"x-hub-signature-256": f"sha256={spell(_sha256(OTHER, BODY))}"})


def test_the_headers_of_svix_are_those_of_the_standard() -> None:
    headers = {name.replace("webhook", "svix"): value for name, value in _standard(SECRET, BODY, NOW).items()}
    assert check(Style.STANDARD, headers) == check(Style.STANDARD, _standard(SECRET, BODY, NOW))


@pytest.mark.parametrize("style", list(Style))
def test_only_a_signed_id_or_time_names_one_delivery(style: Style) -> None:
    verified = verify(style, [SECRET], STYLES[style](SECRET, BODY, NOW), BODY, NOW, token_header="X-Token")
    assert verified.is_one_delivery is (style in TIMED)
