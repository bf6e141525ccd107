"""What a moderator did in one step, to one comment or to many, so that it can be undone as one."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime
from service.models.columns import Created, Id, checked
from service.vocabulary import Verdict


class ReviewAction(Base):
    __tablename__ = "review_action"
    __table_args__ = (Index("ix_review_action_moderator", "moderator_id", "created_at"),)

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    moderator_id: Mapped[str] = mapped_column(ForeignKey("moderator.id"))
    verdict: Mapped[Verdict] = mapped_column(checked(Verdict, "review_action_verdict"))
    reason: Mapped[str] = mapped_column(String(60), default="")
    decided: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Created]
    undo_until: Mapped[datetime] = mapped_column(UtcDateTime)  # callbacks leave after it
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)


class ReviewActionComment(Base):
    __tablename__ = "review_action_comment"

    action_id: Mapped[str] = mapped_column(ForeignKey("review_action.id", ondelete="CASCADE"), primary_key=True)
    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True, index=True)
    decision_id: Mapped[str] = mapped_column(ForeignKey("decision.id", ondelete="CASCADE"))
    version: Mapped[int]  # the comment's, after the decision: if it has moved on, there is nothing to undo
