"""A filter of the review queue that a moderator keeps under a name."""

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import Created, Id


class SavedView(Base):
    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("site_id", "moderator_id", "name"),)

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    moderator_id: Mapped[str] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(Text)  # the address's query string
    created_at: Mapped[Created]
