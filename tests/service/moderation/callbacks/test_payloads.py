"""What callbacks say, of which events, and to whom."""

import json

from sqlalchemy import select

from service.db import Database
from service.models import Decision, Endpoint, EndpointKind, Score, Site
from service.moderation.callbacks import payloads
from service.moderation.erasure import erasing
from service.moderation.intake import intake
from service.moderation.policy.rules import Rules
from service.vocabulary import Attribute, Event, Verdict
from tests.support.actors import CMS
from tests.support.comments import TEXT, classify, moderate, reread, submit
from tests.support.outbox import listen, owed


def test_what_a_callback_says(database: Database, site: Site) -> None:
    listen(database, site)
    comment = submit(database, site.id, "c/7", article_id="bridge", author_id="a-7", author_name="Ann")
    with database.write() as session:
        session.add(
            Score(
                site_id=site.id, comment_id=comment.id, revision=1, attribute=Attribute.TOXICITY,
                value=0.97, classifier="toxicity", version="v1",
            )
        )  # fmt: skip
    classify(database, Verdict.REJECT)
    (delivery,) = owed(database)
    with database.read() as session:
        said = payloads.payload(session, delivery)
        decision = session.scalars(select(Decision)).one()
    told = said["data"]
    assert said["type"] == "comment.rejected"
    assert (told["comment_id"], told["article_id"], told["sequence"], told["revision"]) == ("c/7", "bridge", 2, 1)
    assert (told["verdict"], told["status"], told["previous_status"]) == ("reject", "rejected", "pending")
    assert told["scores"] == {"toxicity": {"value": 0.97, "classifier": "toxicity", "version": "v1"}}
    assert told["decided_by"] == {"source": "policy", "policy_version": 0, "name": None}
    assert told["decision_id"] == decision.id
    assert [reason["code"] for reason in told["reasons"]] == ["toxic"]
    written = json.dumps(said)
    assert TEXT not in written
    assert "Ann" not in written
    assert "a-7" not in written
    assert len(written) < 20_000


def test_every_attempt_says_the_same(database: Database, site: Site) -> None:
    listen(database, site)
    comment = submit(database, site.id)
    classify(database, Verdict.APPROVE)
    delivery = owed(database)[0]
    with database.read() as session:
        first = payloads.payload(session, delivery)
    moderate(database, reread(database, comment.id), Verdict.REJECT)
    with database.read() as session:
        assert payloads.payload(session, delivery) == first


def test_an_overturn_and_an_erasure_are_events_of_their_own(database: Database, site: Site) -> None:
    listen(database, site)
    comment = submit(database, site.id)
    classify(database, Verdict.REJECT)
    moderate(database, reread(database, comment.id), Verdict.APPROVE)
    with database.write() as session:
        erasing.erase_comment(session, site.id, "c-1", by=CMS)
    assert [(delivery.event, delivery.sequence) for delivery in owed(database)] == [
        (Event.REJECTED, 2),
        (Event.OVERTURNED, 3),
        (Event.ERASED, 4),
    ]


def test_a_moderator_who_ends_a_review_overturns_nothing(database: Database, site: Site) -> None:
    listen(database, site)
    comment = submit(database, site.id)
    classify(database, Verdict.HOLD)
    moderate(database, reread(database, comment.id), Verdict.REJECT)
    assert [delivery.event for delivery in owed(database)] == [Event.HELD, Event.REJECTED]


def test_a_comments_own_address_gets_its_callbacks_too(database: Database, site: Site) -> None:
    address = "https://cms.example:8443/comment?id=1"
    submit(database, site.id, callback_url=address)
    submit(database, site.id, "c-2", TEXT + " Two.", callback_url="https://cms.example:8443/comment?id=2")
    classify(database)
    with database.write() as session:
        erasing.erase_comment(session, site.id, "c-1", by=CMS)
    with database.read() as session:
        origin = session.scalars(select(Endpoint)).one()
    assert (origin.kind, origin.url) == (EndpointKind.ORIGIN, "https://cms.example:8443")
    urls = [(delivery.event, delivery.url) for delivery in owed(database) if delivery.url == address]
    assert urls == [(Event.APPROVED, address), (Event.ERASED, address)]


def test_an_edited_comment_owes_word_of_each_verdict(database: Database, site: Site) -> None:
    listen(database, site)
    submit(database, site.id)
    classify(database, Verdict.APPROVE)
    with database.write() as session:
        intake.edit(session, site.id, "c-1", TEXT + " Worse.", Rules())
    classify(database, Verdict.REJECT)
    assert [(d.event, d.sequence) for d in owed(database)] == [(Event.APPROVED, 2), (Event.REJECTED, 4)]
