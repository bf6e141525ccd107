"""The figures of a site over a period: one query each, from the record alone, the same on SQLite and PostgreSQL.

What the policy did is read from its decisions, what people did from theirs; a comment edited later counts with each of
its verdicts. Medians are exact to a hundredth of a second. A decision that its
moderator took back before anybody was told counts for nothing.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, case, cast, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from service.db import database_now
from service.models import Article, Comment, Decision, Moderator
from service.moderation.decisions import TAKEN_BACK
from service.moderation.intervals import Share
from service.moderation.periods import Period, epoch
from service.vocabulary import CommentStatus, Source, Verdict

BY_THE_SERVICE = (Source.POLICY, Source.UPKEEP)
TROUBLE_FROM = 5  # comments an article needs before its share of trouble says something


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the period: comments received, and what the policy made of those it judged."""

    start: int  # seconds since 1970
    received: int
    approve: int
    review: int
    reject: int


@dataclass(frozen=True, kw_only=True)
class Delay:
    """How long something took, in seconds: the median and the 95th percentile; None where nothing was measured."""

    count: int
    median: float | None
    p95: float | None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How it stands now: how many wait, and for how many seconds the oldest of each has waited (0: none waits)."""

    pending: int
    oldest_pending: float
    in_review: int
    oldest_in_review: float


@dataclass(frozen=True, kw_only=True)
class Work:
    """What one moderator did: decisions, and how many of them somebody else turned round later."""

    name: str
    decisions: int
    approved: int
    rejected: int
    overturned: int
    median_wait: float | None  # seconds the comments they decided had been held


@dataclass(frozen=True, kw_only=True)
class AgreementStep:
    """What moderators decided in a step: held comments, those of them rejected, automatic verdicts turned round."""

    start: int
    held: int
    held_rejected: int
    overturned: int


@dataclass(frozen=True, kw_only=True)
class TroubledArticle:
    """An article by the share of its comments that the policy did not approve."""

    external_id: str
    title: str
    comments: int
    trouble: Share


def steps(session: Session, site_id: str, period: Period, /) -> list[Step]:
    """Return every step of the period, empty ones included."""
    at = period.step_of(Comment.received_at)
    received = dict(
        session.execute(
            select(at, func.count()).where(Comment.site_id == site_id, period.covers(Comment.received_at)).group_by(at)
        ).all()
    )
    decided = period.step_of(Decision.created_at)
    verdicts: dict[tuple[int, Verdict], int] = {
        (start, verdict): count
        for start, verdict, count in session.execute(
            select(decided, Decision.verdict, func.count())
            .where(*_automatic(site_id, period))
            .group_by(decided, Decision.verdict)
        )
    }
    return [
        Step(
            start=start,
            received=received.get(start, 0),
            approve=verdicts.get((start, Verdict.APPROVE), 0),
            review=verdicts.get((start, Verdict.REVIEW), 0),
            reject=verdicts.get((start, Verdict.REJECT), 0),
        )
        for start in period.starts
    ]


def reasons(session: Session, site_id: str, period: Period, /) -> list[tuple[str, str, int]]:
    """Return (reason, attribute or "", comments) of automatic verdicts, most frequent first."""
    postgresql = session.get_bind().dialect.name == "postgresql"
    each = (
        (func.json_array_elements if postgresql else func.json_each)(Decision.reasons).table_valued("value").alias("r")
    )

    def told(name: str) -> ColumnElement[str]:
        return func.coalesce(
            func.json_extract_path_text(each.c.value, name)
            if postgresql
            else func.json_extract(each.c.value, f"$.{name}"),
            "",
        )

    # Two uses of one bound parameter are two expressions to PostgreSQL, so the grouping is over a subquery's columns.
    counted = (
        select(told("code").label("code"), told("attribute").label("attribute"))
        .select_from(Decision)
        .join(each, literal(True))
        .where(*_automatic(site_id, period), Decision.verdict != Verdict.APPROVE)
        .subquery()
    )
    number = func.count().label("number")
    rows = session.execute(
        select(counted.c.code, counted.c.attribute, number)
        .group_by(counted.c.code, counted.c.attribute)
        .order_by(number.desc(), counted.c.code, counted.c.attribute)
    )
    return [(code, attribute, count) for code, attribute, count in rows]


def time_to_verdict(session: Session, site_id: str, period: Period, /) -> tuple[Delay, dict[int, Delay]]:
    """Return how long comments waited for the policy's verdict: over all, and by step; steps without one are absent.

    Counted to the hundredth of a second in one pass: sorting them in the database took six times as long.
    """
    timed = _verdict_seconds(site_id, period).subquery()
    hundredths = cast(func.round(timed.c.seconds * 100), Integer)
    counts: dict[int, Counter[int]] = defaultdict(Counter)
    rows = session.execute(select(timed.c.step, hundredths, func.count()).group_by(timed.c.step, hundredths))
    for step, value, count in rows:
        counts[step][max(value, 0)] += count
    whole: Counter[int] = sum(counts.values(), Counter())
    return _percentiles(whole), {step: _percentiles(values) for step, values in counts.items()}


def _percentiles(counts: Counter[int]) -> Delay:
    total = sum(counts.values())
    if not total:
        return Delay(count=0, median=None, p95=None)
    wanted = {50: (total * 50 + 99) // 100, 95: (total * 95 + 99) // 100}
    found: dict[int, float] = {}
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        for percent, rank in wanted.items():
            if seen >= rank and percent not in found:
                found[percent] = value / 100
    return Delay(count=total, median=found[50], p95=found[95])


def time_to_review(session: Session, site_id: str, period: Period, /) -> Delay:
    """Return how long held comments waited for a moderator."""
    return delay(session, _review_seconds().where(*_by_people(site_id, period)))


def standing(session: Session, site_id: str, /) -> Standing:
    """Return what waits now and since when, by the database's clock."""
    found: dict[CommentStatus, tuple[int, float]] = {}
    for status, since in (
        (CommentStatus.PENDING, Comment.pending_since),
        (CommentStatus.IN_REVIEW, Comment.decided_at),
    ):
        count, oldest = session.execute(
            select(func.count(), epoch(database_now()) - epoch(func.min(since))).where(
                Comment.site_id == site_id, Comment.status == status
            )
        ).one()
        found[status] = (count, max(oldest or 0.0, 0.0))
    pending, held = found[CommentStatus.PENDING], found[CommentStatus.IN_REVIEW]
    return Standing(pending=pending[0], oldest_pending=pending[1], in_review=held[0], oldest_in_review=held[1])


