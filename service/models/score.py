"""The probability of one attribute of one comment revision, from one classifier in one version."""

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import Created, Id, checked
from service.vocabulary import Attribute


class Score(Base):
    __tablename__ = "score"
    __table_args__ = (
        UniqueConstraint("comment_id", "revision", "attribute", "classifier", "version"),
        Index("ix_score_site_attribute", "site_id", "attribute", "value"),
    )

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    revision: Mapped[int]
    attribute: Mapped[Attribute] = mapped_column(checked(Attribute, "score_attribute"))
    value: Mapped[float]
    classifier: Mapped[str] = mapped_column(String(100))
    version: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[Created]
