"""Every figure against a recount by hand: random histories with overturns, undone decisions, edits, two sites."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from statistics import median_low

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.console.insight import board, dashboard
from service.db import Database
from service.metrics import running
from service.models import (
    Appeal,
    AppealState,
    Article,
    Comment,
    Decision,
    LegalGround,
    LegalNotice,
    LegalNoticeKind,
    LegalNoticeState,
    Moderator,
    Site,
)
from service.moderation.insight import (
    delays,
    held_over_time,
    moderators_work,
    open_comments,
    policy_verdicts,
    statistics,
    transparency,
)
from service.moderation.insight.counts import counters
from service.moderation.insight.counts.periods import HOUR, Period
from service.moderation.insight.intervals import Share
from service.vocabulary import Attribute, CommentStatus, Source, Verdict
from tests.conftest import add_site
from tests.support.history import History

START = datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
PERIOD = Period(START + timedelta(hours=6, minutes=7, seconds=13), START + timedelta(hours=42), HOUR)
KINDS = ({}, {Attribute.TOXICITY: 0.6}, {Attribute.TOXICITY: 0.97}, {Attribute.INSULT: 0.7, Attribute.TOXICITY: 0.99})
FINAL = (Verdict.APPROVE, Verdict.REJECT)
SERVICE = (Source.POLICY, Source.UPKEEP)


def live(session: Session, site: Site, chance: random.Random, count: int) -> None:
    """Let comments come, be judged, decided, overturned, undone, edited and appealed for."""
    history = History(session, site)
    articles = [None, *(history.article(f"{site.slug}-{n}", f"Article {n}") for n in range(3))]
    names = [f"{site.slug}-{name}" for name in ("anna", "ben", "cem")]
    staff: list[Moderator | str] = [*(history.moderator(name) for name in names), "cms"]
    for _ in range(count):
        at = START + timedelta(seconds=chance.uniform(0, 48 * 3600))
        seconds = chance.choice((0.3, 2, 40, 900)) * chance.uniform(0.5, 1.5)
        comment = history.comment(at, scores=chance.choice(KINDS), article=chance.choice(articles), seconds=seconds)
        at += timedelta(seconds=seconds)
        for _ in range(chance.choice((0, 0, 1, 1, 2, 3, 4))):
            at += timedelta(seconds=chance.uniform(20, 9_000))
            if chance.random() < 0.1:
                history.edit(comment, at, chance.choice(list(Verdict)), seconds=3)
                at += timedelta(seconds=4)
                continue
            by = chance.choice(staff)
            verdict = chance.choice([verdict for verdict in FINAL if verdict != comment.verdict])
            decision = history.decide(comment, by, verdict, at)
            if not isinstance(by, str) and chance.random() < 0.4:
                at += timedelta(seconds=chance.uniform(1, 9))
                history.undo(decision, at)
            elif comment.status is CommentStatus.REJECTED and chance.random() < 0.5:
                appeal(session, comment, decision, at, chance)
            if chance.random() < 0.2:
                legal_notice(session, comment, at, chance)
    session.flush()


def legal_notice(session: Session, comment: Comment, at: datetime, chance: random.Random) -> None:
    state = chance.choice(list(LegalNoticeState))
    ground = chance.choice(list(LegalGround)) if state is LegalNoticeState.TAKEN_DOWN else None
    decided = None if state is LegalNoticeState.OPEN else at + timedelta(seconds=chance.uniform(60, 40_000))
    session.add(
        LegalNotice(
            site_id=comment.site_id, comment_id=comment.id, kind=chance.choice(list(LegalNoticeKind)), location="",
            explanation="", state=state, ground=ground, created_at=at, decided_at=decided,
        )
    )  # fmt: skip


def appeal(session: Session, comment: Comment, decision: Decision, at: datetime, chance: random.Random) -> None:
    state = chance.choice(list(AppealState))
    decided = None if state is AppealState.OPEN else at + timedelta(seconds=chance.uniform(60, 40_000))
    session.add(
        Appeal(
            site_id=comment.site_id, comment_id=comment.id, decision_id=decision.id, text="", state=state,
            created_at=at, decided_at=decided,
        )
    )  # fmt: skip


class Recount:
    """The record read whole, walked decision by decision: no query of the product's own."""

    def __init__(self, session: Session, site: Site) -> None:
        self.comments = {c.id: c for c in session.scalars(select(Comment).where(Comment.site_id == site.id))}
        self.articles = {a.id: a for a in session.scalars(select(Article))}
        self.names = {m.id: m.name for m in session.scalars(select(Moderator))}
        self.appeals = session.scalars(select(Appeal).where(Appeal.site_id == site.id)).all()
        self.legal_notices = session.scalars(select(LegalNotice).where(LegalNotice.site_id == site.id)).all()
        rows = session.scalars(select(Decision).where(Decision.site_id == site.id)).all()
        self.rows = sorted(rows, key=lambda row: (row.created_at, row.id))
        self.standing: dict[tuple[str, int], list[Decision]] = defaultdict(list)
        for row in self.rows:
            stack = self.standing[row.comment_id, row.revision]
            if row.undoes is not None:
                assert stack.pop().id == row.undoes
            else:
                stack.append(row)
        counted = [row for stack in self.standing.values() for row in stack]
        self.automatic = [row for row in counted if row.source in SERVICE and within(row.created_at)]
        self.people = [row for row in counted if row.source is Source.MODERATOR and within(row.created_at)]

    def before(self, row: Decision) -> list[Decision]:
        stack = self.standing[row.comment_id, row.revision]
        return stack[: stack.index(row)]

    def after(self, row: Decision) -> list[Decision]:
        stack = self.standing[row.comment_id, row.revision]
        return stack[stack.index(row) + 1 :]

    def held_seconds(self, row: Decision) -> float | None:
        first = self.standing[row.comment_id, row.revision][0]
        return (row.created_at - first.created_at).total_seconds() if row.from_status == "held" else None


