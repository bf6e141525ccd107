"""A reader's report about a comment: what is wrong with it, who says so, and whether moderators agreed.

One for each reporter and text of a comment; an edited text can be reported again. The reporter's address is never here,
only a mark that the service makes of it (`service.moderation.reporters.marks`).
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime
from service.models.columns import Created, ExternalId, Id, checked

OPEN = text("outcome = 'open'")
NAMED = text("reporter_id IS NOT NULL")


class ReportOutcome(StrEnum):
    """What moderators made of a report."""

    OPEN = "open"  # no moderator has decided on the text since
    UPHELD = "upheld"  # the comment was rejected
    NOT_UPHELD = "not_upheld"  # the comment was approved, or its reports were dismissed
    MOOT = "moot"  # edited or erased before a moderator decided; it counts for nobody's record


SETTLED = (ReportOutcome.UPHELD, ReportOutcome.NOT_UPHELD)  # they count for the reporter's record


class Report(Base):
    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("comment_id", "revision", "reporter"),
        Index("ix_report_open", "site_id", "comment_id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_report_created", "site_id", "created_at"),
        Index("ix_report_settled", "site_id", "settled_at"),
        Index("ix_report_reporter_id", "site_id", "reporter_id", sqlite_where=NAMED, postgresql_where=NAMED),
    )

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    revision: Mapped[int]  # of the text that was reported
    kind: Mapped[str] = mapped_column(String(40))  # one of the site's kinds
    words: Mapped[str] = mapped_column(Text, default="")  # the reporter's, gone with the comment's text
    reporter: Mapped[str] = mapped_column(String(64))  # mark
    reporter_id: Mapped[ExternalId | None] = mapped_column(default=None)  # as the CMS gave it
    from_form: Mapped[bool] = mapped_column(default=False, server_default=false())
    outcome: Mapped[ReportOutcome] = mapped_column(checked(ReportOutcome, "report_outcome"), default=ReportOutcome.OPEN)
    # What an undo of the decision goes back to.
    outcome_before: Mapped[ReportOutcome] = mapped_column(
        checked(ReportOutcome, "report_outcome_before"), default=ReportOutcome.OPEN
    )
    decision_id: Mapped[str | None] = mapped_column(
        ForeignKey("decision.id", ondelete="SET NULL"), default=None, index=True
    )  # that settled it; None while it is open, and where the reports were dismissed
    created_at: Mapped[Created]
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