def review_ages(session: Session, site_id: str, /) -> list[tuple[str, int]]:
    """Return how many held comments wait by how long they have waited."""
    bounds = (
        (900, "under 15 minutes"),
        (3_600, "15 to 60 minutes"),
        (14_400, "1 to 4 hours"),
        (86_400, "4 to 24 hours"),
    )
    age = epoch(database_now()) - epoch(Comment.decided_at)
    label = case(*[(age < seconds, literal(words)) for seconds, words in bounds], else_=literal("over a day"))
    aged = (
        select(label.label("age"))
        .where(Comment.site_id == site_id, Comment.status == CommentStatus.IN_REVIEW)
        .subquery()
    )
    counts: dict[str, int] = dict(session.execute(select(aged.c.age, func.count()).group_by(aged.c.age)).all())
    return [(words, counts.get(words, 0)) for words in (*(words for _, words in bounds), "over a day")]


def work(session: Session, site_id: str, period: Period, /) -> list[Work]:
    """Return what each moderator did, busiest first; decisions through the API count under the name they gave."""
    later = aliased(Decision)
    overturned = (
        select(literal(1))
        .where(
            later.comment_id == Decision.comment_id,
            later.revision == Decision.revision,
            later.created_at > Decision.created_at,
            later.source == Source.MODERATOR,
            later.to_status != Decision.to_status,
            ~_takes_back(later.reasons),
            or_(
                later.moderator_id.is_distinct_from(Decision.moderator_id),
                and_(Decision.moderator_id.is_(None), later.actor != Decision.actor),
            ),
        )
        .exists()
    )
    name = func.coalesce(Moderator.name, Decision.actor)
    rows = session.execute(
        select(
            name,
            func.count(),
            _count(Decision.verdict == Verdict.APPROVE),
            _count(Decision.verdict == Verdict.REJECT),
            _count(overturned),
        )
        .outerjoin(Moderator, Moderator.id == Decision.moderator_id)
        .where(*_by_people(site_id, period))
        .group_by(name)
        .order_by(func.count().desc(), name)
    ).all()
    waits: dict[str, list[float]] = defaultdict(list)
    held = _review_seconds().add_columns(name).outerjoin(Moderator, Moderator.id == Decision.moderator_id)
    for _, seconds, who in session.execute(held.where(*_by_people(site_id, period)).limit(50_000)):
        waits[who].append(seconds)
    return [
        Work(
            name=who or "(no name)",
            decisions=decisions,
            approved=approved,
            rejected=rejected,
            overturned=turned,
            median_wait=sorted(waits[who])[(len(waits[who]) - 1) // 2] if waits[who] else None,
        )
        for who, decisions, approved, rejected, turned in rows
    ]


def agreement_by_step(session: Session, site_id: str, period: Period, /) -> list[AgreementStep]:
    """Return how moderators saw what the policy did: holds they found right, verdicts they turned round."""
    at = period.step_of(Decision.created_at)
    held = Decision.from_status == CommentStatus.IN_REVIEW
    rows = {
        start: (held_count, rejected, overturned)
        for start, held_count, rejected, overturned in session.execute(
            select(
                at,
                _count(held),
                _count(held & (Decision.verdict == Verdict.REJECT)),
                _count(~held & _first_by_a_person()),
            )
            .where(*_by_people(site_id, period))
            .group_by(at)
        )
    }
    return [
        AgreementStep(start=start, held=row[0], held_rejected=row[1], overturned=row[2])
        for start in period.starts
        for row in [rows.get(start, (0, 0, 0))]
    ]


def matrix(session: Session, site_id: str, period: Period, /) -> dict[tuple[Verdict, Verdict], int]:
    """Return (the policy's verdict, the first moderator's verdict) → comments, of those that a moderator decided."""
    policy = aliased(Decision)
    rows = session.execute(
        select(policy.verdict, Decision.verdict, func.count())
        .join(policy, and_(policy.comment_id == Decision.comment_id, policy.revision == Decision.revision))
        .where(*_by_people(site_id, period), _first_by_a_person(), policy.source.in_(BY_THE_SERVICE))
        .group_by(policy.verdict, Decision.verdict)
    )
    return {(by_policy, by_person): count for by_policy, by_person, count in rows}


def troubled_articles(session: Session, site_id: str, period: Period, /, *, limit: int = 10) -> list[TroubledArticle]:
    """Return the articles whose comments were held or rejected most, by the lower end of the share's interval."""
    rows = session.execute(
        select(Article.external_id, Article.title, func.count(), _count(Decision.verdict != Verdict.APPROVE))
        .select_from(Decision)
        .join(Comment, Comment.id == Decision.comment_id)
        .join(Article, Article.id == Comment.article_id)
        .where(*_automatic(site_id, period))
        .group_by(Article.id, Article.external_id, Article.title)
        .having(func.count() >= TROUBLE_FROM, _count(Decision.verdict != Verdict.APPROVE) > 0)
    )
    articles = [
        TroubledArticle(external_id=external_id, title=title, comments=count, trouble=Share(trouble, count))
        for external_id, title, count, trouble in rows
    ]
    return sorted(articles, key=lambda article: -(article.trouble.interval or (0.0, 0.0))[0])[:limit]


def _automatic(site_id: str, period: Period) -> tuple[ColumnElement[bool], ...]:
    return (Decision.site_id == site_id, period.covers(Decision.created_at), Decision.source.in_(BY_THE_SERVICE))


def _by_people(site_id: str, period: Period) -> tuple[ColumnElement[bool], ...]:
    return (
        Decision.site_id == site_id,
        period.covers(Decision.created_at),
        Decision.source == Source.MODERATOR,
        stands(),
    )


def stands(decision: Any = Decision, /) -> ColumnElement[bool]:
    """Return the condition that a decision was neither taken back within its undo window nor is the taking back."""
    back = aliased(Decision)
    taken_back = (
        select(literal(1))
        .where(
            back.comment_id == decision.comment_id,
            back.revision == decision.revision,
            back.created_at > decision.created_at,
            back.from_status == decision.to_status,
            back.to_status == decision.from_status,
            _takes_back(back.reasons),
        )
        .exists()
    )
    return ~_takes_back(decision.reasons) & ~taken_back


def _takes_back(reasons: Any) -> ColumnElement[bool]:
    # The same text in both databases' JSON; a site's own reason codes cannot contain the quotes.
    return cast(reasons, Text).contains(f'"{TAKEN_BACK}"')


def _first_by_a_person() -> ColumnElement[bool]:
    earlier = aliased(Decision)
    return ~(
        select(literal(1))
        .where(
            earlier.comment_id == Decision.comment_id,
            earlier.revision == Decision.revision,
            earlier.created_at < Decision.created_at,
            earlier.source == Source.MODERATOR,
            stands(earlier),
        )
        .exists()
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(case((condition, 1), else_=0)), 0), Integer)


