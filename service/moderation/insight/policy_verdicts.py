"""The policy's verdicts on a site's comments over a period: by step, by reason, by article.

Counted from the service's decisions alone; a comment that was edited later counts with each of its verdicts.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.models import Article, Comment
from service.moderation.insight.counts import counters
from service.moderation.insight.counts.periods import Period
from service.moderation.insight.intervals import Share
from service.vocabulary import CommentStatus, Verdict

TROUBLE_FROM = 5  # comments an article needs for its share to be meaningful


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the period: comments received and the policy's verdicts."""

    start: int  # seconds since 1970
    received: int
    approve: int
    hold: int
    reject: int


@dataclass(frozen=True, kw_only=True)
class TroubledArticle:
    """An article by the share of its comments that the policy did not approve."""

    external_id: str
    title: str
    comments: int
    trouble: Share


def steps(session: Session, site_id: str, period: Period, /) -> list[Step]:
    """Return every step of the period, empty ones included."""
    received = received_by_step(session, site_id, period)
    rows = counters.read(session, site_id, "verdicts", period, by_step=True)
    verdicts: dict[tuple[int, str], int] = {(row.step, row.key): row.amount for row in rows}
    return [
        Step(
            start=start,
            received=received.get(start, 0),
            approve=verdicts.get((start, Verdict.APPROVE), 0),
            hold=verdicts.get((start, Verdict.HOLD), 0),
            reject=verdicts.get((start, Verdict.REJECT), 0),
        )
        for start in period.starts
    ]


def received_by_step(session: Session, site_id: str, period: Period, /) -> Counter[int]:
    """Return how many comments were received in each step: those with a verdict are counted, the pending ones few."""
    received: Counter[int] = Counter()
    for row in counters.read(session, site_id, "comments", period, by_step=True):
        received[row.step] += row.amount
    at = period.step_of(Comment.received_at)
    waiting = (Comment.site_id == site_id, Comment.status == CommentStatus.PENDING)
    pending = select(at, func.count()).where(*waiting, period.covers(Comment.received_at)).group_by(at)
    for step, count in session.execute(pending):
        received[step] += count
    return received


def reasons(session: Session, site_id: str, period: Period, /) -> list[tuple[str, str, int]]:
    """Return (reason, attribute or "", comments) of automatic verdicts, most frequent first."""
    rows = counters.read(session, site_id, "reasons", period, by_step=False)
    told = [(*row.key.split("/", 1), row.amount) for row in rows]
    return sorted(told, key=lambda one: (-one[2], one[0], one[1]))


def troubled_articles(session: Session, site_id: str, period: Period, /, *, limit: int = 10) -> list[TroubledArticle]:
    """Return the articles whose comments were held or rejected most, by the lower end of the share's interval."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in counters.read(session, site_id, "articles", period, by_step=False):
        article_id, _, outcome = row.key.partition("/")
        counts[article_id][outcome] += row.amount
    shares = {
        article_id: Share(found["trouble"], found.total())
        for article_id, found in counts.items()
        if found["trouble"] and found.total() >= TROUBLE_FROM
    }
    worst = sorted(shares, key=lambda one: (-(shares[one].interval or (0.0, 0.0))[0], one))[:limit]
    articles = {article.id: article for article in session.scalars(select(Article).where(Article.id.in_(worst)))}
    return [
        TroubledArticle(
            external_id=articles[one].external_id,
            title=articles[one].title,
            comments=shares[one].of,
            trouble=shares[one],
        )
        for one in worst
    ]
