"""Answers of an identity provider that must not let anybody in: tokens, codes, documents that lie."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from service.db import Database
from service.models import ConsoleSession
from tests.support.identity_provider import CLIENT_ID, SECRET, Running
from tests.support.openid import RETURN, START, Make, _provider, is_in, make, provider, there

__all__ = ["_provider", "make", "provider"]
pytestmark = pytest.mark.one_database


def test_the_request_carries_a_challenge_a_state_and_a_nonce_of_this_attempt_alone(make: Make) -> None:
    client = make().test_client()
    first, second = (parse_qs(urlsplit(client.get(START).location).query) for _ in range(2))
    assert first["response_type"] == ["code"]
    assert first["code_challenge_method"] == ["S256"]
    assert first["client_id"] == [CLIENT_ID]
    assert first["redirect_uri"] == [f"http://localhost{RETURN}"]
    assert "openid" in first["scope"][0].split()
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 43
        assert first[name] != second[name]


LIES: dict[str, dict[str, Any]] = {
    "a nonce of another attempt": {"nonce": "n" * 43},
    "no nonce": {"claims": {"nonce": None}},
    "expired": {"claims": {"exp": 1_700_000_000}},
    "no expiry": {"claims": {"exp": None}},
    "from the future": {"claims": {"nbf": 4_000_000_000}},
    "for somebody else": {"claims": {"aud": ["another-client"]}},
    "for two, and used by the other": {"claims": {"aud": [CLIENT_ID, "another"], "azp": "another"}},
    "from another issuer": {"claims": {"iss": "https://evil.example"}},
    "no subject": {"claims": {"sub": None}},
    "not signed at all": {"alg": "none"},
    "signed with the public key as a secret": {"alg": "HS256"},
    "signed by another key": {"key": "foreign"},
    "an access token that is not its own": {"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}},
}


@pytest.mark.parametrize("lie", LIES)
def test_an_id_token_is_refused_when_it_is(make: Make, provider: Running, database: Database, lie: str) -> None:
    client = make().test_client()
    provider.misbehave(**LIES[lie])
    answer = client.get(there(client, "ana"))
    assert answer.status_code == 401
    assert "the id token is not valid" in answer.text
    assert not is_in(client)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(ConsoleSession)) == 0


def test_the_same_token_without_a_lie_is_taken(make: Make, provider: Running) -> None:
    client = make().test_client()
    provider.misbehave(claims={"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID})
    assert client.get(there(client, "ana")).status_code == 303
    assert is_in(client)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda back: re.sub("state=[^&]+", "state=" + "s" * 43, back), "does not belong to the last attempt"),
        (lambda back: re.sub("&?state=[^&]+", "", back), "does not belong to the last attempt"),
        (lambda back: re.sub("code=[^&]+", "code=guessed", back), "refused the code"),
        (lambda back: back + "&iss=https%3A%2F%2Fevil.example", "not from the issuer"),
    ],
    ids=["wrong state", "no state", "guessed code", "another issuer"],
)
def test_an_answer_that_was_changed_on_its_way_is_refused(make: Make, change: Callable[[str], str], why: str) -> None:
    client = make().test_client()
    answer = client.get(change(there(client, "ana")))
    assert answer.status_code == 401
    assert why in answer.text
    assert not is_in(client)


def test_an_answer_serves_once_and_only_in_the_browser_that_asked(make: Make) -> None:
    app = make()
    client, stranger = app.test_client(), app.test_client()
    back = there(client, "ana")
    assert "began no attempt" in stranger.get(back).text
    assert client.get(back).status_code == 303
    again = client.get(back)
    assert again.status_code == 401
    assert "has used it already" in again.text


def test_a_code_is_worth_nothing_with_another_verifier_or_twice(make: Make) -> None:
    app = make()
    client, thief = app.test_client(), app.test_client()
    back = there(client, "ana")
    stolen = re.search(r"code=([^&]+)", back)
    assert stolen
    own = there(thief, "una")
    answer = thief.get(re.sub("code=[^&]+", f"code={stolen[1]}", own))
    assert "refused the code" in answer.text
    assert not is_in(thief)
    other = app.test_client()
    used = there(other, "ana")
    with other.session_transaction() as cookie:
        attempt = list(cookie["attempt"])
    assert other.get(used).status_code == 303
    with other.session_transaction() as cookie:
        cookie.clear()
        cookie["attempt"] = attempt  # as if the old cookie had been kept
    assert "refused the code" in other.get(used).text


def test_an_attempt_older_than_ten_minutes_is_refused(make: Make) -> None:
    client = make().test_client()
    back = there(client, "ana")
    with client.session_transaction() as cookie:
        kept = list(cookie["attempt"])
        kept[3] -= 601
        cookie["attempt"] = kept
    assert "longer than ten minutes" in client.get(back).text


def test_the_provider_may_refuse(make: Make, provider: Running) -> None:
    client = make().test_client()
    provider.misbehave(refuse=True)
    answer = client.get(there(client, "ana"))
    assert answer.status_code == 401
    assert "access_denied" in answer.text


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"issuer": "https://evil.example"}, "that of another issuer"),
        ({"token_endpoint": "http://169.254.169.254/latest"}, "token_endpoint is on another host"),
        ({"jwks_uri": "https://10.0.0.7/keys"}, "jwks_uri is on another host"),
        ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri is on another host"),
        ({"authorization_endpoint": None}, "lacks authorization_endpoint"),
    ],
)
def test_a_document_that_leads_elsewhere_is_refused(
    make: Make, provider: Running, document: dict[str, Any], why: str
) -> None:
    client = make().test_client()
    provider.misbehave(document=document)
    answer = client.get(START)
    assert answer.status_code == 401
    assert why in answer.text


def test_the_answers_of_the_console_carry_no_secret(make: Make) -> None:
    client = make().test_client()
    answers: list[TestResponse] = [client.get("/console/sign-in"), client.get(START)]
    assert not [answer for answer in answers if SECRET in answer.text or SECRET in str(answer.headers)]