def within(moment: datetime | None) -> bool:
    return moment is not None and PERIOD.start <= moment < PERIOD.end


def step(moment: datetime) -> int:
    return int(moment.timestamp()) // HOUR * HOUR


def is_delay(found: delays.Delay, seconds: Sequence[float], *, exact: bool = False) -> bool:
    if not seconds:
        return found == delays.Delay(count=0, median=None, p95=None)
    told = sorted(seconds if exact else map(cut, seconds))
    p95 = told[-(-len(told) * 95 // 100) - 1]
    return found.count == len(told) and close(found.median, median_low(told)) and close(found.p95, p95)


def cut(seconds: float) -> float:
    """A wait as it is counted: by the hundredth of a second, from ten seconds on by two digits, cut off."""
    if seconds < 10:
        return seconds
    unit = 10 ** (len(str(int(seconds))) - 2)
    return seconds // unit * unit


def close(one: float | None, other: float | None) -> bool:
    return one == pytest.approx(other, abs=0.02) if other is not None else one is None


def who(row: Decision) -> str:
    return row.moderator_id or f"/{row.actor}"


@dataclass(frozen=True)
class Past:
    """A random history, and what counting it by hand gave."""

    database: Database
    site: Site
    recount: Recount


@pytest.fixture(scope="module")
def pasts(databases_to_read: Callable[[str], Database]) -> Callable[[str, int], Past]:
    """What lives through a past of a database's kind and a seed, once for all the figures that are read of it."""

    @cache
    def past(kind: str, seed: int) -> Past:
        database, chance = databases_to_read(kind), random.Random(seed)
        site, other_site = add_site(database, "gazette", "The Gazette"), add_site(database, "herald", "The Herald")
        with database.write() as session:
            live(session, session.merge(site), chance, 70)
            live(session, session.merge(other_site), chance, 15)
            if seed % 2:  # upkeep has come by, or not yet
                counters.fold(session)
        with database.read() as session:
            found = Recount(session, site)
        assert len(found.rows) > len(found.automatic) + len(found.people) > 60
        return Past(database, site, found)

    return past


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
