"""The list of authors with a standing: who is on it, until when, and a link to each."""

from datetime import timedelta

from service.clock import utc_now
from service.console.people import authors as page
from service.db import Database
from service.models import Author, Site
from service.moderation.actors import Actor
from service.moderation.authors import standing as standings
from service.vocabulary import Standing
from tests.support.console import Person
from tests.support.held import hold

LIST = "/console/sites/gazette/authors"
LEA = Actor(kind="moderator", id="1", name="Lea Brandt")


def say(database: Database, site: Site, author_id: str, standing: Standing | None, **more: object) -> None:
    with database.write() as session:
        standings.set_to(session, site.id, author_id, standing, by=LEA, reason="seen before", **more)  # type: ignore[arg-type]


def test_it_names_everybody_of_whom_something_holds_now_and_leads_to_them(
    vic: Person, database: Database, site: Site, other_site: Site
) -> None:
    hold(database, site.id, 0, author_id="tom/1", author_name="Tom Reed")
    say(database, site, "tom/1", Standing.BLOCKED, until=utc_now() + timedelta(days=2))
    say(database, site, "desk", Standing.STAFF)
    say(database, site, "taken-back", Standing.TRUSTED)
    say(database, site, "taken-back", None)
    say(database, other_site, "elsewhere", Standing.BLOCKED)
    with database.write() as session:
        over = utc_now() - timedelta(days=1)
        session.add(Author(site_id=site.id, external_id="over", standing=Standing.BLOCKED, until=over, set_at=over))
    told = vic.get(LIST).text
    assert "Tom Reed" in told
    assert 'href="/console/sites/gazette/author?id=tom/1"' in told
    assert "desk" in told
    assert "seen before" in told
    for absent in ("taken-back", "elsewhere", ">over<"):
        assert absent not in told
    assert "all <b>2</b>" in told


def test_it_can_be_narrowed_to_one_standing(vic: Person, database: Database, site: Site) -> None:
    say(database, site, "desk", Standing.STAFF)
    say(database, site, "spammer", Standing.BLOCKED)
    told = vic.get(f"{LIST}?standing=blocked").text
    assert "spammer" in told
    assert "desk" not in told
    assert "No author is trusted." in vic.get(f"{LIST}?standing=trusted").text
    assert vic.get(f"{LIST}?standing=hated").status_code == 400


def test_a_long_list_goes_on_behind_a_link(vic: Person, database: Database, site: Site) -> None:
    with database.write() as session:
        for number in range(page.PAGE + 1):
            at = utc_now()
            session.add(
                Author(site_id=site.id, external_id=f"a{number:04}", standing=Standing.BLOCKED, reason="x", set_at=at)
            )
    first = vic.get(LIST).text
    assert "a0099" in first
    assert "a0100" not in first
    assert f"{LIST}?after=a0099" in first
    assert "a0100" in vic.get(f"{LIST}?after=a0099").text
