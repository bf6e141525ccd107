"""Appeals: an author objects, and somebody else than who rejected decides."""

import pytest
from flask import Flask

from service.accounts import keys
from service.db import Database
from service.errors import Conflict
from service.models import AppealState, Comment, Site
from service.moderation.actors import SERVICE
from service.moderation.review import appeals
from service.vocabulary import CommentStatus
from tests.support.console import Person
from tests.support.held import hold

PAGE = "/console/sites/gazette/appeals"
OBJECTION = "I quoted the mayor word for word; the article itself has the same sentence."


@pytest.fixture
def rejected(ana: Person, site: Site, database: Database) -> Comment:
    """A comment that Ana rejected."""
    comment = hold(database, site.id)
    data = {"verdict": "reject", "reason": "insult", "version": comment.version}
    ana.post(f"/console/sites/gazette/comments/{comment.id}/decision", data)
    return comment


def lodge(database: Database, comment: Comment) -> str:
    with database.write() as session:
        return appeals.lodge(session, session.get_one(Comment, comment.id), OBJECTION, by=SERVICE)[0].id


def status(database: Database, comment: Comment) -> CommentStatus:
    with database.read() as session:
        return session.get_one(Comment, comment.id).status


def test_who_rejected_does_not_decide_on_the_appeal(ana: Person, rejected: Comment, database: Database) -> None:
    appeal = lodge(database, rejected)
    page = ana.get(PAGE).text
    assert OBJECTION in page
    assert "another moderator decides" in page
    assert ana.post(f"{PAGE}/{appeal}", {"ruling": "uphold"}).status_code == 403


def test_somebody_else_overturns_and_the_comment_is_approved(
    ben: Person, rejected: Comment, database: Database
) -> None:
    appeal = lodge(database, rejected)
    ben.post(f"{PAGE}/{appeal}", {"ruling": "overturn", "answer": "You are right."})
    assert status(database, rejected) is CommentStatus.APPROVED
    with database.read() as session:
        (case,) = appeals.cases(session, rejected.site_id, is_open=False)
    assert (case.appeal.state, case.appeal.actor, case.appeal.answer) == (
        AppealState.OVERTURNED,
        "Ben Okafor",
        "You are right.",
    )


def test_upholding_leaves_the_rejection_and_is_final(
    ben: Person, lea: Person, rejected: Comment, database: Database
) -> None:
    appeal = lodge(database, rejected)
    ben.post(f"{PAGE}/{appeal}", {"ruling": "uphold"})
    assert status(database, rejected) is CommentStatus.REJECTED
    assert lea.post(f"{PAGE}/{appeal}", {"ruling": "overturn"}).status_code == 409


def test_a_comment_that_is_not_rejected_cannot_be_appealed_for(database: Database, site: Site) -> None:
    with pytest.raises(Conflict):
        lodge(database, hold(database, site.id, 1))


def test_one_rejection_has_one_appeal(rejected: Comment, database: Database) -> None:
    assert lodge(database, rejected) == lodge(database, rejected)


def test_an_appeal_for_what_was_approved_meanwhile_is_moot(
    ben: Person, lea: Person, rejected: Comment, database: Database
) -> None:
    appeal = lodge(database, rejected)
    with database.read() as session:
        version = session.get_one(Comment, rejected.id).version
    data = {"verdict": "approve", "version": version}
    lea.post(f"/console/sites/gazette/comments/{rejected.id}/decision", data)
    ben.post(f"{PAGE}/{appeal}", {"ruling": "uphold"})
    assert status(database, rejected) is CommentStatus.APPROVED
    assert "moot" in ben.get(PAGE).text


def test_the_site_lodges_an_appeal_and_reads_its_outcome(
    app: Flask, ben: Person, rejected: Comment, database: Database
) -> None:
    with database.write() as session:
        key = keys.create(session, rejected.site_id, "cms")
    headers = {"Authorization": f"Bearer {key}"}
    client = app.test_client()
    address = f"/v1/comments/{rejected.external_id}/appeals"
    first = client.post(address, json={"text": OBJECTION}, headers=headers)
    assert first.status_code == 201, first.text
    assert client.post(address, json={"text": OBJECTION}, headers=headers).status_code == 200
    assert first.json is not None
    ben.post(f"{PAGE}/{first.json['id']}", {"ruling": "uphold", "answer": "It stays."})
    outcome = client.get(address, headers=headers).json
    assert outcome is not None
    assert [(one["state"], one["answer"]) for one in outcome["appeals"]] == [("upheld", "It stays.")]


def test_nobody_of_another_site_sees_or_decides_an_appeal(
    ben: Person, other_site: Site, rejected: Comment, database: Database
) -> None:
    foreign = hold(database, other_site.id, 5)
    appeal = lodge(database, rejected)
    with database.write() as session:
        session.get_one(Comment, foreign.id)
    assert ben.get("/console/sites/herald/appeals").status_code == 404
    assert ben.post(f"/console/sites/herald/appeals/{appeal}", {"ruling": "uphold"}).status_code == 404
