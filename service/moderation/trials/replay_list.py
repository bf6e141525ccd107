"""Lists: the comments of a replay as a page shows them, by keyset; the replays that wait for a worker; the old ones."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, literal, or_, select
from sqlalchemy.orm import Session

from service.db import database_now
from service.models import Article, Comment, Replay, ReplayComment, ReplayOutcome, ReplayState
from service.models.stored_ids import bare
from service.moderation.judgement import ranking
from service.moderation.trials.replay import QUIET_SECONDS
from service.vocabulary import CommentStatus, Verdict

WORK = [state for state in ReplayState if state.is_work]
PAGE = 50
EXCERPT = 300  # characters
KEPT_DAYS = 30  # how long a replay can be looked up and undone
PRUNED = 2_000  # rows that one round of upkeep deletes


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A comment on the list: what it was, what the policy makes of it now, why, and what became of it."""

    comment_id: str
    from_status: CommentStatus
    verdict: Verdict
    reasons: Sequence[dict[str, Any]]
    outcome: ReplayOutcome
    text: str
    is_cut: bool
    author: str | None
    article: str | None
    received_at: datetime
    is_erased: bool

    @property
    def is_severe(self) -> bool:
        """Whether its text is covered for those who want that."""
        return bool(ranking.queue_columns(self.reasons)["severity"] >= ranking.SEVERE_FROM)


def page(
    session: Session, replay: Replay, /, *, kind: str = "", outcome: ReplayOutcome | None = None, after: str = ""
) -> tuple[list[Listed], str]:
    """Return a page of the list, newest comment first, and where the next page begins ("" at the end)."""
    found = session.execute(_statement(replay, kind, outcome, after)).all()
    listed = [
        Listed(
            comment_id=row.ReplayComment.comment_id,
            from_status=row.ReplayComment.from_status,
            verdict=row.ReplayComment.verdict,
            reasons=row.ReplayComment.reasons,
            outcome=row.ReplayComment.outcome,
            text=row.text,
            is_cut=row.length > EXCERPT,
            author=bare(row.author),
            article=bare(row.article),
            received_at=row.received_at,
            is_erased=row.erased_at is not None,
        )
        for row in found[:PAGE]
    ]
    return listed, listed[-1].comment_id if len(found) > PAGE else ""


def waiting(session: Session, /, *, mine: Collection[str] = (), but: Collection[str] = ()) -> Replay | None:
    """Return the replay whose turn it is: the one that was worked on longest ago, by nobody else; None if none waits.

    `mine` are those that the caller works on, `but` those that it leaves to others.
    """
    quiet = Replay.worked_at <= database_now(-QUIET_SECONDS)
    working = Replay.state.in_([literal(state, Replay.state.type, literal_execute=True) for state in WORK])
    statement = select(Replay).where(working, or_(quiet, Replay.id.in_(mine)), Replay.id.not_in(but))
    return session.scalar(statement.order_by(Replay.worked_at).limit(1))


def prune(session: Session, /) -> int:
    """Delete a bounded part of what is older than `KEPT_DAYS`; return how many comments' rows went."""
    old = session.scalar(
        select(Replay)
        .where(Replay.created_at < database_now(-KEPT_DAYS * 86_400))
        .where(Replay.state.in_([state for state in ReplayState if not state.is_work]))
        .order_by(Replay.created_at)
        .limit(1)
    )
    if old is None:
        return 0
    ids = session.scalars(select(ReplayComment.comment_id).where(ReplayComment.replay_id == old.id).limit(PRUNED)).all()
    session.execute(delete(ReplayComment).where(ReplayComment.replay_id == old.id, ReplayComment.comment_id.in_(ids)))
    if len(ids) < PRUNED:
        session.execute(delete(Replay).where(Replay.id == old.id))
    return len(ids)


def _statement(replay: Replay, kind: str, outcome: ReplayOutcome | None, after: str) -> Any:
    statement = (
        select(
            ReplayComment,
            func.substr(Comment.text, 1, EXCERPT).label("text"),
            func.length(Comment.text).label("length"),
            func.coalesce(Comment.author_name, Comment.author_external_id).label("author"),
            func.coalesce(func.nullif(Article.title, ""), Article.external_id).label("article"),
            Comment.received_at,
            Comment.erased_at,
        )
        .join(Comment, Comment.id == ReplayComment.comment_id)
        .outerjoin(Article, Article.id == Comment.article_id)
        .where(ReplayComment.replay_id == replay.id)
        .order_by(ReplayComment.comment_id.desc())
        .limit(PAGE + 1)
    )
    if kind:
        statement = statement.where(ReplayComment.kind == kind)
    if outcome is not None:
        statement = statement.where(ReplayComment.outcome == outcome)
    if after:
        statement = statement.where(ReplayComment.comment_id < after)
    return statement
