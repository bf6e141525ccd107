"""The review queue over time is read from indexes alone, whatever is stored beside what was held.

What it counts is asked in test_figures_by_recount.py.
"""

from datetime import timedelta

import pytest
from sqlalchemy import event, text

from service.clock import utc_now
from service.db import Database
from service.models import Site
from service.moderation.insight import held_over_time, open_comments
from service.moderation.insight.counts.periods import of_days
from service.vocabulary import Attribute, Verdict
from tests.support.history import History

READ = ("ix_decision_holds", "ix_decision_ends", "ix_comment_held_since", "ix_comment_held_since")


@pytest.fixture
def held(database: Database, site: Site) -> None:
    with database.write() as session:
        history = History(session, site)
        anna = history.moderator("Anna")
        for number in range(6):
            moment = utc_now() - timedelta(hours=number + 1)
            decided = {"decided_by": anna, "verdict": Verdict.APPROVE} if number % 2 else {}
            history.comment(moment, scores={Attribute.TOXICITY: 0.6}, **decided)


@pytest.mark.reads_plans
def test_each_statement_reads_an_index_of_its_own(database: Database, site: Site, held: None) -> None:
    asked: list[tuple[str, object]] = []
    with database.read() as session:
        engine = session.get_bind()

        def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
            asked.append((statement, parameters))

        event.listen(engine, "before_cursor_execute", note)
        held_over_time.steps(session, site.id, of_days(1, now=utc_now()))
        open_comments.held_by_age(session, site.id)
        event.remove(engine, "before_cursor_execute", note)
        read = [one for one in asked if "'held'" in one[0]]
        if not database.is_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))
            session.execute(text("SET LOCAL enable_bitmapscan = off"))
        prefix = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
        plans = [str(session.connection().exec_driver_sql(prefix + one, given).all()) for one, given in read]
    for index, plan in zip(READ, plans, strict=True):
        assert index in plan
        assert "COVERING INDEX" in plan or not database.is_sqlite
