"""Every figure against a recount by hand: random histories with overturns, undone decisions, edits, two sites."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from statistics import median_low

import pytest
from sqlalchemy import select

from service.console.insight import board, dashboard
from service.db import Database
from service.metrics import running
from service.models import AppealState, Comment, Decision, LegalGround, LegalNoticeState, Site
from service.moderation.insight import (
    delays,
    held_over_time,
    moderators_work,
    open_comments,
    policy_verdicts,
    statistics,
    transparency,
)
from service.moderation.insight.counts.periods import HOUR
from service.moderation.insight.intervals import Share
from service.vocabulary import CommentStatus, Verdict
from tests.support.recount import (
    FINAL,
    PERIOD,
    SERVICE,
    Past,
    Recount,
    close,
    cut,
    is_delay,
    live_through,
    step,
    who,
    within,
)


@pytest.fixture(scope="module")
def pasts(databases_to_read: Callable[[str], Database]) -> Callable[[str, int], Past]:
    """What lives through a past of a database's kind and a seed, once for all the figures that are read of it."""
    return cache(lambda kind, seed: live_through(databases_to_read(kind), seed))


@pytest.fixture(params=range(4))
def past(request: pytest.FixtureRequest, pasts: Callable[[str, int], Past], database_kind: str) -> Past:
    return pasts(database_kind, request.param)


@pytest.fixture
def database(past: Past) -> Database:
    return past.database


@pytest.fixture
def site(past: Past) -> Site:
    return past.site


@pytest.fixture
def recount(past: Past) -> Recount:
    return past.recount


def test_what_the_policy_did(recount: Recount, database: Database, site: Site) -> None:
    with database.read() as session:
        steps = policy_verdicts.steps(session, site.id, PERIOD)
        reasons = policy_verdicts.reasons(session, site.id, PERIOD)
        articles = policy_verdicts.troubled_articles(session, site.id, PERIOD)
        whole, by_step = delays.time_to_verdict(session, site.id, PERIOD)
    received = Counter(step(c.received_at) for c in recount.comments.values() if within(c.received_at))
    given = Counter((step(row.created_at), row.verdict) for row in recount.automatic)
    assert [(s.start, s.received, s.approve, s.hold, s.reject) for s in steps] == [
        (start, received[start], *(given[start, verdict] for verdict in Verdict)) for start in PERIOD.starts
    ]
    why = Counter(
        (reason["code"], reason.get("attribute") or "")
        for row in recount.automatic
        if row.verdict is not Verdict.APPROVE
        for reason in row.reasons
    )
    assert {(code, attribute): count for code, attribute, count in reasons} == why
    by_article: dict[str, list[bool]] = defaultdict(list)
    for row in recount.automatic:
        if article_id := recount.comments[row.comment_id].article_id:
            by_article[recount.articles[article_id].external_id].append(row.verdict is not Verdict.APPROVE)
    assert {a.external_id: a.trouble for a in articles} == {
        name: Share(sum(trouble), len(trouble)) for name, trouble in by_article.items() if len(trouble) >= 5
    }
    waits: dict[int, list[float]] = defaultdict(list)
    for row in recount.automatic:
        comment = recount.comments[row.comment_id]
        if comment.revision == row.revision:
            waits[step(row.created_at)].append((row.created_at - comment.pending_since).total_seconds())
    assert is_delay(whole, [seconds for found in waits.values() for seconds in found])
    assert by_step.keys() == waits.keys()
    assert all(is_delay(by_step[start], waits[start]) for start in waits)


