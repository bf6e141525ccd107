"""A comment that somebody opened is theirs for a while; others see whose it is."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from service.db import Database
from service.errors import Conflict
from service.models import Comment, Reservation
from service.moderation.actors import of_moderator
from service.moderation.review import reservations
from tests.service.console.review.conftest import BASE, SCRIPT, form, of
from tests.support.console import Person


def test_opening_a_comment_holds_it_and_others_see_who_does(ana: Person, ben: Person, comment: Comment) -> None:
    assert "Reserved for you" in ana.get(of(comment)).text
    page = ben.get(of(comment)).text
    assert "Ana Lima</strong> is deciding" in page
    assert "Reserved for you" not in page
    assert "Ana Lima is deciding" in ben.get(f"{BASE}/review").text
    answer = ben.post(of(comment, "/decision"), form(comment), headers=SCRIPT)
    assert answer.status_code == 409
    assert answer.json is not None
    assert answer.json["holder"] == "Ana Lima"


def test_a_hold_ends_by_itself(ana: Person, ben: Person, comment: Comment, database: Database) -> None:
    ana.get(of(comment))
    with database.write() as session:
        hold = session.scalars(select(Reservation)).one()
        hold.until = hold.until - timedelta(seconds=reservations.HOLD_SECONDS + 1)
    assert "Reserved for you" in ben.get(of(comment)).text


def test_skipping_lets_go_and_only_of_ones_own(ana: Person, ben: Person, comment: Comment) -> None:
    ana.get(of(comment))
    ben.post(of(comment, "/release"))
    assert "is deciding" in ben.get(of(comment)).text
    ana.post(of(comment, "/release"))
    assert "Reserved for you" in ben.get(of(comment)).text


@pytest.mark.parametrize("headers", [{"Sec-Purpose": "prefetch"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_browser_that_looks_ahead_holds_nothing(
    ana: Person, ben: Person, comment: Comment, headers: dict[str, str]
) -> None:
    assert ana.get(of(comment), headers=headers).status_code == 200
    assert "Reserved for you" in ben.get(of(comment)).text


def test_a_viewer_sees_but_neither_holds_nor_decides(vic: Person, ana: Person, comment: Comment) -> None:
    page = vic.get(of(comment)).text
    assert "idiots" in page
    assert "Approve" not in page
    assert vic.post(of(comment, "/decision"), form(comment)).status_code == 403
    assert "Reserved for you" in ana.get(of(comment)).text


def test_of_many_who_reach_for_one_comment_exactly_one_holds_it(
    ana: Person, ben: Person, comment: Comment, database: Database
) -> None:
    taken: list[str] = []

    def reach(moderator_id: str) -> None:
        with database.write() as session:
            if reservations.take(session, comment.id, moderator_id):
                taken.append(moderator_id)

    people = [ana.moderator.id, ben.moderator.id] * 6
    threads = [threading.Thread(target=reach, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken
    assert len(set(taken)) == 1


def test_a_hold_cannot_be_taken_from_somebody_else(
    ana: Person, ben: Person, comment: Comment, database: Database
) -> None:
    ana.get(of(comment))
    with database.write() as session, pytest.raises(Conflict, match="Ana Lima"):
        reservations.require_free(session, comment.id, of_moderator(ben.moderator))
