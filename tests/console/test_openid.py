"""Signing in through an identity provider that runs in another process: who gets in, and which answers are refused."""

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from sqlalchemy import delete, func, select, update
from werkzeug.test import TestResponse

from service import openid
from service.console import sign_in as rows
from service.db import Database, database_now
from service.models import AuditEntry, ConsoleSession, Membership, Moderator, SignInFailure, Site
from service.models.moderator import Role
from service.queues import Queues
from service.settings import Settings, SettingsError, load
from tests.support import identity_provider
from tests.support.browser import Window, serving, violations
from tests.support.console import PASSWORD, add_moderator, csrf_token, send_sign_in
from tests.support.identity_provider import CLIENT_ID, SECRET, Running
from tests.support.quicker import application

START, RETURN = "/console/sign-in/provider", "/console/sign-in/provider/return"
Make = Callable[..., Flask]


@pytest.fixture(scope="module")
def _provider() -> Iterator[Running]:
    running = identity_provider.start()
    yield running
    running.process.terminate()
    running.process.wait(10)


@pytest.fixture
def provider(_provider: Running) -> Running:
    """The provider, behaving."""
    _provider.misbehave()
    openid.forget()
    return _provider


@pytest.fixture
def make(provider: Running, settings: Settings, database: Database, queues: Queues, site: Site) -> Make:
    """Return how to make the console with the provider set up, and settings changed."""
    add_moderator(database, "ana@gazette.example", "Ana Lima", gazette=Role.MODERATOR)

    def made(**changes: Any) -> Flask:
        given = {
            "oidc_issuer": provider.base,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": SECRET,
            "oidc_name": "the newsroom’s directory",
        } | changes
        return application(settings.model_copy(update=given), database, queues)

    return made


def there(client: FlaskClient, who: str, *, next_page: str = "") -> str:
    """Begin at the console, sign in at the provider as `who`, and return where it sends the browser back to."""
    answer = client.get(START, query_string={"next": next_page})
    assert answer.status_code == 303, answer.text
    return answer_of(answer.location, who)


def answer_of(authorization: str, who: str) -> str:
    class Stay(HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    asked = Request(authorization, data=urlencode({"who": who}).encode())
    try:
        build_opener(Stay).open(asked, timeout=10)
    except Exception as redirected:
        back = redirected.headers["Location"]  # type: ignore[attr-defined]
        return RETURN + "?" + urlsplit(back).query
    raise AssertionError("the provider did not send the browser back")


def is_in(client: FlaskClient) -> bool:
    return client.get("/console/account").status_code == 200


def test_who_the_provider_vouches_for_gets_a_session_like_any_other(make: Make, database: Database) -> None:
    client = make().test_client()
    page = client.get("/console/sign-in").text
    assert "Sign in with the newsroom’s directory" in page
    back = there(client, "ana", next_page="/console/sites/gazette/review?order=severe")
    with client.session_transaction() as cookie:
        before = dict(cookie)
    answer = client.get(back)
    assert (answer.status_code, answer.location) == (303, "/console/sites/gazette/review?order=severe")
    assert is_in(client)
    with client.session_transaction() as cookie:
        assert "attempt" in before
        assert "attempt" not in cookie
        secret = cookie[rows.SECRET]
    with database.read() as session:
        held = session.scalars(select(ConsoleSession)).one()
        assert secret not in (held.id, held.secret_sha256)
    assert "Ana Lima" in client.get("/console/account").text
    with database.write() as session:
        session.execute(delete(ConsoleSession))
    assert not is_in(client)


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


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("una", "does not vouch for your e-mail address"),
        ("silent", "does not vouch for your e-mail address"),
        ("kelvin", "There is no account for"),
        ("new", "There is no account for new@gazette.example here"),
    ],
)
def test_nobody_is_let_in_by_an_address_that_is_not_theirs_or_unknown(
    make: Make, database: Database, who: str, why: str
) -> None:
    add_moderator(database, "kim@gazette.example", "Kim", gazette=Role.ADMIN)
    client = make().test_client()
    answer = client.get(there(client, who))
    assert answer.status_code == 401
    assert why in answer.text
    assert not is_in(client)


def test_a_silent_directory_of_ones_own_can_be_trusted_but_never_against_its_word(make: Make) -> None:
    app = make(oidc_trust_email=True)
    client = app.test_client()
    assert client.get(there(client, "silent")).status_code == 303
    other = app.test_client()
    assert "does not vouch" in other.get(there(other, "una")).text


def test_a_moderator_who_was_switched_off_stays_out(make: Make, database: Database) -> None:
    with database.write() as session:
        session.execute(update(Moderator).values(disabled_at=database_now()))
    client = make().test_client()
    assert "switched off" in client.get(there(client, "ana")).text
    assert not is_in(client)


@pytest.mark.parametrize("claim", ["groups", "realm_access.roles"])
def test_groups_give_roles_make_accounts_and_take_roles_away(
    make: Make, provider: Running, database: Database, other_site: Site, claim: str
) -> None:
    roles = "gazette:viewer=staff, gazette:moderator=newsroom, gazette:admin=chiefs, herald:lead=newsroom"
    app = make(oidc_roles=roles, oidc_groups_claim=claim)
    client = app.test_client()
    if claim != "groups":
        provider.misbehave(claims={"groups": None})
    assert client.get(there(client, "new")).status_code == 303
    assert held(database, "new@gazette.example") == {"gazette": Role.MODERATOR, "herald": Role.LEAD}
    assert client.get("/console/sites/gazette/review").status_code == 200
    gone = {"groups": [], "realm_access": {"roles": ["staff"]}} if claim != "groups" else {"groups": ["staff"]}
    provider.misbehave(claims=gone)
    later = app.test_client()
    assert later.get(there(later, "new")).status_code == 303
    role = Role.VIEWER
    assert held(database, "new@gazette.example") == {"gazette": role}
    assert client.get("/console/sites/herald/review").status_code == 404
    with database.read() as session:
        told = session.scalars(select(AuditEntry).where(AuditEntry.action == "moderator.role")).all()
    assert [(entry.detail["from"], entry.detail["to"]) for entry in told] == [
        (None, "moderator"),
        (None, "lead"),
        ("moderator", "viewer"),
        ("lead", None),
    ]