def test_what_people_did(recount: Recount, database: Database, site: Site) -> None:
    with database.read() as session:
        work = moderators_work.work(session, site.id, PERIOD)
        steps = moderators_work.agreement_by_step(session, site.id, PERIOD)
        throughput = moderators_work.work_by_step(session, site.id, PERIOD)
        matrix = moderators_work.matrix(session, site.id, PERIOD)
        hold = delays.time_to_review(session, site.id, PERIOD)
    by_person: dict[str, list[Decision]] = defaultdict(list)
    for row in recount.people:
        by_person[who(row)].append(row)
    assert len(by_person) == 4
    for row in work:
        person = next(p for p in by_person if recount.names.get(p, p[1:]) == row.name)
        mine = by_person.pop(person)
        waits = [seconds for one in mine if (seconds := recount.held_seconds(one)) is not None]
        assert row.decisions == len(mine)
        assert (row.approved, row.rejected) == tuple(sum(one.verdict is v for one in mine) for v in FINAL)
        assert row.overturned == sum(
            any(who(later) != person and later.to_status != one.to_status for later in recount.after(one))
            for one in mine
        )
        assert close(row.median_wait, median_low(map(cut, waits)) if waits else None)
    assert by_person == {}
    first = [row for row in recount.people if all(one.source in SERVICE for one in recount.before(row))]
    held = Counter(step(row.created_at) for row in recount.people if row.from_status == "held")
    rejected = Counter(
        step(row.created_at) for row in recount.people if row.from_status == "held" and row.verdict is Verdict.REJECT
    )
    given = Counter((step(row.created_at), row.verdict) for row in recount.people)
    assert [(s.start, s.approved, s.rejected) for s in throughput] == [
        (start, *(given[start, verdict] for verdict in FINAL)) for start in PERIOD.starts
    ]
    turned = Counter(step(row.created_at) for row in first if row.from_status != "held")
    assert [(s.start, s.held, s.held_rejected, s.overturned) for s in steps] == [
        (start, held[start], rejected[start], turned[start]) for start in PERIOD.starts
    ]
    assert matrix == Counter((recount.before(row)[0].verdict, row.verdict) for row in first)
    assert is_delay(hold, [s for row in recount.people if (s := recount.held_seconds(row)) is not None])


def test_the_review_queue_over_time(recount: Recount, database: Database, site: Site) -> None:
    with database.read() as session:
        steps = held_over_time.steps(session, site.id, PERIOD)
    holds = []
    for (comment_id, revision), stack in recount.standing.items():
        if stack[0].verdict is Verdict.HOLD:
            edited = [
                other[0].created_at for (c, r), other in recount.standing.items() if c == comment_id and r > revision
            ]
            left = stack[1].created_at if len(stack) > 1 else min(edited, default=None)
            holds.append((stack[0].created_at, left))
    assert len(holds) > 10
    for told in steps:
        moment = datetime.fromtimestamp(told.start + HOUR, UTC)
        there = [begin for begin, left in holds if begin <= moment and (left is None or left > moment)]
        assert told.held == len(there), moment
        assert close(told.oldest, (moment - min(there)).total_seconds() if there else None)
    assert max(told.held for told in steps) > 3


def test_the_transparency_report(recount: Recount, database: Database, site: Site) -> None:
    with database.read() as session:
        report = transparency.report(session, site.id, PERIOD)
    rejected = [row for row in (*recount.automatic, *recount.people) if row.verdict is Verdict.REJECT]
    automatic = [row for row in rejected if row.source in SERVICE]
    undone = [row for row in rejected if any(later.verdict is Verdict.APPROVE for later in recount.after(row))]
    assert (report.restrictions, report.automated) == (len(rejected), len(automatic))
    assert report.automated_share == len(automatic) / len(rejected)
    assert (report.undone, report.automated_undone) == (len(undone), sum(row in automatic for row in undone))
    assert sum(ground.automated + ground.by_people for ground in report.grounds) == len(rejected)
    assert is_delay(
        report.time_to_restriction,
        [
            (row.created_at - recount.comments[row.comment_id].received_at).total_seconds()
            for row in rejected
            if row.revision == 1
        ],
        exact=True,
    )
    decided = [one for one in recount.appeals if within(one.decided_at)]
    made = [one for one in recount.appeals if within(one.created_at)]
    told, states = report.appeals, Counter(one.state for one in decided)
    assert told.made == len(made) > 0
    assert told.open == sum(one.state is AppealState.OPEN for one in made)
    assert (told.upheld, told.overturned, told.moot) == tuple(states[s] for s in ("upheld", "overturned", "moot"))
    assert is_delay(
        told.time_to_decision,
        [
            (one.decided_at - one.created_at).total_seconds()
            for one in decided
            if one.decided_at and one.state in (AppealState.UPHELD, AppealState.OVERTURNED)
        ],
        exact=True,
    )


def test_the_legal_notices_of_the_transparency_report(recount: Recount, database: Database, site: Site) -> None:
    with database.read() as session:
        told = transparency.report(session, site.id, PERIOD).legal_notices
    came = [one for one in recount.legal_notices if within(one.created_at)]
    ended = [one for one in recount.legal_notices if within(one.decided_at)]
    outcomes = Counter((one.state, one.ground) for one in ended)
    assert told.received == len(came) > 0
    assert told.by_kind == Counter(one.kind.value for one in came)
    assert (told.illegal, told.terms) == tuple(
        outcomes[LegalNoticeState.TAKEN_DOWN, ground] for ground in (LegalGround.ILLEGAL, LegalGround.TERMS)
    )
    assert told.left == outcomes[LegalNoticeState.LEFT_PUBLISHED, None]
    assert told.open == sum(one.state is LegalNoticeState.OPEN for one in came)
    seconds = [(one.decided_at - one.created_at).total_seconds() for one in ended if one.decided_at]
    assert is_delay(told.time_to_decision, seconds, exact=True)