def _verdict_seconds(site_id: str, period: Period) -> Select[int, float]:
    # Of an edited comment only the newest revision's wait is known: `pending_since` belongs to it.
    seconds = epoch(Decision.created_at) - epoch(Comment.pending_since)
    return (
        select(period.step_of(Decision.created_at).label("step"), seconds.label("seconds"))
        .join(Comment, and_(Comment.id == Decision.comment_id, Comment.revision == Decision.revision))
        .where(*_automatic(site_id, period))
    )


def _review_seconds() -> Select[int, float]:
    held = aliased(Decision)
    return select(
        literal(0).label("step"), (epoch(Decision.created_at) - epoch(held.created_at)).label("seconds")
    ).join(
        held,
        and_(
            held.comment_id == Decision.comment_id,
            held.revision == Decision.revision,
            held.source.in_(BY_THE_SERVICE),
            held.to_status == CommentStatus.IN_REVIEW,
            Decision.from_status == CommentStatus.IN_REVIEW,
        ),
    )


def delay(session: Session, timed: Select[int, float], /) -> Delay:
    """Return count, median and 95th percentile of a statement's column `seconds`."""
    seconds = sorted(max(value, 0.0) for value in session.scalars(select(timed.subquery().c.seconds)))
    if not seconds:
        return Delay(count=0, median=None, p95=None)
    count = len(seconds)
    return Delay(count=count, median=seconds[(count + 1) // 2 - 1], p95=seconds[(count * 95 + 99) // 100 - 1])
