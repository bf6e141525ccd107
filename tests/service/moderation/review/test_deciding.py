"""A decision by API and one in the console are one rule: reservation, statement, second look and audit entry alike."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from service.accounts import keys
from service.clock import rfc3339
from service.db import Database
from service.installation.settings import Settings
from service.models import AuditEntry, Comment, Decision, Delivery, Reservation, SecondLook, Site
from service.models.moderator import Role
from service.moderation.insight.agreement.second_looks import agreements
from service.moderation.judgement import statements
from service.moderation.review import second_looks
from service.queues import Queues
from service.vocabulary import CommentStatus
from tests.support.console import Person, add_moderator, enter
from tests.support.held import hold
from tests.support.quicker import application

Door = Callable[..., int]
DOORS = ("console", "api")


@pytest.fixture
def app(database: Database, settings: Settings, queues: Queues) -> Flask:
    """The service, where every decision is put up for a second look."""
    return application(settings.model_copy(update={"second_look_percent": 100}), database, queues)


@pytest.fixture
def ana(app: Flask, database: Database, site: Site) -> Person:
    return enter(app.test_client(), add_moderator(database, "ana@gazette.example", "Ana", gazette=Role.MODERATOR))


@pytest.fixture
def by_api(app: Flask, database: Database, site: Site) -> Callable[..., Any]:
    """What decides by API, with a key called cms."""
    with database.write() as session:
        key = keys.create(session, site.id, "cms")

    def decide(comment: Comment, verdict: str, **fields: object) -> Any:
        return app.test_client().post(
            f"/v1/comments/{comment.external_id}/decisions",
            json={"verdict": verdict, "expected_version": comment.version, **fields},
            headers={"Authorization": f"Bearer {key}"},
        )

    return decide


@pytest.fixture
def decide(ana: Person, by_api: Callable[..., Any]) -> Callable[..., None]:
    """What decides through the door that is named."""

    def through(door: str, comment: Comment, verdict: str, **fields: object) -> None:
        if door == "api":
            assert by_api(comment, verdict, **fields).status_code == 201
            return
        form = {"verdict": verdict, "version": comment.version, **fields}
        answer = ana.post(f"/console/sites/gazette/comments/{comment.id}/decision", form)
        assert answer.status_code == 303

    return through


def test_both_doors_leave_the_same_decision_audit_entry_and_second_look(
    decide: Door, database: Database, site: Site
) -> None:
    left = []
    for number, door in enumerate(DOORS):
        comment = hold(database, site.id, number)
        decide(door, comment, "reject", reason="insult", note="third time today")
        with database.read() as session:
            decision = session.scalars(
                select(Decision).where(Decision.comment_id == comment.id, Decision.to_status == CommentStatus.REJECTED)
            ).one()
            look = session.scalars(select(SecondLook).where(SecondLook.decision_id == decision.id)).one()
            entry = session.scalars(select(AuditEntry).where(AuditEntry.subject_id == comment.id)).one()
            assert session.get(Reservation, comment.id) is None
        said = (decision.source, decision.reasons, decision.note, look.first_verdict, look.reason != "")
        left.append((*said, entry.action, entry.subject_kind, entry.detail))
    assert left[0] == left[1]
    insult = next(reason for reason in statements.BUILT_IN if reason.code == "insult")
    assert left[1][1][0].items() >= ({"code": "insult", "verdict": "reject"} | insult.statement()).items()
    assert left[1][5:] == ("comment.decide", "comment", {"verdict": "reject", "reason": "insult", "comments": 1})


def test_the_audit_log_names_the_key_or_the_moderator(decide: Door, database: Database, site: Site) -> None:
    for number, door in enumerate(DOORS):
        decide(door, hold(database, site.id, number), "approve")
    with database.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "comment.decide")).all()
        decisions = session.scalars(select(Decision).where(Decision.source == "moderator")).all()
    assert [(entry.actor_kind, entry.actor) for entry in entries] == [
        ("moderator", "Ana <ana@gazette.example>"), ("key", "cms")
    ]  # fmt: skip
    assert {decision.actor for decision in decisions} == {"Ana", "cms"}, "no address may leave with a callback"


def test_a_key_respects_a_moderators_reservation_and_hears_whose_it_is_and_how_long(
    ana: Person, by_api: Callable[..., Any], database: Database, site: Site
) -> None:
    comment = hold(database, site.id)
    ana.get(f"/console/sites/gazette/comments/{comment.id}")
    answer = by_api(comment, "approve")
    with database.read() as session:
        until = session.get_one(Reservation, comment.id).until
        assert session.get_one(Comment, comment.id).status is CommentStatus.HELD
    assert answer.status_code == 409
    assert (answer.json["holder"], answer.json["until"]) == ("Ana", rfc3339(until))
    ana.post(f"/console/sites/gazette/comments/{comment.id}/release")
    assert by_api(comment, "approve").status_code == 201


def test_a_decision_by_api_ends_nobodys_reservation_but_its_comments(
    ana: Person, by_api: Callable[..., Any], database: Database, site: Site
) -> None:
    mine, other = hold(database, site.id, 0), hold(database, site.id, 1)
    ana.get(f"/console/sites/gazette/comments/{mine.id}")
    assert by_api(other, "approve").status_code == 201
    with database.read() as session:
        assert session.scalars(select(Reservation.comment_id)).all() == [mine.id]


def test_a_code_that_is_no_rejection_reason_stays_the_sites_own_and_states_nothing(
    by_api: Callable[..., Any], database: Database, site: Site
) -> None:
    answer = by_api(hold(database, site.id), "reject", reason="house_rule_7")
    (reason,) = answer.json["reasons"]
    assert (reason["code"], reason.get("label")) == ("house_rule_7", None)


def test_only_the_console_delays_the_callback(decide: Door, database: Database, site: Site) -> None:
    late = []
    for number, door in enumerate(DOORS):
        comment = hold(database, site.id, number, callback_url="https://cms.example/moderato")
        decide(door, comment, "approve")
        with database.read() as session:
            delivery = session.scalars(
                select(Delivery).where(Delivery.comment_id == comment.id).order_by(Delivery.sequence.desc()).limit(1)
            ).one()
        late.append((delivery.next_attempt_at - delivery.created_at).total_seconds() > 5)
    assert late == [True, False]


def test_a_second_look_at_a_decision_by_api_is_for_every_moderator(
    ana: Person, by_api: Callable[..., Any], database: Database, site: Site
) -> None:
    comment = hold(database, site.id)
    by_api(comment, "reject")
    with database.read() as session:
        found = second_looks.next_for(session, site.id, ana.moderator.id)
        assert found is not None
    assert found[1].id == comment.id
    ana.post(f"/console/sites/gazette/second-looks/{found[0].id}", {"verdict": "reject"})
    with database.read() as session:
        assert agreements(session, site.id)[""].alike == 1
