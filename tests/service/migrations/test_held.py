"""The migration to `held`, `hold` and `reservation`: an existing database then says what it said, in the new words."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, text

from service import migrations
from service.db import Database
from service.models import Comment, Decision, Policy
from service.moderation.policy.rules import Rules
from service.moderation.review.queue import held_tally, held_text
from service.vocabulary import CommentStatus, Verdict
from tests.faults.test_upgrade import EarlierVersion
from tests.support.downgrade import downgrade

BEFORE = "parents_words"
RULES = {
    "thresholds": {"toxicity": {"review_at": 0.3, "reject_at": 0.9}},
    "repeats": "review",
    "blocked_authors": "review",
}
REASON = {"code": "toxic", "verdict": "review", "text": "x", "detail": "toxicity 0.50, review from 0.30"}


@pytest.fixture
def old(empty_database_url: str) -> Iterator[Database]:
    """A database of the version before, with one held comment, its decision and a policy."""
    database = Database(empty_database_url)
    migrations.upgrade(database, BEFORE)
    earlier = EarlierVersion(database)
    site = earlier.write("site", slug="gazette", name="The Gazette")
    comment = earlier.comment(site, 1, status="in_review", verdict="review", reason="toxic", decided_at=earlier.now)
    earlier.write("policy", site_id=site, version=1, rules=RULES, author="")
    earlier.write(
        "decision", site_id=site, comment_id=comment, revision=1, from_status="pending", to_status="in_review",
        verdict="review", source="policy", reasons=[REASON],
    )  # fmt: skip
    yield database
    database.dispose()


def values(database: Database, statement: Any) -> list[Any]:
    with database.read() as session:
        return list(session.scalars(statement))


def test_rows_rules_and_reasons_speak_the_new_words(old: Database) -> None:
    migrations.upgrade(old)
    assert values(old, select(Comment.status)) == [CommentStatus.HELD]
    assert values(old, select(Comment.verdict)) == [Verdict.HOLD]
    assert values(old, select(Decision.to_status)) == [CommentStatus.HELD]
    (reasons,) = values(old, select(Decision.reasons))
    assert reasons == [REASON | {"verdict": "hold", "detail": "toxicity 0.50, hold from 0.30"}]
    rules = Rules.model_validate(values(old, select(Policy.rules))[0])
    assert (rules.thresholds["toxicity"].hold_at, rules.repeats, rules.blocked_authors) == (0.3, "hold", "hold")
    assert json.dumps(values(old, select(Policy.rules))).count("review") == 0


def test_counts_and_search_go_on_with_held_comments(old: Database) -> None:
    migrations.upgrade(old)
    with old.read() as session:
        (site_id, comment_id), *_ = session.execute(select(Comment.site_id, Comment.id)).all()
        assert held_tally.of_site(session, site_id).count(escalated=False, name="toxic") == 1
        assert held_text.find(session, "Remark") == [comment_id]
    with old.write() as session:
        session.execute(text("UPDATE comment SET status = 'approved'"))
    with old.read() as session:
        assert held_tally.of_site(session, site_id).count(escalated=False, name="toxic") == 0
        assert held_text.find(session, "Remark") == []


def test_the_old_words_are_refused_afterwards(old: Database) -> None:
    migrations.upgrade(old)
    with pytest.raises(Exception, match=r"(?i)check"), old.write() as session:
        session.execute(text("UPDATE comment SET status = 'in_review'"))


def test_the_way_back_leads_to_the_same_schema(old: Database) -> None:
    def schema() -> list[Any]:
        sqlite = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'held_text_%' ORDER BY name"
        server = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY indexname"
        with old.read() as session:
            return [tuple(row) for row in session.execute(text(sqlite if old.is_sqlite else server))]

    before = schema()
    migrations.upgrade(old, "held")
    downgrade(old, BEFORE)
    assert values(old, text("SELECT status FROM comment")) == ["in_review"]
    assert [row for row in schema() if "review_claim" not in str(row)] == [
        row for row in before if "review_claim" not in str(row)
    ]
