"""No statement on the way of a comment, of its callback or of a poll reads more rows because more are stored.

Asserted on the plans of every statement that intake, claim, judgement, decision, delivery and polls send, on both
databases, without statistics and with them. `make bench-scale` measures the same with a million comments.
"""

import pytest
from flask.testing import FlaskClient

from service.accounts import keys
from service.db import Database
from service.installation.settings import Settings
from service.models import Site
from service.moderation.callbacks import deliveries
from service.moderation.callbacks.attempts import Reply
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from service.queues import CLASSIFICATION, Queues
from service.vocabulary import AttemptOutcome
from tests.support import bulk
from tests.support.classifiers import ScriptedClassifiers
from tests.support.plans import Sent, analyse, statements_of, unbounded
from tests.support.quicker import application
from workers import classification
from workers.runtime import Runtime

STORED = 6_000
TEXT = "The old bridge was closed twice last winter, so I am glad that the council has voted to rebuild number {}."


@pytest.fixture
def sent(database: Database, site: Site, settings: Settings, queues: Queues) -> Sent:
    """Every statement of some comments that go all the way, beside a past."""
    bulk.fill(database, site.id, STORED)
    with database.write() as session:
        key = keys.create(session, site.id, "cms")
        rules = Rules(trust_after=3, strike_limit=3, strike_days=365, hold_newcomers=1)
        policies.activate(session, site.id, rules, author="ada")
    client = application(settings, database, queues).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    with statements_of(database) as found:
        go_all_the_way(client, Runtime(settings, CLASSIFICATION, database, queues, ScriptedClassifiers(0.6)))
    return found


def go_all_the_way(client: FlaskClient, runtime: Runtime) -> None:
    for number in range(3):
        body = {
            "id": f"new-{number}",
            "text": TEXT.format(number),
            "article_id": bulk.HOT_ARTICLE,
            "author": {"id": bulk.HOT_AUTHOR, "name": "A reader"},
            "parent_id": "c-9",
        }
        assert client.post("/v1/comments", json=body, headers={"Idempotency-Key": f"k-{number}"}).status_code == 202
    assert classification.drain(runtime) == 3
    decided = client.get("/v1/comments/new-1").json
    assert decided is not None
    assert decided["status"] == "held"
    verdict = {"verdict": "reject", "expected_version": decided["version"], "reason": "insult"}
    assert client.post("/v1/comments/new-1/decisions", json=verdict).status_code == 201
    assert client.put("/v1/comments/new-0", json={"text": TEXT.format("nought")}).status_code == 202
    classification.drain(runtime)
    with runtime.database.write() as session:
        claimed = deliveries.claim(session, limit=8, lease_seconds=30)
        assert claimed
        for one in claimed:
            assert deliveries.settle(session, one, Reply(outcome=AttemptOutcome.DELIVERED, status=200))


@pytest.mark.reads_plans
def test_no_statement_on_a_comments_way_reads_more_beside_more_comments(database: Database, sent: Sent) -> None:
    assert len({statement for statement, _ in sent}) > 30
    # Without statistics PostgreSQL thinks each table empty and takes any index; its autovacuum counts within a minute.
    found = unbounded(database, sent) if database.is_sqlite else []
    analyse(database)
    found += unbounded(database, sent)
    assert not found, "\n\n".join(found)
