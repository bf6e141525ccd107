"""A decision drawn by lot to be judged again, blind, by another moderator; what they say changes nothing by itself."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime
from service.models.columns import Created, Id, checked
from service.vocabulary import Verdict


class SecondLook(Base):
    __tablename__ = "second_look"
    __table_args__ = (Index("ix_second_look_site", "site_id", "looked_at", "created_at"),)

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    decision_id: Mapped[str] = mapped_column(ForeignKey("decision.id", ondelete="CASCADE"), unique=True)
    reason: Mapped[str] = mapped_column(String(60), default="")  # why the policy had held the comment
    first_moderator_id: Mapped[str | None] = mapped_column(ForeignKey("moderator.id"))  # None: decided by API
    first_verdict: Mapped[Verdict] = mapped_column(checked(Verdict, "second_look_first"))
    second_moderator_id: Mapped[str | None] = mapped_column(ForeignKey("moderator.id"), default=None)
    second_verdict: Mapped[Verdict | None] = mapped_column(checked(Verdict, "second_look_second"), default=None)
    created_at: Mapped[Created]
    looked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
