"""Signing in: who gets in, who is slowed down, and what the cookie is worth afterwards."""

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from service.console.people import sign_in as rows
from service.db import Database, database_now
from service.errors import TooMany
from service.models import AuditEntry, ConsoleSession, Moderator, Site
from service.models.moderator import Role
from service.moderation import audit_log
from tests.support.console import PASSWORD, Person, add_moderator, csrf_token, enter, send_sign_in


def test_the_right_password_leads_to_the_review_queue(ana: Person) -> None:
    answer = ana.get("/console/")
    assert answer.status_code == 303
    assert answer.location == "/console/sites/gazette/review"
    assert ana.get(answer.location).status_code == 200


@pytest.mark.parametrize(
    ("email", "password"), [("ana@gazette.example", "wrong"), ("nobody@gazette.example", PASSWORD)]
)
def test_the_answer_to_a_wrong_password_does_not_tell_whether_the_account_exists(
    ana: Person, app: Flask, email: str, password: str
) -> None:
    answer = send_sign_in(app.test_client(), email, password)
    assert answer.status_code == 401
    assert "The address or the password is wrong." in answer.text


def test_a_disabled_moderator_is_out_at_once_and_cannot_come_back(ana: Person, app: Flask, database: Database) -> None:
    with database.write() as session:
        session.execute(update(Moderator).values(disabled_at=database_now()))
    assert ana.get("/console/account").status_code == 303
    assert send_sign_in(app.test_client(), "ana@gazette.example", PASSWORD).status_code == 401


def test_guessing_is_slowed_per_account_and_address(ana: Person, app: Flask) -> None:
    client = app.test_client()
    for _ in range(rows.PER_ACCOUNT_AND_ADDRESS):
        assert send_sign_in(client, "ana@gazette.example", "wrong").status_code == 401
    answer = send_sign_in(client, "ana@gazette.example", PASSWORD)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= rows.REMEMBER_SECONDS
    assert "minutes" in answer.text


def test_a_stranger_at_another_address_does_not_lock_the_account(ana: Person, app: Flask) -> None:
    stranger = app.test_client()
    for _ in range(rows.PER_ACCOUNT_AND_ADDRESS):
        page = stranger.get("/console/sign-in")
        data = {"csrf_token": csrf_token(page), "email": "ana@gazette.example", "password": "wrong"}
        stranger.post("/console/sign-in", data=data, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    assert send_sign_in(app.test_client(), "ana@gazette.example", PASSWORD).status_code == 303


def test_a_network_of_ipv6_guesses_and_locks_as_one_address(ana: Person, database: Database) -> None:
    def sign_in(address: str, password: str) -> Moderator:
        return rows.check_password(database, ana.moderator.email, password, address=address)

    for number in range(rows.PER_ACCOUNT_AND_ADDRESS):
        with pytest.raises(rows.WrongPassword):
            sign_in(f"2001:db8:1:2::{number:x}", "wrong")
    for number in range(rows.PER_ACCOUNT):
        with pytest.raises(TooMany):
            sign_in(f"2001:db8:1:2::f:{number:x}", "wrong")
    assert sign_in("2001:db8:1:3::1", PASSWORD).id == ana.moderator.id


def test_failures_at_the_provider_count_for_the_network(ana: Person, database: Database) -> None:
    for number in range(rows.PER_ACCOUNT_AND_ADDRESS):
        rows.remember_failure(database, "provider", address=f"2001:db8:1:2::{number:x}")
    with pytest.raises(TooMany):
        rows.refuse_guessing(database, "provider", address="2001:db8:1:2:9::")
    rows.refuse_guessing(database, "provider", address="2001:db8:1:3::")


def test_only_the_hash_of_the_session_is_stored(ana: Person, database: Database) -> None:
    with ana.client.session_transaction() as cookie:
        secret = cookie[rows.SECRET]
    with database.read() as session:
        stored = session.scalars(select(ConsoleSession)).one()
    assert len(secret) >= 43  # 256 bits in base64
    assert secret not in repr(vars(stored))


@pytest.mark.parametrize(
    ("column", "seconds"), [("seen_at", -rows.IDLE_SECONDS - 1), ("ends_at", -1)], ids=["unused", "too old"]
)
def test_a_session_ends(ana: Person, database: Database, column: str, seconds: int) -> None:
    with database.write() as session:
        session.execute(update(ConsoleSession).values({column: database_now(seconds)}))
    answer = ana.get("/console/account")
    assert answer.status_code == 303
    assert answer.location.startswith("/console/sign-in")


def test_signing_out_ends_the_session_at_the_server(ana: Person, app: Flask) -> None:
    stolen = app.test_client()
    cookie = ana.client.get_cookie("moderato")
    assert cookie is not None
    stolen.set_cookie("moderato", cookie.value)
    assert stolen.get("/console/account").status_code == 200
    assert ana.post("/console/sign-out").status_code == 303
    assert stolen.get("/console/account").status_code == 303


def test_other_sessions_can_be_ended(ana: Person, app: Flask) -> None:
    elsewhere = enter(app.test_client(), ana.moderator)
    assert elsewhere.get("/console/account").status_code == 200
    ana.post("/console/account/sessions/revoke")
    assert elsewhere.get("/console/account").status_code == 303
    assert ana.get("/console/account").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(ana: Person, ben: Person, database: Database) -> None:
    with database.read() as session:
        bens = session.scalars(select(ConsoleSession.id).where(ConsoleSession.moderator_id == ben.moderator.id)).one()
    ana.post("/console/account/sessions/revoke", {"session": bens})
    assert ben.get("/console/account").status_code == 200


def test_a_session_planted_before_sign_in_is_not_taken_over(ana: Person, app: Flask) -> None:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie[rows.SECRET] = "planted"
    send_sign_in(client, "ana@gazette.example", PASSWORD)
    with client.session_transaction() as cookie:
        assert cookie[rows.SECRET] != "planted"


def test_the_cookie_is_bound_to_this_host_over_https(app: Flask) -> None:
    set_cookie = app.test_client().get("/console/sign-in", base_url="https://mod.example").headers["Set-Cookie"]
    assert set_cookie.startswith("__Host-moderato=")
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert part in set_cookie
    assert "Domain" not in set_cookie


def test_passwords_are_not_asked_for_over_plain_http_from_afar(app: Flask) -> None:
    answer = app.test_client().get("/console/sign-in", base_url="http://mod.example")
    assert answer.status_code == 403
    assert "MODERATO_CONSOLE_PLAIN_HTTP" in answer.text


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/console/account", "/console/account"),
        ("https://evil.example/", "/console/"),
        ("//evil.example/console/", "/console/"),
        ("/console/\\evil.example", "/console/"),
        ("/console/\nevil", "/console/"),
    ],
)
def test_sign_in_leads_back_only_within_the_console(ana: Person, app: Flask, target: str, leads_to: str) -> None:
    answer = send_sign_in(app.test_client(), "ana@gazette.example", PASSWORD, next=target)
    assert answer.location == leads_to


