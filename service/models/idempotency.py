"""The answer once given to an `Idempotency-Key`, repeated for a day when the same request comes again."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import Created


class IdempotentAnswer(Base):
    __tablename__ = "idempotent_answer"
    __table_args__ = (Index("ix_idempotent_answer_created", "created_at"),)

    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    location: Mapped[str] = mapped_column(String(2000), default="")
    body: Mapped[dict[str, Any]] = mapped_column(JSON)  # ids and status only, never the comment's text
    created_at: Mapped[Created]
