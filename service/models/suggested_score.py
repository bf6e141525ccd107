"""What a moderator said elsewhere about one attribute of a text, sent by a Perspective client; the latest word counts.

`value` is theirs, `score` ours at that time: the two give a precision without the text, which is kept no longer than
the site keeps texts.
"""

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import Created, Id, checked
from service.vocabulary import Attribute

LONGEST_SUBJECT = 600


class SuggestedScore(Base):
    __tablename__ = "suggested_score"
    __table_args__ = (
        UniqueConstraint("site_id", "subject", "attribute"),
        Index(
            "ix_suggested_score_text",
            "site_id",
            "created_at",
            sqlite_where=text("comment_text IS NOT NULL"),
            postgresql_where=text("comment_text IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(String(LONGEST_SUBJECT))  # the client's token, or a hash of the text
    attribute: Mapped[Attribute] = mapped_column(checked(Attribute, "suggested_attribute"))
    value: Mapped[float]  # 0..1, as the moderator sees it
    score: Mapped[float | None] = mapped_column(default=None)  # ours; None: no classifier answered
    classifier: Mapped[str] = mapped_column(String(100), default="")
    version: Mapped[str] = mapped_column(String(100), default="")
    key_name: Mapped[str] = mapped_column(String(100), default="")
    comment_text: Mapped[str | None] = mapped_column(Text, default=None)
    created_at: Mapped[Created]
