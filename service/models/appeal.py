"""An author's objection to a rejection: what they say, and what a different person than the first made of it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime
from service.models.columns import Created, Id, checked


class AppealState(StrEnum):
    """The state of an appeal."""

    OPEN = "open"  # waits for a moderator
    UPHELD = "upheld"  # rejection upheld
    OVERTURNED = "overturned"  # the comment was approved after all
    MOOT = "moot"  # the comment was edited, erased or approved meanwhile


class Appeal(Base):
    __tablename__ = "appeal"
    __table_args__ = (
        Index("ix_appeal_site_state", "site_id", "state", "created_at"),
        # One appeal for each decision: the second of two equal requests finds the first.
        Index("uq_appeal_decision", "decision_id", unique=True),
    )

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    decision_id: Mapped[str] = mapped_column(ForeignKey("decision.id", ondelete="CASCADE"))  # the rejection
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[AppealState] = mapped_column(checked(AppealState, "appeal_state"), default=AppealState.OPEN)
    first_moderator_id: Mapped[str | None] = mapped_column(ForeignKey("moderator.id"), default=None)
    moderator_id: Mapped[str | None] = mapped_column(ForeignKey("moderator.id"), default=None)
    actor: Mapped[str] = mapped_column(String(200), default="")
    answer: Mapped[str] = mapped_column(Text, default="")  # to the author
    created_at: Mapped[Created]
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
