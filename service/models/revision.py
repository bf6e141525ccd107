"""The earlier texts of an edited comment, kept so that a moderator sees what changed; erased with the comment."""

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import Created


class Revision(Base):
    __tablename__ = "revision"

    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[Created]
