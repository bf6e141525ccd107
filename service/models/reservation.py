"""Who is looking at a held comment, for a few minutes; see `service.moderation.review.reservations`."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime
from service.models.columns import Created


class Reservation(Base):
    __tablename__ = "reservation"

    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True)
    moderator_id: Mapped[str] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), index=True)
    taken_at: Mapped[Created]
    until: Mapped[datetime] = mapped_column(UtcDateTime)
