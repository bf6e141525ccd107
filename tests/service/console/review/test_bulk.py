"""Deciding on many: exactly what was shown, as one action, undone as one."""

import re
from html import unescape

import pytest
from sqlalchemy import func, select

from service.console.review import bulk
from service.db import Database
from service.models import Comment, ReviewAction, Site
from service.vocabulary import CommentStatus
from tests.support.console import Person
from tests.support.held import hold

BASE = "/console/sites/gazette/review"


@pytest.fixture
def held(database: Database, site: Site) -> list[Comment]:
    return [hold(database, site.id, number) for number in range(14)]


def counts(database: Database) -> dict[CommentStatus, int]:
    with database.read() as session:
        rows = session.execute(select(Comment.status, func.count()).group_by(Comment.status))
        return {row[0]: row[1] for row in rows}


def picked(page: str) -> list[str]:
    return re.findall(r'name="picked" value="([^"]+)"', page)


def test_a_range_of_the_histogram_shows_its_count_and_a_sample(ana: Person, held: list[Comment]) -> None:
    page = ana.get(f"{BASE}/bulk?score_from=0.9&score_to=1").text
    assert len(picked(page)) == 4
    assert "Approve 4 comments" in page
    assert "complete idiots" in page
    assert "estimate was six million" not in page


def test_deciding_on_a_range_is_one_action_and_is_undone_as_one(
    ana: Person, held: list[Comment], database: Database
) -> None:
    chosen = picked(ana.get(f"{BASE}/bulk?score_from=0.9").text)
    answer = ana.post(f"{BASE}/bulk/decision", {"verdict": "reject", "reason": "insult", "picked": chosen})
    assert answer.status_code == 303
    assert counts(database) == {CommentStatus.REJECTED: 4, CommentStatus.HELD: 10}
    with database.read() as session:
        action = session.scalars(select(ReviewAction)).one()
    assert action.decided == 4
    page = ana.get(f"{BASE}").text
    assert "Rejected 4 comments." in page
    ana.post(f"{BASE}/actions/{action.id}/undo")
    assert counts(database) == {CommentStatus.HELD: 14}


def test_work_in_several_transactions_is_still_one_action(
    ana: Person, held: list[Comment], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 3)
    ana.post(f"{BASE}/bulk/decision", {"verdict": "approve", "picked": picked(ana.get(f"{BASE}/bulk?all=1").text)})
    with database.read() as session:
        (action,) = session.scalars(select(ReviewAction)).all()
    assert action.decided == 14
    assert counts(database) == {CommentStatus.APPROVED: 14}
    ana.post(f"{BASE}/actions/{action.id}/undo")
    assert counts(database) == {CommentStatus.HELD: 14}


def test_what_arrives_after_the_page_was_shown_is_not_decided(
    ana: Person, held: list[Comment], database: Database
) -> None:
    chosen = picked(ana.get(f"{BASE}/bulk?all=1").text)
    hold(database, held[0].site_id, 14)
    ana.post(f"{BASE}/bulk/decision", {"verdict": "approve", "picked": chosen})
    assert counts(database) == {CommentStatus.APPROVED: 14, CommentStatus.HELD: 1}


def test_what_somebody_holds_changed_or_decided_is_left_alone_and_said(
    ana: Person, ben: Person, held: list[Comment], database: Database
) -> None:
    ben.get(f"/console/sites/gazette/comments/{held[0].id}")
    ben.post(
        f"/console/sites/gazette/comments/{held[1].id}/decision", {"verdict": "reject", "version": held[1].version}
    )
    chosen = [f"{comment.id}:{comment.version}" for comment in held]
    chosen[2] = f"{held[2].id}:{held[2].version - 1}"
    ana.post(f"{BASE}/bulk/decision", {"verdict": "approve", "picked": chosen})
    assert counts(database) == {CommentStatus.APPROVED: 11, CommentStatus.REJECTED: 1, CommentStatus.HELD: 2}
    assert "3 comments left out" in ana.get(BASE).text


def test_ticked_comments_are_shown_before_anything_is_decided(
    ana: Person, held: list[Comment], database: Database
) -> None:
    page = ana.post(f"{BASE}/bulk", {"ids": [held[3].id, held[5].id]}).text
    assert len(picked(page)) == 2
    assert counts(database) == {CommentStatus.HELD: 14}
    assert ana.post(f"{BASE}/bulk", {"ids": []}).status_code == 422


def test_nothing_of_another_site_is_decided(
    ana: Person, held: list[Comment], other_site: Site, database: Database
) -> None:
    foreign = hold(database, other_site.id, 30)
    assert ana.post(f"{BASE}/bulk", {"ids": [foreign.id]}).status_code == 422
    ana.post(f"{BASE}/bulk/decision", {"verdict": "approve", "picked": [f"{foreign.id}:{foreign.version}"]})
    assert counts(database) == {CommentStatus.HELD: 15}


def test_a_viewer_decides_on_nothing(vic: Person, held: list[Comment]) -> None:
    assert vic.get(f"{BASE}/bulk").status_code == 403
    assert vic.post(f"{BASE}/bulk/decision", {"verdict": "approve"}).status_code == 403


def test_the_page_opens_with_nothing_selected(ana: Person, held: list[Comment]) -> None:
    for query in ("", "?author=author-Tom Reed", "?score_from=&score_to="):
        page = ana.get(f"{BASE}/bulk{query}").text
        assert picked(page) == []
        assert "Nothing is selected yet" in page
        assert 'value="approve"' not in page
    assert len(picked(ana.get(f"{BASE}/bulk?author=author-Tom Reed&all=1").text)) == 2


def test_many_are_rejected_for_a_reason_alone(ana: Person, held: list[Comment], database: Database) -> None:
    chosen = picked(ana.get(f"{BASE}/bulk?all=1").text)
    answer = ana.post(f"{BASE}/bulk/decision", {"verdict": "reject", "picked": chosen})
    assert answer.status_code == 422
    assert "Select a reason" in answer.text
    assert counts(database) == {CommentStatus.HELD: 14}


def test_more_than_a_page_of_comments_is_asked_for_twice(
    ana: Person, held: list[Comment], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "CONFIRMED_ABOVE", 13)
    form = {"verdict": "reject", "reason": "spam", "picked": picked(ana.get(f"{BASE}/bulk?all=1").text)}
    asked = ana.post(f"{BASE}/bulk/decision", form)
    assert asked.status_code == 200
    assert "Reject 14 comments?" in asked.text
    assert "advertises something" in asked.text
    assert picked(asked.text) == form["picked"]
    assert counts(database) == {CommentStatus.HELD: 14}
    ana.post(f"{BASE}/bulk/decision", form | {"confirmed": "14"})
    assert counts(database) == {CommentStatus.REJECTED: 14}


def test_cancel_leads_back_to_the_range_and_the_reason(
    ana: Person, held: list[Comment], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "CONFIRMED_ABOVE", 1)
    page = ana.get(f"{BASE}/bulk?score_from=0.9&score_to=1").text
    fields = dict(re.findall(r'type="hidden" name="(query|of_range)" value="([^"]*)"', page))
    form = {"verdict": "reject", "reason": "spam", "picked": picked(page)}
    asked = ana.post(f"{BASE}/bulk/decision", form | {name: unescape(value) for name, value in fields.items()}).text
    cancel = re.search(r'href="([^"]+)">Cancel', asked)
    assert cancel
    before = ana.get(unescape(cancel[1])).text
    assert picked(before) == picked(page)
    assert re.search(r'value="spam" checked', before)
