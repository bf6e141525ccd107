"""Whatever a site's key changes writes its id into the audit log: every route of the API that changes something.

A route that is new and not listed here fails the test: say what it does, or why it is no act.
"""

from typing import Any

import pytest
from sqlalchemy import select, update

from service.api.operation import OPERATIONS
from service.db import Database
from service.models import Comment, Delivery, DeliveryState, Endpoint, InboundState, InboundWebhook, Site, WebhookSource
from tests.service.api.conftest import Caller
from tests.support.audited import Record
from tests.support.comments import classify
from tests.support.legal_notices import SAID
from tests.support.replays import ready_replay

# What readers send is its own record, with everything that became of it; one entry for each would be a second copy.
TRAFFIC = {
    ("POST", "/v1/comments"), ("PUT", "/v1/comments/<comment_id>"), ("POST", "/v1/comments/batch"),
    ("PUT", "/v1/articles/<article_id>"), ("POST", "/v1/score"), ("POST", "/v1/webhooks/<source_id>"),
    ("POST", "/v1/coral/<source_id>"), ("POST", "/v1/reader/comments"), ("POST", "/v1/reader/comments/hints"),
    ("POST", "/v1/reader/comments/<receipt>/appeals"),  # recorded: tests/service/api/reader/test_sending.py
    ("POST", "/v1/comments/<comment_id>/reports"), ("POST", "/v1/reader/comments/<comment_id>/reports"),
    ("POST", "/v1/webhook-sources/<source_id>/dead-letters/<letter_id>/try"),  # changes nothing
    ("POST", "/v1/policy/replays"),  # lists comments and changes none
}  # fmt: skip
API_ACTS: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/v1/endpoints", {"url": "https://cms.example/hooks"}),
    ("PATCH", "/v1/endpoints/<endpoint_id>", {"description": "ours"}),
    ("POST", "/v1/endpoints/<endpoint_id>/rotate", None),
    ("DELETE", "/v1/endpoints/<endpoint_id>/old-secrets", None),
    ("POST", "/v1/endpoints/<endpoint_id>/test", None),
    ("POST", "/v1/endpoints/<endpoint_id>/replay", {"since": "2020-01-01T00:00:00Z"}),
    ("POST", "/v1/deliveries/<delivery_id>/replay", None),
    ("POST", "/v1/webhook-sources", {"name": "x", "style": "standard", "preset": "moderato"}),
    ("PATCH", "/v1/webhook-sources/<source_id>", {"name": "y"}),
    ("POST", "/v1/webhook-sources/<source_id>/dead-letters/<letter_id>/replay", None),
    ("DELETE", "/v1/webhook-sources/<source_id>", None),
    ("PUT", "/v1/policy", {"minimum_length": 20}),
    ("POST", "/v1/policy/replays/<replay_id>/apply", {"act": "hold", "based_on": 1}),
    ("POST", "/v1/policy/replays/<replay_id>/undo", None),
    ("POST", "/v1/comments/<comment_id>/decisions", {"verdict": "reject", "expected_version": 2}),
    ("POST", "/v1/comments/<comment_id>/appeals", {"text": "Please look again."}),
    ("POST", "/v1/legal-notices", SAID),
    ("PUT", "/v1/authors/<author_id>", {"standing": "trusted", "reason": "Known to us."}),
    ("DELETE", "/v1/comments/<comment_id>", None),
    ("DELETE", "/v1/authors/<author_id>/comments", None),
    ("DELETE", "/v1/endpoints/<endpoint_id>", None),
)


@pytest.mark.one_database
def test_every_change_by_the_api_is_on_record_with_the_keys_id(database: Database, site: Site, call: Caller) -> None:
    assert {(o.method, o.path) for o in OPERATIONS if o.method != "GET"} == {act[:2] for act in API_ACTS} | TRAFFIC
    call.send("c1", author={"id": "anna"})
    classify(database)
    record, key_id = Record(database), call.key[8:16]
    replay_id = ""
    for method, route, body in API_ACTS:
        path = route
        if "<replay_id>" in route and not replay_id:
            with database.read() as session:
                comment_id = session.scalars(select(Comment.id)).one()
            replay_id = ready_replay(database, site, comment_id).id
        for name, value in ({"replay_id": replay_id} | names(database)).items():
            path = path.replace(f"<{name}>", value)
        answer = call(method, path, **({"json": body} if body else {}))
        assert answer.status_code < 300, (route, answer.text)
        record.expect(f"{method} {route}", "key", key_id, site.id)
    record.ends_well()


def names(database: Database) -> dict[str, str]:
    """Return the ids of what there is now, by the names they have in addresses; what can be replayed is made so."""
    with database.write() as session:
        session.execute(update(Delivery).values(state=DeliveryState.FAILED))
        source = session.scalar(select(WebhookSource.id))
        if source and not session.scalar(select(InboundWebhook.id)):
            dead = InboundWebhook(source_id=source, mark="m", state=InboundState.DEAD, body="{}", headers="{}")
            session.add(dead)
            session.flush()
        found = {
            "endpoint_id": session.scalar(select(Endpoint.id)),
            "delivery_id": session.scalar(select(Delivery.id)),
            "source_id": source,
            "letter_id": session.scalar(select(InboundWebhook.id)),
        }
    return {"comment_id": "c1", "author_id": "anna"} | {name: value for name, value in found.items() if value}
