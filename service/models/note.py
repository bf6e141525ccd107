"""What moderators tell each other about a comment; never sent to the author or the site."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import Created, Id, checked


class NoteKind(StrEnum):
    """What the note goes with."""

    NOTE = "note"  # a remark
    ESCALATION = "escalation"  # handed to a lead
    RETURN = "return"  # handed back by a lead


class Note(Base):
    __tablename__ = "note"
    __table_args__ = (Index("ix_note_comment", "comment_id", "created_at"),)

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    moderator_id: Mapped[str | None] = mapped_column(ForeignKey("moderator.id"), default=None)
    actor: Mapped[str] = mapped_column(String(200), default="")  # how the moderator was called then
    kind: Mapped[NoteKind] = mapped_column(checked(NoteKind, "note_kind"), default=NoteKind.NOTE)
    text: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[Created]
