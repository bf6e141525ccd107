"""What a site remembers of an author beside their comments: what people said of them, and counts of forgotten comments.

Most authors have no row: counts and strikes come from comments and `Strike`. The random `id` identifies the author in
the audit log, which cannot forget; the author's own id goes with this row when the author is erased.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime
from service.models.columns import Created, ExternalId, Id, checked
from service.vocabulary import Standing


class Author(Base):
    __tablename__ = "author"
    __table_args__ = (UniqueConstraint("site_id", "external_id"),)

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    external_id: Mapped[ExternalId]
    standing: Mapped[Standing | None] = mapped_column(checked(Standing, "author_standing"), default=None)
    reason: Mapped[str] = mapped_column(String(500), default="")  # for moderators; never sent to anybody
    until: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)  # None: until changed
    set_by: Mapped[str] = mapped_column(String(200), default="")
    set_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    # Comments whose text and author were forgotten by age, so that an old hand does not become a newcomer.
    approved_before: Mapped[int] = mapped_column(default=0)
    rejected_before: Mapped[int] = mapped_column(default=0)
    forgotten_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    created_at: Mapped[Created]
