"""What the checks and classifiers found in one revision of a comment, besides the scores: the grounds of a verdict.

`findings` holds only offsets, counts, hosts, listed terms and article passages, never the comment's own text
nor another comment's.
"""

from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import Created


class Assessment(Base):
    __tablename__ = "assessment"

    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str | None] = mapped_column(String(20), default=None)
    findings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # The encoder that made the comment's vector: vectors of two do not compare. None: no vector, or not known which.
    encoder: Mapped[str | None] = mapped_column(String(16), default=None)
    created_at: Mapped[Created]
