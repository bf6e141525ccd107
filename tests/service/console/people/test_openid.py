"""Signing in through an identity provider that runs in another process: who gets in, as what, and out again."""

import re
import sys

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import delete, func, select, update

from service.accounts import openid
from service.console.people import sign_in as rows
from service.db import Database, database_now
from service.installation.settings import SettingsError, load
from service.models import AuditEntry, ConsoleSession, Membership, Moderator, SignInFailure, Site
from service.models.moderator import Role
from tests.support.browser import Window, serving, violations
from tests.support.console import PASSWORD, add_moderator, csrf_token, send_sign_in
from tests.support.identity_provider import CLIENT_ID, Running
from tests.support.openid import RETURN, START, Make, _provider, is_in, make, provider, there

__all__ = ["_provider", "make", "provider"]


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
    assert client.get("/console/sites/gazette/review").status_code == 303, (
        "a role taken away ends the sessions begun with it"
    )
    assert later.get("/console/sites/herald/review").status_code == 404
    with database.read() as session:
        told = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "moderator.role").order_by(AuditEntry.number)
        ).all()
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
    guessed = re.sub("code=[^&]+", "code=guessed", there(client, "ana"))
    waiting = make().test_client()
    back = there(waiting, "ana")
    assert client.get(guessed).status_code == 401
    for one, address in ((waiting, back), (client, START)):
        answer = one.get(address)
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0


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
    assert "Sign out there too" in page.text
    there_too = client.get("/console/sign-in/provider/leave").location
    assert there_too.startswith(f"{provider.base}/leave?client_id={CLIENT_ID}&post_logout_redirect_uri=")
    with client.session_transaction() as cookie:
        cookie.update(kept)
    assert not is_in(client)


@pytest.mark.one_database
def test_an_answer_that_this_browser_did_not_ask_for_locks_nobody_out(make: Make) -> None:
    app = make()
    for _ in range(rows.PER_ADDRESS + 1):
        assert app.test_client().get(RETURN).status_code == 401
    began = app.test_client()
    for _ in range(rows.PER_ACCOUNT_AND_ADDRESS + 1):
        began.get(START)
        assert began.get(f"{RETURN}?state=foreign&code=x").status_code == 401
    client = app.test_client()
    assert client.get(there(client, "ana")).status_code == 303


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
    assert "single sign-on is not set up" in off.get("/console/sign-in").text


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        ({"MODERATO_PASSWORD_SIGN_IN": "false"}, "otherwise no one could sign in"),
        ({"MODERATO_OIDC_ISSUER": "http://sso.example"}, "must be an address that begins with https://"),
        ({"MODERATO_OIDC_ISSUER": "https://sso.example"}, "MODERATO_OIDC_CLIENT_ID='': must be set"),
        ({"MODERATO_OIDC_ROLES": "gazette:boss=x"}, "is not site:role=group"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_the_start(environment: dict[str, str], why: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(why)):
        load(environment)


@pytest.mark.one_database
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
        page.get_by_role("link", name="Sign out there too").click()
        expect(page.locator("body")).to_contain_text(f"left {CLIENT_ID}")
        assert window.faults == []
        window.close()
