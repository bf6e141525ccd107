"""Why a comment is held, one row for each name: a reason's code, and the attribute that it scored.

Held comments alone have rows, so that a filter of the review queue finds every reason and not only the worst, by an
index. The database writes them itself (migration `held_reasons`), in the transaction that changes the comment; no line
of the service does. What orders the queue is copied from the comment.
"""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import Moment


def _in_lane(name: str, column: str) -> Index:
    return Index(f"ix_held_reason_{name}", "site_id", "escalated", "name", column, "comment_id")


class HeldReason(Base):
    __tablename__ = "held_reason"
    __table_args__ = (
        _in_lane("oldest", "received_at"),
        _in_lane("severity", "severity"),
        _in_lane("uncertainty", "uncertainty"),
        _in_lane("score", "score"),
    )

    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    escalated: Mapped[int]  # 1: waits for a lead
    score: Mapped[float | None]  # the highest of that name; None: a reason without a score
    received_at: Mapped[Moment]
    severity: Mapped[float]
    uncertainty: Mapped[float]
