"""No statement on the way of a comment, of its callback or of a poll reads more rows because more are stored.

Asserted on the plans of every statement that intake, claim, judgement, decision, delivery and polls send, on both
databases, without statistics and with them. `make bench-scale` measures the same with a million comments.
"""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from service.accounts import keys
from service.db import Database
from service.models import Site
from service.moderation.callbacks import deliveries
from service.moderation.callbacks.attempts import Reply
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from service.queues import CLASSIFICATION, Queues
from service.settings import Settings
from service.vocabulary import AttemptOutcome
from tests.support import bulk
from tests.support.classifiers import ScriptedClassifiers
from tests.support.plans import explain, statements_of
from tests.support.quicker import application
from workers import classification
from workers.runtime import Runtime

STORED = 6_000
LARGE = ("comment", "decision", "score", "assessment", "delivery", "author_strike")
# Indexes that lead to all that a site, an endpoint or an article has: a range of them grows with what is stored.
WIDE = (
    "ix_comment_site_received",
    "ix_comment_site_status",
    "ix_comment_site_decided",
    "ix_decision_site_created",
    "ix_delivery_site_created",
    "ix_score_site_attribute",
)
TEXT = "The old bridge was closed twice last winter, so I am glad that the council has voted to rebuild number {}."
Sent = list[tuple[str, Any]]


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
    with statements_of(database, "SELECT", "WITH", "UPDATE", "DELETE") as found:
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


def unbounded(database: Database, sent: Sent) -> list[str]:
    """Return the statements, with their plans, that read a table or all that one site has."""
    plans = {statement: explain(database, statement, parameters) for statement, parameters in sent}
    return [
        f"{statement}\n{plan}"
        for statement, plan in plans.items()
        if any(reads_a_whole_table(line) or leads_to_a_whole_site(line) for line in plan.splitlines())
    ]


def reads_a_whole_table(line: str) -> bool:
    """Whether a line of a plan is about all rows of a large table; SQLite names them by their aliases."""
    if "ix_comment_pending" in line:  # which has only what waits
        return False
    found = re.search(r"\bSCAN (\w+?)(?:_\d+)?(?: USING (?:COVERING )?INDEX \w+)?$|Seq Scan on (\w+)", line)
    return found is not None and (found[1] or found[2]) in LARGE


def leads_to_a_whole_site(line: str) -> bool:
    """Whether a line of a plan uses an index of all that a site has, but for what is pending, or all that waits for an
    endpoint."""
    if re.search(r"ix_delivery_(waiting|lane) \(endpoint_id=\?\)", line):
        return True
    return any(name in line for name in WIDE) and "(ANY(site_id) AND status=?)" not in line


def analyse(database: Database) -> None:
    with database.write() as session:
        session.execute(text("ANALYZE"))
