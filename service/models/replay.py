"""Replays: a policy applied to comments of the past, as one act of a lead, and what became of each comment.

The rows are the truth about how far a replay has come: a worker that is killed leaves them, and the next one goes on
from there. No row holds a comment's text.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime
from service.models.columns import Created, Id, Moment, checked
from service.vocabulary import CommentStatus, Verdict

_WORKING = text("state IN ('looking', 'applying', 'undoing')")


class ReplayState(StrEnum):
    """How far a replay has come."""

    LOOKING = "looking"  # a worker judges past comments and lists those that would differ
    READY = "ready"  # the list is whole; a lead picks from it
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"

    @property
    def is_work(self) -> bool:
        """Whether a worker has something to do."""
        return self in (ReplayState.LOOKING, ReplayState.APPLYING, ReplayState.UNDOING)


class ReplayAct(StrEnum):
    """What a replay does to the comments that were picked."""

    APPLY = "apply"  # give them the verdict that the policy gives now
    HOLD = "hold"  # put them into the review queue


class ReplayOutcome(StrEnum):
    """What became of a comment on a replay's list."""

    LISTED = "listed"
    MOVED = "moved"
    LEFT_ALONE = "left_alone"  # it had changed since the list was made
    UNDONE = "undone"
    KEPT = "kept"  # moved, and not undone: it had changed since


class Replay(Base):
    __tablename__ = "replay"
    __table_args__ = (
        Index("ix_replay_site", "site_id", "created_at"),
        Index("ix_replay_working", "worked_at", sqlite_where=_WORKING, postgresql_where=_WORKING),
        # One at a time for each site: two would move the same comments.
        Index("uq_replay_working", "site_id", unique=True, sqlite_where=_WORKING, postgresql_where=_WORKING),
    )

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    policy_version: Mapped[int]
    days: Mapped[int]
    since: Mapped[Moment]
    state: Mapped[ReplayState] = mapped_column(checked(ReplayState, "replay_state"), default=ReplayState.LOOKING)
    actor_kind: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[str] = mapped_column(String(200), default="")
    actor: Mapped[str] = mapped_column(String(200), default="")
    # How far the worker has come: the last comment looked at (oldest first), or applied to (oldest first), or taken
    # back (newest first).
    place_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    place: Mapped[str] = mapped_column(String(32), default="")
    looked: Mapped[int] = mapped_column(default=0)  # comments judged again
    decided_by_people: Mapped[int] = mapped_column(default=0)  # of these, left to the moderator who decided
    kinds: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)  # comments listed, by kind of change
    act: Mapped[ReplayAct | None] = mapped_column(checked(ReplayAct, "replay_act"), default=None)
    # What the lead picked: a kind of change, single comments, or (neither) the whole list.
    only_kind: Mapped[str] = mapped_column(String(40), default="")
    only_comments: Mapped[list[str]] = mapped_column(JSON, default=list)
    picked: Mapped[int] = mapped_column(default=0)
    moved: Mapped[int] = mapped_column(default=0)
    left_alone: Mapped[int] = mapped_column(default=0)
    undone: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)
    # Callbacks leave one after the other from here on; the next one is due at that time.
    next_callback_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    worked_at: Mapped[Created]  # when a worker last did a part of it
    created_at: Mapped[Created]
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)  # when the lead said so
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)

    @property
    def listed(self) -> int:
        """How many comments are on its list."""
        return sum(self.kinds.values())


class ReplayComment(Base):
    __tablename__ = "replay_comment"
    __table_args__ = (
        Index("ix_replay_comment_kind", "replay_id", "kind", "comment_id"),
        Index("ix_replay_comment_outcome", "replay_id", "outcome", "comment_id"),
        Index("ix_replay_comment_comment", "comment_id"),
        Index("ix_replay_comment_decision", "decision_id"),
    )

    replay_id: Mapped[str] = mapped_column(ForeignKey("replay.id", ondelete="CASCADE"), primary_key=True)
    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int]  # the comment's, when it was judged again
    from_status: Mapped[CommentStatus] = mapped_column(checked(CommentStatus, "replay_comment_from_status"))
    verdict: Mapped[Verdict] = mapped_column(checked(Verdict, "replay_comment_verdict"))
    kind: Mapped[str] = mapped_column(String(40))  # "approved>reject"
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    outcome: Mapped[ReplayOutcome] = mapped_column(
        checked(ReplayOutcome, "replay_comment_outcome"), default=ReplayOutcome.LISTED
    )
    decision_id: Mapped[str | None] = mapped_column(ForeignKey("decision.id", ondelete="SET NULL"), default=None)