def test_the_dashboards_tiles_tables_and_open_comments(recount: Recount, database: Database, site: Site) -> None:
    with database.read() as session:
        told = dashboard.count(session, site.id, PERIOD)
        waiting = open_comments.count(session, site.id)
        ages = open_comments.held_by_age(session, site.id)
    given = Counter(row.verdict for row in recount.automatic)
    assert told.now == {
        "received": sum(within(comment.received_at) for comment in recount.comments.values()),
        "judged": len(recount.automatic),
        **{verdict.value: given[verdict] for verdict in Verdict},
    }
    assert told.tables.keys() == board.TABLES.keys()
    assert column_sum(told.tables["volume"], "held") == given[Verdict.HOLD]
    assert column_sum(told.tables["moderators"], "decisions") == len(recount.people)
    assert column_sum(told.tables["delays"], "verdicts") == told.verdict_time.count
    held = [c for c in recount.comments.values() if c.status is CommentStatus.HELD]
    assert (waiting.pending, waiting.held) == (0, len(held))
    oldest = min(comment.decided_at for comment in held if comment.decided_at)
    assert waiting.oldest_held == pytest.approx((datetime.now(UTC) - oldest).total_seconds(), abs=60)
    assert sum(count for _, count in ages) == len(held)


def test_the_interfaces_figures(recount: Recount, database: Database, site: Site) -> None:
    since = PERIOD.start
    with database.read() as session:
        told = statistics.of_site(session, site.id, since=since)
    comments = [c for c in recount.comments.values() if c.received_at >= since]
    latest = [
        row
        for row in recount.rows
        if row.source in SERVICE
        and row.created_at >= since
        and row.revision == recount.comments[row.comment_id].revision
    ]
    assert told["received"] == len(comments)
    assert told["by_status"] == counted((c.status.value for c in comments), CommentStatus)
    assert told["by_verdict"] == counted((c.verdict.value for c in comments if c.verdict), Verdict)
    assert told["by_reason"] == Counter(code for row in latest for code in {r["code"] for r in row.reasons})
    waits = [(row.created_at - recount.comments[row.comment_id].pending_since).total_seconds() for row in latest]
    assert told["time_to_verdict"]["measured"] == len(waits)
    assert close(told["time_to_verdict"]["median_seconds"], median_low(waits))
    held = sum(c.status is CommentStatus.HELD for c in recount.comments.values())
    assert (told["queue"]["depth"], told["queue"]["held"]) == (0, held)


def test_the_figures_for_prometheus(recount: Recount, database: Database, site: Site) -> None:
    with database.read() as session:
        received = running.received(session, None, None)
        decided = running.decided(session, None, None)
        timed = running.verdict_seconds(session, None, None)
        seconds = [
            (decision.created_at - comment.received_at).total_seconds()
            for decision, comment in session.execute(
                select(Decision, Comment).join(Comment, Comment.id == Decision.comment_id)
            )
            if decision.source in SERVICE and decision.revision == 1
        ]
    assert received[site.id,] == len(recount.comments)
    undos = {row.id for row in recount.rows if row.undoes is not None}
    assert {key[1:]: count for key, count in decided.items() if key[0] == site.id} == Counter(
        (row.source.value, "undone" if row.id in undos else row.verdict.value) for row in recount.rows
    )
    assert undos
    edge = 0.002  # SQLite's clock arithmetic is exact to the millisecond
    for low, bound in zip((0.0, *running.BUCKETS), running.BUCKETS, strict=False):
        least, most = (sum(low + by < one <= bound - by for one in seconds) for by in (edge, -edge))
        assert least <= timed["bucket", str(bound)] <= most, bound
    assert timed["milliseconds",] == pytest.approx(sum(seconds) * 1000, abs=len(seconds))


def column_sum(table: board.Table, label: str) -> int:
    place = next(number for number, column in enumerate(table.columns) if column.label == label)
    return sum(value for row in table.rows if isinstance(value := row[place], int))


def counted(values: Iterable[str], names: Iterable[str]) -> dict[str, int]:
    return dict.fromkeys(names, 0) | Counter(values)
