"""Every route with another site's object answers 404, and a route that is not listed here fails the test."""

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from service.api.operation import OPERATIONS
from service.db import Database
from service.models import Comment, Delivery, InboundState, InboundWebhook, Site, Style, WebhookSource
from service.moderation.erasure import erasing
from tests.service.api.conftest import Caller, call, other_call
from tests.service.api.conftest import app as app
from tests.support.actors import CMS
from tests.support.comments import classify
from tests.support.legal_notices import receive
from tests.support.replays import ready_replay

__all__ = ["call", "other_call"]

# Routes without an object of somebody's in the address: their site comes from the key alone.
OWN = {
    ("POST", "/v1/comments"), ("GET", "/v1/comments"), ("POST", "/v1/comments/batch"), ("GET", "/v1/policy"),
    ("PUT", "/v1/policy"), ("GET", "/v1/policy/history"), ("POST", "/v1/score"), ("GET", "/v1/stats"),
    ("POST", "/v1/policy/replays"),
    ("GET", "/v1/stats/period"),
    ("GET", "/v1/endpoints"), ("POST", "/v1/endpoints"), ("GET", "/v1/deliveries"), ("GET", "/v1/webhook-sources"),
    ("POST", "/v1/webhook-sources"), ("POST", "/v1/legal-notices"),
}  # fmt: skip
# Routes where the object is the site's own name for something, so that another site's is simply new.
NAMED = {("PUT", "/v1/articles/<article_id>"), ("PUT", "/v1/authors/<author_id>")}
# The address is the secret's owner's, and the signature is what counts.
SIGNED = {("POST", "/v1/webhooks/<source_id>"), ("POST", "/v1/coral/<source_id>")}
# An author's id is the site's own too: another site's author is one without comments.
COUNTED = {("DELETE", "/v1/authors/<author_id>/comments")}


@dataclass
class Objects:
    """One of everything, at the other site."""

    comment_id: str = "theirs"
    article_id: str = "their-article"
    endpoint_id: str = ""
    delivery_id: str = ""
    source_id: str = ""
    letter_id: str = ""
    author_id: str = "their-author"
    legal_notice_id: str = ""
    replay_id: str = ""


BODIES: dict[tuple[str, str], Any] = {
    ("PUT", "/v1/comments/<comment_id>"): {
        "text": "A text that is long enough to be accepted from any of the two sites."
    },
    ("POST", "/v1/comments/<comment_id>/decisions"): {"verdict": "reject", "expected_version": 2},
    ("POST", "/v1/comments/<comment_id>/appeals"): {"text": "Please look again."},
    ("POST", "/v1/comments/<comment_id>/reports"): {"kind": "spam", "reporter": {"id": "u2"}},
    ("PATCH", "/v1/endpoints/<endpoint_id>"): {"state": "disabled"},
    ("POST", "/v1/endpoints/<endpoint_id>/replay"): {"since": "2020-01-01T00:00:00Z"},
    ("POST", "/v1/policy/replays/<replay_id>/apply"): {"act": "apply", "based_on": 0},
    ("PATCH", "/v1/webhook-sources/<source_id>"): {"enabled": False},
    ("POST", "/v1/webhook-sources/<source_id>/dead-letters/<letter_id>/try"): {"preset": "moderato"},
}


@pytest.fixture
def theirs(other_call: Caller, other_site: Site, database: Database) -> Objects:
    objects = Objects()
    text = "The council's own figures contradict the headline: the bridge was paid for long ago."
    other_call("POST", "/v1/endpoints", json={"url": "https://cms.example/hooks"})
    author = {"id": objects.author_id}
    other_call.send(objects.comment_id, text, article={"id": objects.article_id, "title": "T"}, author=author)
    classify(database)
    legal_notice = receive(database, other_site, location=objects.comment_id)
    with database.read() as session:
        comment_id = session.scalars(select(Comment.id)).one()
    objects.replay_id = ready_replay(database, other_site, comment_id).id
    with database.write() as session:
        source = WebhookSource(
            site_id=other_site.id, name="x", style=Style.TOKEN, secrets=["s" * 20], preset="moderato"
        )
        session.add(source)
        session.flush()
        letter = InboundWebhook(source_id=source.id, mark="m", state=InboundState.DEAD, body="{}", headers="{}")
        session.add(letter)
        session.flush()
        delivery = session.scalars(select(Delivery)).one()
        objects.source_id, objects.letter_id = source.id, letter.id
        objects.legal_notice_id = legal_notice.id
        objects.delivery_id, objects.endpoint_id = delivery.id, delivery.endpoint_id
    return objects


def test_every_route_of_the_api_refuses_another_sites_object(
    app: Flask, call: Caller, other_call: Caller, theirs: Objects, database: Database
) -> None:
    tried = 0
    for declared in OPERATIONS:
        route = (declared.method, declared.path)
        # A door for pages takes receipts instead of ids, and refuses these keys: tests/service/api/reader has its own.
        if declared.door or route in OWN | NAMED | SIGNED | COUNTED:
            continue
        path = declared.path
        for name, value in vars(theirs).items():
            path = path.replace(f"<{name}>", value)
        assert "<" not in path, f"{route} is new: say here what of another site's it must not reach"
        assert path != declared.path, f"{route} is new: list it under OWN if its site comes from the key alone"
        options = {"json": BODIES[route]} if declared.body else {}
        answer = call(declared.method, path, **options)
        assert answer.status_code == 404, (route, answer.status_code, answer.text)
        tried += 1
    assert tried >= 20
    with database.read() as session:
        comment = session.scalars(select(Comment)).one()
        assert (comment.status.value, comment.version, comment.erased_at) == ("approved", 2, None)
        assert session.scalars(select(Delivery)).one().id == theirs.delivery_id
    assert other_call("GET", f"/v1/endpoints/{theirs.endpoint_id}").json["state"] == "active"


def test_every_listing_shows_a_site_its_own_alone(call: Caller, theirs: Objects) -> None:
    for path in ("/v1/comments", "/v1/endpoints", "/v1/deliveries", "/v1/webhook-sources"):
        (listed,) = [value for value in call("GET", path).json.values() if isinstance(value, list)]
        assert listed == [], path


def test_erasing_an_author_touches_no_other_sites_comments(site: Site, theirs: Objects, database: Database) -> None:
    with database.write() as session:
        assert erasing.erase_author(session, site.id, theirs.author_id, by=CMS).comments == 0
    with database.read() as session:
        assert session.scalars(select(Comment)).one().text


def test_every_route_listed_here_exists() -> None:
    routes = {(declared.method, declared.path) for declared in OPERATIONS}
    assert (OWN | NAMED | SIGNED | COUNTED | BODIES.keys()) <= routes
