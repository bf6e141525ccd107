"""How long a site keeps texts: a shorter time says first what it erases, and changes nothing until confirmed."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from service.clock import utc_now
from service.db import Database
from service.models import AuditEntry, Comment, Site
from service.moderation.erasure import retention
from service.vocabulary import CommentStatus
from tests.support.console import Person, text_of
from tests.support.held import hold

PAGE = "/console/sites/gazette/retention"


@pytest.fixture(autouse=True)
def _past(database: Database, site: Site, other_site: Site) -> None:
    """Three comments that were approved forty days ago, one yesterday, one that is held; and another site's."""
    for where in (site, site, site, other_site):
        hold(database, where.id, _number())
    recent, _held = hold(database, site.id, _number()), hold(database, site.id, _number())
    with database.write() as session:
        for comment in session.scalars(select(Comment).where(Comment.id != _held.id)):
            comment.status = CommentStatus.APPROVED
            comment.decided_at = utc_now() - timedelta(days=1 if comment.id == recent.id else 40)


_numbers = iter(range(10_000))


def _number() -> int:
    return next(_numbers)


def kept(database: Database, site: Site) -> int | None:
    with database.read() as session:
        return session.get_one(Site, site.id).retention_days


def test_a_shorter_time_is_confirmed_with_the_number_that_it_erases(
    ada: Person, database: Database, site: Site
) -> None:
    asked = ada.post(PAGE, {"days": "30"})
    assert "the texts of 3 comments" in text_of(asked.text)
    assert kept(database, site) is None
    sure = re.search(r'name="sure" value="(\d+)"', asked.text)
    assert sure is not None
    assert ada.post(PAGE, {"days": "30", "sure": "2"}).status_code == 200  # more than was confirmed
    assert kept(database, site) is None
    assert ada.post(PAGE, {"days": "30", "sure": sure[1]}).status_code == 303
    assert kept(database, site) == 30
    with database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "site.retention")).one()
    assert entry.detail == {"from": None, "to": 30, "erases": 3}
    with database.write() as session:
        assert retention.erase_expired(session, default_days=90) == 3


@pytest.mark.one_database
def test_a_longer_time_and_the_usual_one_need_no_confirmation(ada: Person, database: Database, site: Site) -> None:
    with database.write() as session:
        session.execute(update(Site).where(Site.id == site.id).values(retention_days=35))
    assert ada.post(PAGE, {"days": "400"}).status_code == 303
    assert kept(database, site) == 400
    assert ada.post(PAGE, {"days": ""}).status_code == 303
    assert kept(database, site) is None


@pytest.mark.one_database
@pytest.mark.parametrize("days", ["0", "36501", "ten", "-1"])
def test_what_is_no_time_is_refused(ada: Person, database: Database, site: Site, days: str) -> None:
    assert ada.post(PAGE, {"days": days, "sure": "99"}).status_code == 422
    assert kept(database, site) is None


def test_a_refused_number_is_still_in_its_field(ada: Person, database: Database, site: Site) -> None:
    answer = ada.post(PAGE, {"days": "99999999"})
    assert (answer.status_code, 'value="99999999"' in answer.text) == (422, True)
    assert kept(database, site) is None
