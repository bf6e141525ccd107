"""The counts behind the figures are those of the rows, whatever becomes of a comment, and differences are corrected."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from service import migrations
from service.db import Database, UtcDateTime, table
from service.models import Comment, Delivery, DeliveryState, Site
from service.moderation.decisions import decisions
from service.moderation.erasure import erasing, retention
from service.moderation.insight.counts import counters, recount
from service.moderation.insight.counts.periods import DAY, HOUR, Period
from service.moderation.intake import intake
from service.moderation.policy.rules import Rules
from service.vocabulary import Verdict
from tests.support.actors import ADA, CMS
from tests.support.comments import TEXT, classify, moderate, reread, submit
from tests.support.downgrade import downgrade
from tests.support.history import History
from tests.support.outbox import listen

START = datetime(2026, 3, 1, 5, 17, 3, tzinfo=UTC)
SPAN = timedelta(days=9, hours=4)


def off(database: Database) -> list[recount.Difference]:
    with database.read() as session:
        return recount.differences(session, most=20)


def fold(database: Database) -> None:
    with database.write() as session:
        counters.fold(session)


def test_the_counts_follow_a_comment(database: Database, site: Site) -> None:
    listen(database, site)
    submit(database, site.id, "c-1", author_id="ana")
    submit(database, site.id, "c-2", author_id="ben", article_id="bridge")
    assert off(database) == []
    first, second = classify(database, Verdict.HOLD)
    assert off(database) == []
    fold(database)
    decision = moderate(database, reread(database, first), Verdict.REJECT, delay=60)
    assert decision is not None
    assert off(database) == []
    with database.write() as session:
        comment = session.get_one(Comment, first)
        decided = session.get_one(decisions.Decision, decision)
        decisions.undo(session, comment, decided, expected_version=comment.version, by=ADA)
    assert off(database) == []
    moderate(database, reread(database, first), Verdict.APPROVE)
    with database.write() as session:
        intake.edit(session, site.id, "c-2", TEXT + " Once more.", Rules())
    fold(database)
    assert off(database) == []
    classify(database, Verdict.APPROVE)
    with database.write() as session:
        erasing.erase_author(session, site.id, "ana", by=CMS)
        session.execute(table(Delivery).update().values(state=DeliveryState.FAILED))
        session.execute(table(Delivery).update().values(created_at=START))
        retention.prune(session)
    assert second
    assert off(database) == []


def rows_of(session: Session, site: Site, name: str, period: Period, step: int) -> Counter[tuple[int, str]]:
    """Count by hand, from the moments of the rows themselves."""
    statement = text(
        f"SELECT start, key, count(*) AS amount FROM {counters.VIEWS[name]}"
        " WHERE site_id = :site AND name = :name AND at >= :start AND at < :until GROUP BY start, key"
    ).bindparams(bindparam("start", type_=UtcDateTime), bindparam("until", type_=UtcDateTime))
    asked = {"site": site.id, "name": name, "start": period.start, "until": period.end}
    counts: Counter[tuple[int, str]] = Counter()
    for row in session.execute(statement, asked):
        counts[row.start // step * step if step else 0, row.key] += row.amount
    return counts


@pytest.mark.parametrize("step", [900, HOUR, DAY, 7 * DAY])
def test_days_quarters_changes_and_rows_add_up(database: Database, site: Site, step: int) -> None:
    chance, ends = random.Random(step), (START, START + SPAN)
    with database.write() as session:
        history = History(session, session.merge(site))
        article = history.article("bridge", "The bridge")
        for number in range(60):
            at = START - timedelta(days=1) + timedelta(seconds=chance.uniform(0, 11 * DAY))
            if number % 20 == 0:  # on the edge of the period, to the second
                at = chance.choice(ends)
            history.comment(at, article=article, seconds=chance.choice([0.0, 0.5, 300]))
            if number == 40:
                counters.fold(session)
    with database.read() as session:
        for start, end in (ends, (START, START + timedelta(minutes=3)), (START, START + timedelta(hours=30))):
            period = Period(start, end, step)
            for name in ("comments", "verdicts", "articles", "delays"):
                for by_step in (True, False):
                    rows = counters.read(session, site.id, name, period, by_step=by_step)
                    told = {(row.step, row.key): row.amount for row in rows}
                    assert told == rows_of(session, site, name, period, step if by_step else 0), (name, period)


def test_two_who_decide_at_one_site_do_not_wait_for_each_other(database: Database, site: Site) -> None:
    if database.is_sqlite:  # where one writes at a time anyway
        return
    comments = [submit(database, site.id, f"c-{number}") for number in range(3)]
    classify(database, Verdict.HOLD)
    with database.write() as first:
        judge(first, comments[0])
        with database.write() as second:
            second.execute(text("SET LOCAL lock_timeout = '1s'"))
            judge(second, comments[1])
            counters.fold(second)
    assert off(database) == []


def judge(session: Session, comment: Comment) -> None:
    found = session.get_one(Comment, comment.id)
    decisions.record_moderator(session, found, Verdict.REJECT, expected_version=found.version, by=ADA)
    session.flush()


def test_a_difference_is_named_and_corrected(database: Database, site: Site) -> None:
    submit(database, site.id)
    classify(database)
    fold(database)
    with database.write() as session:
        session.execute(text("UPDATE figure SET amount = 7 WHERE name = 'verdicts'"))
        session.execute(text("DELETE FROM figure WHERE name = 'comments' AND span = 86400"))
    (verdicts,) = [one for one in off(database) if one.name == "verdicts" and one.counted]
    assert (verdicts.key, verdicts.kept, verdicts.counted) == ("approve", 7, 1)
    with database.write() as session:
        recount.mend(session)
    assert off(database) == []
    fold(database)
    assert off(database) == []


def test_what_was_stored_before_is_counted_and_the_way_back_leads_to_the_same_schema(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    migrations.upgrade(database, "perspective")
    before = schema(database)
    migrations.upgrade(database)
    with database.write() as session:
        site = Site(slug="gazette", name="The Gazette")
        session.add(site)
        session.flush()
        history = History(session, site)
        for number in range(12):
            history.comment(START + timedelta(hours=number))
    downgrade(database, "perspective")  # as an earlier version left it
    migrations.upgrade(database)
    assert off(database) == []
    with database.read() as session:
        week = Period(START, START + SPAN, DAY)
        assert sum(row.amount for row in counters.read(session, site.id, "comments", week, by_step=True)) == 12
    downgrade(database, "perspective")
    assert schema(database) == before
    database.dispose()


def schema(database: Database) -> list[tuple[object, ...]]:
    sqlite = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
    server = (
        "SELECT 'column', table_name || '.' || column_name FROM information_schema.columns"
        " WHERE table_schema = current_schema()"
        " UNION SELECT 'index', indexname FROM pg_indexes WHERE schemaname = current_schema()"
        " UNION SELECT 'trigger', tgname::text FROM pg_trigger WHERE NOT tgisinternal"
        " UNION SELECT 'function', proname::text FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
        " ORDER BY 1, 2"
    )
    with database.read() as session:
        return [tuple(row) for row in session.execute(text(sqlite if database.is_sqlite else server))]
