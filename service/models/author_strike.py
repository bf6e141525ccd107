"""A strike: one text of an author that was rejected and still is. Written and removed with the decision alone."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime
from service.models.columns import ExternalId


class Strike(Base):
    __tablename__ = "author_strike"
    __table_args__ = (Index("ix_author_strike_author", "site_id", "author_external_id", "created_at"),)

    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)  # one for each text, however often it is decided on
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    author_external_id: Mapped[ExternalId]
    decision_id: Mapped[str] = mapped_column(ForeignKey("decision.id", ondelete="CASCADE"))  # the rejection
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)  # of the rejection
