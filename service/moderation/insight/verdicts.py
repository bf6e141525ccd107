"""What the policy made of a site's comments over a period: verdicts by step, reasons, articles with trouble.

Read from the service's decisions alone; a comment that was edited later counts with each of its verdicts.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from service.models import Article, Comment, Decision
from service.moderation.insight.counted import automatic, number_of
from service.moderation.insight.intervals import Share
from service.moderation.insight.periods import Period
from service.vocabulary import Verdict

TROUBLE_FROM = 5  # comments an article needs before its share of trouble says something


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the period: comments received, and what the policy made of those it judged."""

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
            .where(*automatic(site_id, period))
            .group_by(decided, Decision.verdict)
        )
    }
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
        .where(*automatic(site_id, period), Decision.verdict != Verdict.APPROVE)
        .subquery()
    )
    number = func.count().label("number")
    rows = session.execute(
        select(counted.c.code, counted.c.attribute, number)
        .group_by(counted.c.code, counted.c.attribute)
        .order_by(number.desc(), counted.c.code, counted.c.attribute)
    )
    return [(code, attribute, count) for code, attribute, count in rows]


def troubled_articles(session: Session, site_id: str, period: Period, /, *, limit: int = 10) -> list[TroubledArticle]:
    """Return the articles whose comments were held or rejected most, by the lower end of the share's interval."""
    rows = session.execute(
        select(Comment.article_id, func.count(), number_of(Decision.verdict != Verdict.APPROVE))
        .select_from(Decision)
        .join(Comment, Comment.id == Decision.comment_id)
        .where(*automatic(site_id, period), Comment.article_id.is_not(None))
        .group_by(Comment.article_id)
        .having(func.count() >= TROUBLE_FROM, number_of(Decision.verdict != Verdict.APPROVE) > 0)
    )
    shares = {str(article_id): Share(trouble, count) for article_id, count, trouble in rows}
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
