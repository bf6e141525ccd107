"""An edit that cannot be read holds its comment; a post that moves and an author who is renamed follow their CMS."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from service.clock import utc_now
from service.db import Database, new_id
from service.models import Article, Delivery, Endpoint, InboundState, Site, Style, WebhookSource
from service.moderation.upkeep import invariants
from service.moderation.webhooks import inbound as webhooks
from service.outside.signatures import Verified
from service.vocabulary import CommentStatus, Verdict
from tests.service.moderation.webhooks.test_inbound import add_source, comments, send
from tests.support.comments import TEXT, classify
from tests.support.webhooks import created


def test_an_edit_that_cannot_be_read_holds_an_approved_comment(database: Database, site: Site) -> None:
    """The CMS shows a text that nobody has judged: the approval of the one before must not stay in force."""
    source = add_source(database, site)
    send(database, source, created(), "msg_1")
    classify(database, Verdict.APPROVE)
    unread = {"type": "comment.edited", "data": {"id": "c-1", "text": ""}}
    inbound, changed = send(database, source, unread, "msg_2")
    (comment,) = comments(database)
    assert (inbound.state, changed) == (InboundState.DEAD, True)
    assert (comment.status, comment.reason, comment.revision) == (CommentStatus.HELD, "edit_unread", 2)
    _, again = send(database, source, unread, "msg_3")
    assert (again, comments(database)[0].revision) == (False, 2), "it is held for this already"
    send(database, source, created(f"{TEXT} Read.", "comment.edited"), "msg_4")
    (comment,) = comments(database)
    assert (comment.status, comment.text) == (CommentStatus.PENDING, f"{TEXT} Read.")
    with database.read() as session:
        assert invariants.audit(session) == []


def test_an_older_edit_does_not_publish_what_an_unread_one_held(database: Database, site: Site) -> None:
    source = add_source(database, site)
    send(database, source, created(changed_at="2026-11-22T10:00:00Z"), "msg_1")
    classify(database, Verdict.APPROVE)
    send(
        database,
        source,
        {"type": "comment.edited", "data": {"id": "c-1", "changed_at": "2026-11-22T12:00:00Z"}},
        "msg_2",
    )
    older = created(f"{TEXT} Older.", "comment.edited", changed_at="2026-11-22T11:00:00Z")
    inbound, _ = send(database, source, older, "msg_3")
    assert inbound.state is InboundState.IGNORED
    assert comments(database)[0].status is CommentStatus.HELD


def test_an_edit_of_a_rejected_comment_that_cannot_be_read_holds_it_and_the_site_hears_of_it(
    database: Database, site: Site
) -> None:
    """The CMS may show an edited comment until the next verdict, so the rejection of the text before is not enough."""
    with database.write() as session:
        session.add(Endpoint(site_id=site.id, url="https://cms.example/hooks", events=[], updated_at=utc_now()))
    source = add_source(database, site)
    send(database, source, created(), "msg_1")
    classify(database, Verdict.REJECT)
    _, changed = send(database, source, {"type": "comment.edited", "data": {"id": "c-1"}}, "msg_2")
    (comment,) = comments(database)
    assert (changed, comment.status, comment.reason) == (True, CommentStatus.HELD, "edit_unread")
    with database.read() as session:
        assert session.scalars(select(Delivery.event).order_by(Delivery.sequence)).all() == [
            "comment.rejected",
            "comment.held",
        ]
        assert invariants.audit(session) == []


def test_an_unread_webhook_of_its_creation_holds_nothing(database: Database, site: Site) -> None:
    source = add_source(database, site)
    send(database, source, created(), "msg_1")
    classify(database, Verdict.APPROVE)
    send(database, source, {"type": "comment.created", "data": {"id": "c-1"}}, "msg_2")
    assert comments(database)[0].status is CommentStatus.APPROVED


def test_an_unread_edit_of_what_is_deleted_leaves_no_text(database: Database, site: Site) -> None:
    source = add_source(database, site)
    send(database, source, {"type": "comment.deleted", "data": {"id": "c-1"}}, "msg_1")
    inbound, _ = send(database, source, {"type": "comment.edited", "data": {"id": "c-1", "words": TEXT}}, "msg_2")
    assert (inbound.state, inbound.body) == (InboundState.IGNORED, None)


def test_a_post_that_moves_is_judged_again_under_its_new_topic_and_a_renamed_user_is_renamed(
    database: Database, site: Site
) -> None:
    source = add_source(database, site, "discourse", style=Style.DISCOURSE)

    def happens(event: str, kind: str, **said: Any) -> bool:
        headers = {"x-discourse-event": event, "x-discourse-event-type": kind}
        body = json.dumps({kind: said}).encode()
        with database.write() as session:
            stored = session.get_one(WebhookSource, source.id)
            return webhooks.receive(session, stored, Verified(new_id() * 2, is_one_delivery=False), headers, body)[1]

    post = {"id": 9, "raw": TEXT, "user_id": 4, "username": "ann", "topic_id": 1, "topic_title": "Bridges"}
    happens("post_created", "post", **post)
    classify(database, Verdict.APPROVE)
    assert happens("post_edited", "post", **post | {"topic_id": 2, "topic_title": "Roads"})
    (comment,) = comments(database)
    assert (comment.status, comment.revision) == (CommentStatus.PENDING, 2)
    with database.read() as session:
        assert session.get_one(Article, comment.article_id).title == "Roads"
    assert happens("user_updated", "user", id=4, username="anna")
    assert not happens("user_updated", "user", id=4, username="anna")
    assert comments(database)[0].author_name == "anna"
    happens("post_edited", "post", **post | {"topic_id": 2, "topic_title": "Roads and bridges", "username": "anne"})
    (comment,) = comments(database)
    assert (comment.author_name, comment.revision) == ("anne", 2)
    with database.read() as session:
        assert session.get_one(Article, comment.article_id).title == "Roads and bridges"


def test_the_stored_text_read_again_ends_what_an_unread_edit_began(database: Database, site: Site) -> None:
    source = add_source(database, site)
    send(database, source, created(), "msg_1")
    classify(database, Verdict.APPROVE)
    send(database, source, {"type": "comment.edited", "data": {"id": "c-1", "text": ""}}, "msg_2")
    send(database, source, created(TEXT, "comment.edited"), "msg_3")
    assert comments(database)[0].status is CommentStatus.PENDING


@pytest.mark.parametrize(("first", "then"), [(0, 1), (None, 2), (2, None), (1, 2)])
def test_an_edit_is_taken_whichever_of_the_events_have_a_version(
    database: Database, site: Site, first: int | None, then: int | None
) -> None:
    source = add_source(database, site)
    send(database, source, created(**({} if first is None else {"changed_at": first})), "msg_1")
    edit = created(f"{TEXT} Edited.", "comment.edited", **({} if then is None else {"changed_at": then}))
    send(database, source, edit, "msg_2")
    assert comments(database)[0].text == f"{TEXT} Edited."
    if None not in (first, then):
        send(database, source, created(f"{TEXT} Late.", "comment.edited", changed_at=first), "msg_3")
        assert comments(database)[0].text == f"{TEXT} Edited."
