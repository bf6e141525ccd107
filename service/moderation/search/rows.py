"""Comments as the list of all comments shows them, each with who made its last decision. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.models import Article, Comment, Decision, Report, ReportOutcome
from service.models.stored_ids import bare
from service.moderation.decisions import record
from service.moderation.judgement.ranking import SEVERE_FROM
from service.sentences import worded
from service.vocabulary import CommentStatus, Source

EXCERPT = 400

THE_POLICY = worded("the policy")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One comment as the list shows it; `by` is who made its last decision."""

    id: str
    external_id: str
    text: str  # its beginning, unless the whole is asked for
    length: int
    author_id: str | None
    author: str | None
    article: str | None
    status: CommentStatus
    reason: str | None
    attribute: str | None
    score: float | None
    severity: float
    language: str | None
    received_at: datetime
    decided_at: datetime | None
    by: str = ""
    rejected_for: str = ""  # what a moderator gave as the reason
    reports: int = 0  # open ones

    @property
    def is_severe(self) -> bool:
        """Whether its text is covered for those who want that."""
        return self.severity >= SEVERE_FROM


def of_ids(session: Session, ids: Sequence[str], /, *, whole_texts: bool = False) -> list[Row]:
    """Return these comments as the list shows them."""
    text: Any = Comment.text if whole_texts else func.substr(Comment.text, 1, EXCERPT)
    statement = (
        select(
            Comment.id,
            Comment.external_id,
            text.label("text"),
            func.length(Comment.text).label("length"),
            Comment.author_external_id.label("author_id"),
            func.coalesce(Comment.author_name, Comment.author_external_id).label("author"),
            func.coalesce(func.nullif(Article.title, ""), Article.external_id).label("article"),
            Comment.status,
            Comment.reason,
            Comment.attribute,
            Comment.score,
            func.coalesce(Comment.severity, 0.0).label("severity"),
            func.coalesce(Comment.language_read, Comment.language).label("language"),
            Comment.received_at,
            Comment.decided_at,
        )
        .outerjoin(Article, Article.id == Comment.article_id)
        .where(Comment.id.in_(ids))
    )
    by_id = {
        row["id"]: Row(**{**row, "author": bare(row["author"]), "article": bare(row["article"])})
        for row in session.execute(statement).mappings()
    }
    made = select(Decision).where(Decision.comment_id.in_(ids), *record.not_undone())
    for decision in session.scalars(made.order_by(Decision.created_at, Decision.id)):  # the last one counts
        grounds = decision.reasons[0] if decision.reasons and decision.source is Source.MODERATOR else {}
        by = decision.actor or (THE_POLICY if decision.source is Source.POLICY else worded(decision.source.value))
        row = by_id[decision.comment_id]
        by_id[row.id] = replace(row, by=by, rejected_for=grounds.get("label", ""))
    for comment_id, count in open_reports(session, ids).items():
        by_id[comment_id] = replace(by_id[comment_id], reports=count)
    return [by_id[comment_id] for comment_id in ids if comment_id in by_id]


def open_reports(session: Session, ids: Sequence[str], /) -> dict[str, int]:
    """Return how many open reports each of these comments has, without those that have none."""
    counted = (
        select(Report.comment_id, func.count())
        .where(Report.comment_id.in_(ids), Report.outcome == ReportOutcome.OPEN)
        .group_by(Report.comment_id)
    )
    return dict(session.execute(counted).all())