def test_a_form_without_the_token_is_refused(ana: Person) -> None:
    answer = ana.client.post("/console/sign-out")
    assert answer.status_code == 403
    assert ana.get("/console/account").status_code == 200


def test_who_was_signed_out_is_told_so_whichever_request_comes_first(ana: Person, database: Database) -> None:
    token = csrf_token(ana.get("/console/account"))
    with database.write() as session:
        session.execute(delete(ConsoleSession))
    asked = {"Accept": "application/json", "X-CSRFToken": token}
    told = [
        ana.client.get("/console/account", headers=asked)
    ]  # takes the cookie away, and the token's other half with it
    told += [ana.client.post("/console/sign-out", headers=asked) for _ in range(2)]
    assert [(answer.status_code, answer.get_json()) for answer in told] == [(401, {"sign_in": "/console/sign-in"})] * 3


def test_a_form_with_the_token_of_an_earlier_sign_in_is_refused(ana: Person) -> None:
    answer = ana.client.post("/console/sign-out", headers={"Accept": "application/json", "X-CSRFToken": "of-old"})
    assert answer.status_code == 403
    assert "out of date" in answer.get_json()["detail"]


def test_a_form_sent_from_another_site_is_refused_even_with_the_token(ana: Person) -> None:
    answer = ana.post("/console/sign-out", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "another site" in answer.text


def test_every_page_forbids_inline_scripts_and_styles(ana: Person) -> None:
    for page in ("/console/sign-in", "/console/account", "/console/nowhere", "/console/static/console.css"):
        with ana.get(page) as answer:
            policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
    assert ana.get("/console/account").headers["Cache-Control"] == "no-store"


def test_pages_of_another_site_are_not_found(ana: Person, other_site: Site, app: Flask, database: Database) -> None:
    assert ana.get("/console/sites/herald/review").status_code == 404
    assert ana.get("/console/sites/there-is-none/review").status_code == 404
    hal = enter(app.test_client(), add_moderator(database, "hal@herald.example", "Hal", herald=Role.ADMIN))
    assert hal.get("/console/sites/gazette/review").status_code == 404
    assert hal.get("/console/sites/herald/review").status_code == 200


def test_who_came_went_and_failed_is_on_record_without_what_was_typed(
    ana: Person, app: Flask, database: Database
) -> None:
    typed = "my-secret-typed-into-the-wrong-field"
    for email in ("ana@gazette.example", typed):
        assert send_sign_in(app.test_client(), email, f"{typed}-too").status_code == 401
    other = enter(app.test_client(), ana.moderator)
    ana.post("/console/account/sessions/revoke")
    ana.post("/console/sign-out")
    assert other.get("/console/account").status_code == 303
    with database.read() as session:
        told = session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
        assert audit_log.verify(session).intact
    ana_id = ana.moderator.id
    assert [(entry.action, entry.actor_id, entry.subject_id, entry.site_id) for entry in told] == [
        ("session.begin", ana_id, ana_id, None),
        ("session.refuse", "", ana_id, None),
        ("session.refuse", "", "", None),
        ("session.begin", ana_id, ana_id, None),
        ("session.revoke", ana_id, ana_id, None),
        ("session.end", ana_id, ana_id, None),
    ]
    assert typed not in str([entry.__dict__ for entry in told])


def test_nobody_can_fill_the_log_with_failures(
    ana: Person, app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "RECORDED", 2)
    for _ in range(4):
        send_sign_in(app.test_client(), "ana@gazette.example", "wrong")
    with database.read() as session:
        refused = session.scalars(select(AuditEntry).where(AuditEntry.action == "session.refuse")).all()
    assert [entry.detail for entry in refused] == [{}, {"more_are_not_listed": True}]