def held(database: Database, email: str) -> dict[str, Role]:
    with database.read() as session:
        found = session.execute(
            select(Site.slug, Membership.role)
            .join(Membership, Membership.site_id == Site.id)
            .join(Moderator, Moderator.id == Membership.moderator_id)
            .where(Moderator.email == email)
        )
        return dict(found.all())


def test_who_is_in_none_of_the_groups_gets_no_account(make: Make, database: Database) -> None:
    client = make(oidc_roles="gazette:lead=chiefs").test_client()
    assert "There is no account" in client.get(there(client, "new")).text
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Moderator)) == 1


def test_failures_are_slowed_like_wrong_passwords(make: Make, database: Database) -> None:
    client = make().test_client()
    with database.write() as session:
        for _ in range(rows.PER_ADDRESS - 1):
            session.add(SignInFailure(account_sha256="0" * 64, address="127.0.0.1"))
    assert client.get(RETURN).status_code == 401
    for address in (RETURN, START):
        answer = client.get(address)
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0


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


@pytest.mark.one_database
def test_a_provider_that_is_down_is_said_and_the_password_still_works(make: Make) -> None:
    client = make(oidc_issuer="http://127.0.0.1:9").test_client()
    answer = client.get(START)
    assert "could not be reached" in answer.text
    assert send_sign_in(client, "ana@gazette.example", PASSWORD).status_code == 303


def test_passwords_can_be_switched_off(make: Make) -> None:
    client = make(password_sign_in=False).test_client()
    page = client.get("/console/sign-in")
    assert 'type="password"' not in page.text
    form = {"csrf_token": csrf_token(page), "email": "ana@gazette.example", "password": PASSWORD}
    assert client.post("/console/sign-in", data=form).status_code == 403
    assert client.get(there(client, "ana")).status_code == 303
    assert is_in(client)


def test_signing_out_ends_the_session_here_and_offers_to_end_it_there(make: Make, provider: Running) -> None:
    client = make().test_client()
    client.get(there(client, "ana"))
    with client.session_transaction() as cookie:
        kept = dict(cookie)
    out = client.post("/console/sign-out", data={"csrf_token": csrf_token(client.get("/console/preferences"))})
    assert not is_in(client)
    page = client.get(out.location)
    assert "Sign out there as well" in page.text
    there_too = client.get("/console/sign-in/provider/leave").location
    assert there_too.startswith(f"{provider.base}/leave?client_id={CLIENT_ID}&post_logout_redirect_uri=")
    with client.session_transaction() as cookie:
        cookie.update(kept)
    assert not is_in(client)


@pytest.mark.one_database
def test_without_the_extra_there_is_no_button_and_nothing_breaks(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] in ("authlib", "joserfc")]:
        monkeypatch.delitem(sys.modules, name)
    real = openid.importlib.util.find_spec
    monkeypatch.setattr(
        openid.importlib.util, "find_spec", lambda name: None if name in ("authlib", "joserfc") else real(name)
    )
    client = make().test_client()
    page = client.get("/console/sign-in")
    assert "directory" not in page.text
    assert client.get(START).status_code == 404
    assert client.get(RETURN).status_code == 404
    assert send_sign_in(client, "ana@gazette.example", PASSWORD).status_code == 303
    assert "authlib" not in sys.modules
    off = make(password_sign_in=False).test_client()
    assert "nothing else is set up" in off.get("/console/sign-in").text


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        ({"MODERATO_PASSWORD_SIGN_IN": "false"}, "or nobody could sign in"),
        ({"MODERATO_OIDC_ISSUER": "http://sso.example"}, "must be an address that begins with https://"),
        ({"MODERATO_OIDC_ISSUER": "https://sso.example"}, "MODERATO_OIDC_CLIENT_ID='': must be set"),
        ({"MODERATO_OIDC_ROLES": "gazette:boss=x"}, "is not site:role=group"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_the_start(environment: dict[str, str], why: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(why)):
        load(environment)


def test_a_moderator_signs_in_by_browser_and_out_again(browser: Browser, make: Make) -> None:
    with serving(make()) as address:
        window = Window(browser, address, refusals=True)  # the provider has no favicon
        page = window.goto("/console/sign-in?next=/console/preferences")
        window.picture("sign-in-provider")
        assert violations(page) == []
        page.get_by_role("link", name="Sign in with the newsroom’s directory").click()
        page.get_by_role("button", name="ana").click()
        expect(page).to_have_url(f"{address}/console/preferences")
        page.locator(".menu-right summary").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_text("You are signed out.")).to_be_visible()
        page.get_by_role("link", name="Sign out there as well").click()
        expect(page.locator("body")).to_contain_text(f"left {CLIENT_ID}")
        assert window.faults == []
        window.close()


def test_the_answers_of_the_console_carry_no_secret(make: Make) -> None:
    client = make().test_client()
    answers: list[TestResponse] = [client.get("/console/sign-in"), client.get(START)]
    assert not [answer for answer in answers if SECRET in answer.text or SECRET in str(answer.headers)]
