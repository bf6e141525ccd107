"""A random history of a site, and what counting it by hand gives: no query of the product's own."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median_low

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db import Database
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
from service.moderation.insight import delays
from service.moderation.insight.counts import counters
from service.moderation.insight.counts.periods import HOUR, Period
from service.vocabulary import Attribute, CommentStatus, Source, Verdict
from tests.support.history import History
from tests.support.sites import add_site

START = datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
PERIOD = Period(START + timedelta(hours=6, minutes=7, seconds=13), START + timedelta(hours=42), HOUR)
KINDS = ({}, {Attribute.TOXICITY: 0.6}, {Attribute.TOXICITY: 0.97}, {Attribute.INSULT: 0.7, Attribute.TOXICITY: 0.99})
FINAL = (Verdict.APPROVE, Verdict.REJECT)
SERVICE = (Source.POLICY, Source.UPKEEP)


@dataclass(frozen=True)
class Past:
    """A random history, and what counting it by hand gave."""

    database: Database
    site: Site
    recount: "Recount"


def live_through(database: Database, seed: int) -> Past:
    """Write the past of two sites into an empty database; return that of the first."""
    chance = random.Random(seed)
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
