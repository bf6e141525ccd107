"""The page of people: an admin changes roles and takes them away, and nobody locks the site or another site out."""

from sqlalchemy import select

from service.db import Database
from service.models import AuditEntry, Membership, Moderator, Site
from service.models.moderator import Role
from tests.support.console import Person, add_moderator, text_of

PEOPLE = "/console/sites/gazette/people"


def role_of(database: Database, person: Moderator, site: Site) -> Role | None:
    with database.read() as session:
        row = session.get(Membership, (person.id, site.id))
        return row.role if row else None


def test_an_admin_sees_everybody_with_a_role_here_and_nobody_else(
    ada: Person, ana: Person, database: Database, other_site: Site
) -> None:
    add_moderator(database, "eve@herald.example", "Eve", herald=Role.ADMIN)
    page = text_of(ada.get(PEOPLE).text)
    assert "ana@gazette.example" in page
    assert "eve@herald.example" not in page


def test_a_lesser_role_counts_at_once_and_ends_the_sessions(
    ada: Person, lea: Person, database: Database, site: Site
) -> None:
    assert ada.post(f"{PEOPLE}/{lea.moderator.id}/role", {"role": "viewer"}).status_code == 303
    assert role_of(database, lea.moderator, site) == Role.VIEWER
    assert lea.get("/console/account").status_code == 303
    with database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "moderator.role")).one()
    assert entry.detail == {"from": "lead", "to": "viewer", "sessions_ended": 1}


def test_a_removal_ends_the_sessions(ada: Person, lea: Person, database: Database, site: Site) -> None:
    assert ada.post(f"{PEOPLE}/{lea.moderator.id}/remove", {"sure": "on"}).status_code == 303
    assert role_of(database, lea.moderator, site) is None
    assert lea.get("/console/account").status_code == 303


def test_nobody_changes_their_own_role_so_that_a_site_keeps_an_admin(
    ada: Person, database: Database, site: Site
) -> None:
    for form in ("role", "remove"):
        answer = ada.post(f"{PEOPLE}/{ada.moderator.id}/{form}", {"role": "viewer", "sure": "on"})
        assert answer.status_code == 409
        assert "Ask another admin" in answer.text
    assert role_of(database, ada.moderator, site) == Role.ADMIN


def test_a_role_at_another_site_is_out_of_reach(ada: Person, database: Database, site: Site, other_site: Site) -> None:
    eve = add_moderator(database, "eve@herald.example", "Eve", herald=Role.ADMIN)
    for form in ("role", "remove"):
        assert ada.post(f"{PEOPLE}/{eve.id}/{form}", {"role": "viewer", "sure": "on"}).status_code == 404
    assert role_of(database, eve, other_site) == Role.ADMIN
    assert role_of(database, eve, site) is None
