"""What is taken away from a moderator ends the sessions that were begun with it."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.accounts import moderators, passwords
from service.console.people import sign_in
from service.db import Database
from service.errors import Invalid, NotFound
from service.models import ConsoleSession, Membership, Moderator, Site
from service.models.moderator import Role
from tests.support.console import PASSWORD, add_moderator

NEW = "a brand new password"
Act = Callable[[Session, Site, Moderator], object]


@pytest.fixture
def ana(database: Database, site: Site) -> Moderator:
    """A lead with two sessions, beside somebody else with one."""
    ana = add_moderator(database, "ana@gazette.example", "Ana Lima", gazette=Role.LEAD)
    ben = add_moderator(database, "ben@gazette.example", "Ben Okafor", gazette=Role.LEAD)
    for moderator in (ana, ana, ben):
        sign_in.begin(database, moderator.id, address="", agent="")
    return ana


def sessions(database: Database, moderator: Moderator) -> int:
    with database.read() as session:
        ours = select(func.count()).where(ConsoleSession.moderator_id == moderator.id)
        assert session.scalar(select(func.count()).select_from(ConsoleSession)) == (session.scalar(ours) or 0) + 1
        return session.scalar(ours) or 0


ENDS: dict[str, Act] = {
    "a new password": lambda s, _site, person: moderators.set_password(s, person, NEW),
    "a new password with the account": lambda s, site, person: moderators.add(
        s, site, person.email, name="", role=Role.LEAD, password=NEW
    ),
    "a lesser role": lambda s, site, person: moderators.set_role(s, site, person, Role.MODERATOR),
    "a removal": lambda s, site, person: moderators.remove(s, site, person),
    "a removal everywhere": lambda s, _site, person: moderators.disable(s, person),
}
KEEPS: dict[str, Act] = {
    "the same password": lambda s, site, person: moderators.add(
        s, site, person.email, name="", role=Role.LEAD, password=PASSWORD
    ),
    "the same role": lambda s, site, person: moderators.set_role(s, site, person, Role.LEAD),
    "a higher role": lambda s, site, person: moderators.set_role(s, site, person, Role.ADMIN),
}


@pytest.mark.parametrize("what", ENDS)
def test_what_takes_something_away_ends_the_persons_sessions_and_nobody_elses(
    database: Database, site: Site, ana: Moderator, what: str
) -> None:
    with database.write() as session:
        ENDS[what](session, site, session.get_one(Moderator, ana.id))
    assert sessions(database, ana) == 0


@pytest.mark.parametrize("what", KEEPS)
@pytest.mark.one_database
def test_what_takes_nothing_away_ends_no_session(database: Database, site: Site, ana: Moderator, what: str) -> None:
    with database.write() as session:
        KEEPS[what](session, site, session.get_one(Moderator, ana.id))
    assert sessions(database, ana) == 2


def test_who_was_removed_everywhere_is_out_and_comes_back_only_by_being_added(
    database: Database, site: Site, ana: Moderator
) -> None:
    with database.write() as session:
        moderators.disable(session, session.get_one(Moderator, ana.id))
    with pytest.raises(sign_in.WrongPassword):
        sign_in.check_password(database, ana.email, PASSWORD, address="")
    with database.write() as session:
        assert session.scalars(select(Membership).where(Membership.moderator_id == ana.id)).all() == []
        moderators.add(session, site, ana.email, name="", role=Role.VIEWER, password=None)
    assert sign_in.check_password(database, ana.email, PASSWORD, address="").id == ana.id


@pytest.mark.one_database
def test_a_short_password_is_refused_and_changes_nothing(database: Database, ana: Moderator) -> None:
    with pytest.raises(Invalid), database.write() as session:
        moderators.set_password(session, session.get_one(Moderator, ana.id), "short")
    with database.read() as session:
        assert passwords.verify(session.get_one(Moderator, ana.id).password_hash, PASSWORD)
    assert sessions(database, ana) == 2


@pytest.mark.one_database
def test_nobody_is_removed_from_a_site_where_they_have_no_role(
    database: Database, other_site: Site, ana: Moderator
) -> None:
    with pytest.raises(NotFound), database.write() as session:
        moderators.remove(session, other_site, session.get_one(Moderator, ana.id))
