"""My decisions: what I decided, what became of it, and undo while the CMS has not received it."""

from service.db import Database
from service.models import Site
from service.moderation.review import actions, own_decisions
from service.moderation.review.deciding import Ruling
from service.vocabulary import CommentStatus, Verdict
from tests.support.comments import reread
from tests.support.console import Person, text_of
from tests.support.held import hold

PAGE = "/console/sites/gazette/comments/mine"


def test_it_shows_ones_own_decisions_newest_first_and_what_became_of_them(
    ana: Person, ben: Person, database: Database, site: Site
) -> None:
    assert "No decisions of yours here." in ana.get(PAGE).text
    comments = [hold(database, site.id, number) for number in range(4)]
    for person, comment in ((ana, comments[0]), (ana, comments[1]), (ben, comments[2])):
        decide(database, site, person, comment.id, Verdict.REJECT)
    decide(database, site, ben, comments[1].id, Verdict.APPROVE)
    page = text_of(ana.get(PAGE).text)
    assert page.count("rejected") == 2
    assert "rejected now approved" in page, "Ben overturned it"
    assert comments[1].text[:40] in page
    assert page.index(comments[1].text[:40]) < page.index(comments[0].text[:40])
    assert comments[2].text[:40] not in page
    assert page.count("approved") == 1


def test_undo_is_there_until_its_window_ends_and_leads_back(ana: Person, database: Database, site: Site) -> None:
    late, one, *both = [hold(database, site.id, number) for number in range(4)]
    decide(database, site, ana, late.id, Verdict.REJECT)
    decide(database, site, ana, one.id, Verdict.REJECT, undo_seconds=600)
    with database.write() as session:
        chosen = [(comment.id, comment.version) for comment in both]
        actions.decide_many(session, site.id, ana.moderator, chosen, Ruling(verdict=Verdict.APPROVE), undo_seconds=600)
    page = ana.get(PAGE).text
    assert page.count("Undo all 2") == 2
    assert page.count(">Undo<") == 1
    with database.read() as session:
        found, _ = own_decisions.page(session, site.id, ana.moderator.id)
    action = next(row.action for row in found if row.comment.id == one.id)
    answer = ana.post(f"/console/sites/gazette/review/actions/{action}/undo", {"then": "mine"})
    assert answer.location == PAGE
    assert reread(database, one.id).status is CommentStatus.HELD
    assert text_of(ana.get(PAGE).text).count("undone") == 1


def test_a_page_ends_where_the_next_begins(ana: Person, database: Database, site: Site) -> None:
    comments = [hold(database, site.id, number) for number in range(3)]
    for comment in comments:
        decide(database, site, ana, comment.id, Verdict.APPROVE)
    with database.read() as session:
        first, after = own_decisions.page(session, site.id, ana.moderator.id, limit=2)
        second, end = own_decisions.page(session, site.id, ana.moderator.id, after=after, limit=2)
    assert [row.comment.id for row in (*first, *second)] == [comment.id for comment in reversed(comments)]
    assert end is None


def decide(
    database: Database, site: Site, person: Person, comment_id: str, verdict: Verdict, *, undo_seconds: float = -10
) -> None:
    with database.write() as session:
        version = actions.require(session, site.id, comment_id).version
        ruling = Ruling(verdict=verdict)
        actions.decide(session, site.id, person.moderator, comment_id, version, ruling, undo_seconds=undo_seconds)
