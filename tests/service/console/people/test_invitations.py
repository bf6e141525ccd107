"""An invitation opens a site to one address, once: by a new account, or by the one that the address has."""

import re

import pytest
from flask import Flask
from sqlalchemy import select, update

from service.db import Database, database_now
from service.installation.settings import Settings
from service.models import AuditEntry, Invitation, Membership, Moderator, Site
from service.models.moderator import Role
from tests.support.console import Person, add_moderator, csrf_token, enter, text_of
from tests.support.quicker import application

PEOPLE = "/console/sites/gazette/people"
MIA = "mia@gazette.example"
NEW = {"name": "Mia Sand", "password": "correct horse battery"}


def invite(ada: Person, email: str = MIA, role: str = "moderator") -> str:
    """Return the path of the link."""
    answer = ada.post(f"{PEOPLE}/invite", {"email": email, "role": role})
    found = re.search(r'value="https?://[^/"]+(/console/invitation/[^"]+)"', answer.text)
    assert found, answer.text
    return found[1]


def stranger(app: Flask, link: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    client = app.test_client()
    page = client.get(link)
    if form is None or page.status_code != 200:
        return page.status_code, page.text
    answer = client.post(link, data={"csrf_token": csrf_token(page), **form})
    return answer.status_code, answer.text


def roles(database: Database, email: str) -> list[Role]:
    with database.read() as session:
        return list(session.scalars(select(Membership.role).join(Moderator).where(Moderator.email == email)))


def test_somebody_new_makes_an_account_and_is_signed_in(
    ada: Person, app: Flask, database: Database, site: Site
) -> None:
    link = invite(ada, " Mia@Gazette.example ", "lead")
    assert MIA in text_of(ada.get(PEOPLE).text)
    client = app.test_client()
    page = client.get(link)
    assert "Ada Admin invites you to moderate as lead" in text_of(page.text)
    short = client.post(link, data={"csrf_token": csrf_token(page), **NEW, "password": "short"})
    assert (short.status_code, roles(database, MIA)) == (422, [])
    assert client.post(link, data={"csrf_token": csrf_token(page), **NEW}).status_code == 303
    assert roles(database, MIA) == [Role.LEAD]
    assert client.get("/console/sites/gazette/review").status_code == 200
    assert stranger(app, link)[0] == 404  # once
    with database.read() as session:
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.site_id == site.id)).all()
    assert acts[-2:] == ["moderator.invite", "moderator.join"]


def test_who_has_an_account_signs_in_to_it_and_nobody_else_can_use_the_link(
    ada: Person, ana: Person, app: Flask, database: Database, other_site: Site
) -> None:
    eve = add_moderator(database, "eve@herald.example", "Eve", herald=Role.ADMIN)
    link = invite(ada, "eve@herald.example")
    status, _ = stranger(app, link, NEW)
    assert status == 303  # to signing in: an invitation sets nobody's password
    assert app.test_client().post(link, data={}).status_code == 403
    assert ana.post(f"{link}/join").status_code == 403
    assert roles(database, "eve@herald.example") == [Role.ADMIN]
    there = enter(app.test_client(), eve)
    assert "invites eve@herald.example" in text_of(there.get(f"{link}/join").text)
    assert there.post(f"{link}/join").status_code == 303
    assert sorted(roles(database, "eve@herald.example")) == [Role.ADMIN, Role.MODERATOR]


@pytest.mark.one_database
def test_a_link_ends_with_its_week_its_withdrawal_and_its_successor(
    ada: Person, app: Flask, database: Database
) -> None:
    first = invite(ada)
    second = invite(ada)
    assert [stranger(app, link)[0] for link in (first, second)] == [404, 200]
    with database.write() as session:
        session.execute(update(Invitation).values(ends_at=database_now(-1)))
    assert stranger(app, second, NEW)[0] == 404
    third = invite(ada)
    with database.read() as session:
        found = session.scalars(select(Invitation)).one()
    assert third.rpartition("/")[2] not in found.secret_sha256
    assert ada.post(f"{PEOPLE}/invitations/{found.id}/withdraw", {"sure": "on"}).status_code == 303
    assert stranger(app, third, NEW)[0] == 404
    assert roles(database, MIA) == []


@pytest.mark.one_database
def test_a_member_and_what_is_no_address_are_refused(ada: Person, ana: Person) -> None:
    assert ada.post(f"{PEOPLE}/invite", {"email": ana.moderator.email, "role": "lead"}).status_code == 409
    assert ada.post(f"{PEOPLE}/invite", {"email": "nobody", "role": "lead"}).status_code == 422
    assert ada.post(f"{PEOPLE}/invite", {"email": MIA, "role": "god"}).status_code == 400


@pytest.mark.one_database
def test_without_passwords_the_account_is_for_single_sign_on(
    ada: Person, settings: Settings, database: Database, queues: object
) -> None:
    link = invite(ada)
    sso = application(settings.model_copy(update={"password_sign_in": False}), database, queues)  # type: ignore[arg-type]
    status, _ = stranger(sso, link, {"name": "Mia"})
    assert status == 303
    with database.read() as session:
        assert session.scalars(select(Moderator).where(Moderator.email == MIA)).one().password_hash is None


@pytest.mark.one_database
def test_a_refused_invitation_keeps_what_was_typed_and_says_why(ada: Person, ana: Person) -> None:
    answer = ada.post(f"{PEOPLE}/invite", {"email": ana.moderator.email, "role": "lead"})
    assert answer.status_code == 409
    assert f"{ana.moderator.email} has a role here already." in text_of(answer.text)
    assert f'value="{ana.moderator.email}"' in answer.text
    assert re.search(r'<option value="lead" selected>', answer.text.rpartition("Invite somebody")[2])
    assert ada.post(f"{PEOPLE}/invite", {"email": "mia", "role": "lead"}).status_code == 422
