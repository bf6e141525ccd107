"""A site's policy, one row per version; the highest active version judges."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import Created, Id


class Policy(Base):
    __tablename__ = "policy"
    __table_args__ = (UniqueConstraint("site_id", "version"),)

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    version: Mapped[int]
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)
    author: Mapped[str] = mapped_column(String(200), default="")  # who wrote it: a moderator's id, or the key's
    created_at: Mapped[Created]
