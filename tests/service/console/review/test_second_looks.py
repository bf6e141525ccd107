"""Second looks: drawn by lot, judged blind by somebody else, changing nothing but what is known of agreement."""

import pytest
from flask import Flask

from service.db import Database
from service.installation.settings import Settings
from service.models import Comment, Site
from service.moderation.erasure import erasing
from service.moderation.insight.agreement import second_looks as agreement
from service.moderation.review import second_looks
from service.queues import Queues
from service.vocabulary import CommentStatus
from tests.support.actors import CMS
from tests.support.console import Person
from tests.support.held import hold
from tests.support.quicker import application

PAGE = "/console/sites/gazette/second-looks"


@pytest.fixture
def app(settings: Settings, database: Database, queues: Queues) -> Flask:
    """The application where every decision is drawn."""
    return application(settings.model_copy(update={"second_look_percent": 100}), database, queues)


def decide(person: Person, comment: Comment, verdict: str) -> None:
    data = {"verdict": verdict, "version": comment.version}
    assert person.post(f"/console/sites/gazette/comments/{comment.id}/decision", data).status_code == 303


def look(person: Person, verdict: str) -> str:
    page = person.get(PAGE).text
    address = page.split('action="/console/sites/gazette/second-looks/')[1].split('"')[0]
    person.post(f"{PAGE}/{address}", {"verdict": verdict})
    return person.get(PAGE).text


def test_the_second_look_is_blind_and_by_somebody_else(
    ana: Person, ben: Person, site: Site, database: Database
) -> None:
    decide(ana, hold(database, site.id), "reject")
    assert "No comments need a second look" in ana.get(PAGE).text
    page = ben.get(PAGE).text
    assert "complete idiots" in page
    for hint in ("Ana", "rejected", "0.91"):
        assert hint not in page


def test_a_different_view_is_recorded_and_changes_no_verdict(
    ana: Person, ben: Person, lea: Person, site: Site, database: Database
) -> None:
    comment = hold(database, site.id)
    decide(ana, comment, "reject")
    assert "The first moderator rejected it" in look(ben, "approve")
    with database.read() as session:
        assert session.get_one(Comment, comment.id).status is CommentStatus.REJECTED
        found = agreement.agreements(session, site.id)
    assert (found[""].judged, found[""].alike) == (1, 0)
    assert "Agreement between moderators" in lea.get(PAGE).text
    assert "Agreement between moderators" not in ben.get(PAGE).text


def test_agreement_is_told_for_each_reason_of_holding(ana: Person, ben: Person, site: Site, database: Database) -> None:
    for number, verdict in ((0, "reject"), (1, "approve"), (2, "reject")):
        decide(ana, hold(database, site.id, number), verdict)
    for verdict in ("reject", "approve", "approve"):
        look(ben, verdict)
    with database.read() as session:
        found = agreement.agreements(session, site.id)
    assert {reason: (one.judged, one.alike) for reason, one in found.items()} == {
        "": (3, 2),
        "off_topic": (1, 1),
        "toxic": (2, 1),
    }


def test_what_was_undone_is_not_looked_at(ana: Person, ben: Person, site: Site, database: Database) -> None:
    comment = hold(database, site.id)
    answer = ana.post(
        f"/console/sites/gazette/comments/{comment.id}/decision",
        {"verdict": "reject", "version": comment.version},
        headers={"Accept": "application/json"},
    )
    assert answer.json is not None
    ana.post(answer.json["undo"])
    assert "No comments need a second look" in ben.get(PAGE).text


def test_an_erased_text_is_not_looked_at(ana: Person, ben: Person, site: Site, database: Database) -> None:
    comment = hold(database, site.id)
    decide(ana, comment, "reject")
    with database.write() as session:
        erasing.erase_comment(session, site.id, comment.external_id, by=CMS)
    assert "No comments need a second look" in ben.get(PAGE).text


@pytest.mark.parametrize("percent", [0, 5, 50, 100])
def test_the_lot_falls_on_about_the_share_that_is_asked_for(percent: int) -> None:
    drawn = sum(second_looks.is_drawn(f"{number:032x}", percent) for number in range(4_000))
    assert drawn == pytest.approx(40 * percent, abs=120)


def test_nobody_looks_twice_at_their_own_or_at_another_sites(
    ana: Person, ben: Person, other_site: Site, site: Site, database: Database
) -> None:
    decide(ana, hold(database, site.id), "reject")
    address = ben.get(PAGE).text.split('action="/console/sites/gazette/second-looks/')[1].split('"')[0]
    assert ana.post(f"{PAGE}/{address}", {"verdict": "reject"}).status_code == 404
    assert ben.post(f"/console/sites/herald/second-looks/{address}", {"verdict": "reject"}).status_code == 404
    assert ben.post(f"{PAGE}/{address}", {"verdict": "reject"}).status_code == 303
    assert ben.post(f"{PAGE}/{address}", {"verdict": "approve"}).status_code == 409
