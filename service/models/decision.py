"""The record of one verdict, append-only: from, to, who, why, when. One row per transition, never changed."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import Created, Id, checked
from service.vocabulary import CommentStatus, Source, Verdict

AUTOMATIC = "source IN ('policy', 'upkeep')"
HOLDS = "to_status = 'held' AND source IN ('policy', 'upkeep', 'readers')"
PEOPLES = "source = 'moderator' AND undoes IS NULL"
ENDS = "(from_status = 'held' OR undoes IS NOT NULL OR revision > 1)"


def _partial(name: str, *columns: str, where: str) -> Index:
    condition = text(where)
    return Index(name, "site_id", "created_at", *columns, sqlite_where=condition, postgresql_where=condition)


class Decision(Base):
    __tablename__ = "decision"
    __table_args__ = (
        Index("ix_decision_comment", "comment_id", "created_at"),
        Index("ix_decision_site_created", "site_id", "created_at"),
        Index("ix_decision_moderator", "moderator_id", "created_at"),
        # A revision gets one first verdict: the last fence should every other one be gone. What a replay decides later
        # begins at a status that is not pending.
        Index(
            "uq_decision_automatic",
            "comment_id",
            "revision",
            unique=True,
            sqlite_where=text(f"{AUTOMATIC} AND from_status = 'pending'"),
            postgresql_where=text(f"{AUTOMATIC} AND from_status = 'pending'"),
        ),
        # What was held and what ended it, which is little of all: the review queue over time is read from these alone.
        _partial("ix_decision_holds", "comment_id", "revision", "to_status", "source", where=HOLDS),
        _partial("ix_decision_ends", "comment_id", "revision", "id", "undoes", "from_status", where=ENDS),
        # What people decided, which is little of all: precedents are read from these alone.
        _partial("ix_decision_peoples", "id", "comment_id", where=PEOPLES),
        # A decision is undone once; partial, because almost none is.
        Index(
            "uq_decision_undoes",
            "undoes",
            unique=True,
            sqlite_where=text("undoes IS NOT NULL"),
            postgresql_where=text("undoes IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    revision: Mapped[int]
    from_status: Mapped[CommentStatus] = mapped_column(checked(CommentStatus, "decision_from_status"))
    to_status: Mapped[CommentStatus] = mapped_column(checked(CommentStatus, "decision_to_status"))
    verdict: Mapped[Verdict] = mapped_column(checked(Verdict, "decision_verdict"))
    source: Mapped[Source] = mapped_column(checked(Source, "decision_source"))
    policy_version: Mapped[int | None] = mapped_column(default=None)
    moderator_id: Mapped[str | None] = mapped_column(ForeignKey("moderator.id"), default=None)
    actor: Mapped[str] = mapped_column(String(200), default="")  # how the moderator or key was called then
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    # The overrides that applied, as `service.moderation.policy.effective` words them. NULL: none, as for most.
    overrides: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True), default=None)
    note: Mapped[str] = mapped_column(Text, default="")
    # The decision that this one undoes, before its callback left.
    undoes: Mapped[str | None] = mapped_column(ForeignKey("decision.id"), default=None)
    created_at: Mapped[Created]
