"""What comments are about; a changed title, key point or body is a new revision, embedded again."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime
from service.models.columns import Created, ExternalId, Id

# PostgreSQL's index takes entries of 2,704 bytes at most, and an address may have 2,000 characters of any script.
ADDRESS_BEGINS = "substr(url, 1, 300)"


class Article(Base):
    __tablename__ = "article"
    __table_args__ = (
        UniqueConstraint("site_id", "external_id"),
        Index("ix_article_address", "site_id", text(ADDRESS_BEGINS)),
        # To list a site's sections without reading its articles.
        Index(
            "ix_article_section",
            "site_id",
            "section",
            sqlite_where=text("section IS NOT NULL"),
            postgresql_where=text("section IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    external_id: Mapped[ExternalId]
    url: Mapped[str | None] = mapped_column(String(2000), default=None)
    title: Mapped[str] = mapped_column(String(1000), default="")
    key_points: Mapped[list[str]] = mapped_column(JSON, default=list)
    body: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str | None] = mapped_column(String(20), default=None)
    section: Mapped[str | None] = mapped_column(String(200), default=None)  # of the publication, as overrides name it
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    # A reader's browser named it and nobody else did: its title is shown, and no comment is compared with it.
    is_claimed: Mapped[bool] = mapped_column(default=False, server_default=false())
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[Created]
    updated_at: Mapped[Created]

    @property
    def has_text(self) -> bool:
        """Whether there is anything that a comment could be compared with."""
        return not self.is_claimed and any(map(str.strip, (self.title, *self.key_points, self.body)))
