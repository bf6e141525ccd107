"""A legal notice: somebody says that a comment is illegal (article 16 of the Digital Services Act); what came of it.

`name` and `email` are the notifier's; with `explanation`, `location` and `answer` they are emptied some time after the
decision. The row stays without them, for the figures of the transparency report.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime
from service.models.columns import Created, Id, checked
from service.models.rejection_reason import LegalGround


class LegalNoticeKind(StrEnum):
    """What kind of illegal content a legal notice alleges."""

    HATE = "hate"  # incitement, hatred against a group
    THREAT = "threat"  # threats, calls for violence
    DEFAMATION = "defamation"  # insult, libel, false claims about a person
    PRIVACY = "privacy"  # private data or pictures of a person
    COPYRIGHT = "copyright"  # somebody's work or brand
    FRAUD = "fraud"  # scams, illegal goods
    TERRORISM = "terrorism"
    CHILD_ABUSE = "child_abuse"  # sexual offences against children: no name is needed
    OTHER = "other"


class LegalNoticeState(StrEnum):
    """The state of a legal notice."""

    OPEN = "open"  # waits for a lead
    TAKEN_DOWN = "taken_down"  # the comment is not published any more
    LEFT_PUBLISHED = "left_published"  # nothing was changed


class LegalNotice(Base):
    __tablename__ = "legal_notice"
    __table_args__ = (
        Index("ix_legal_notice_site_state", "site_id", "state", "created_at"),
        Index("ix_legal_notice_site_decided", "site_id", "decided_at"),
    )

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    kind: Mapped[LegalNoticeKind] = mapped_column(checked(LegalNoticeKind, "legal_notice_kind"))
    location: Mapped[str] = mapped_column(Text)  # as it was given
    comment_id: Mapped[str | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    explanation: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    state: Mapped[LegalNoticeState] = mapped_column(
        checked(LegalNoticeState, "legal_notice_state"), default=LegalNoticeState.OPEN
    )
    moderator_id: Mapped[str | None] = mapped_column(ForeignKey("moderator.id"), default=None)
    actor: Mapped[str] = mapped_column(String(200), default="")
    answer: Mapped[str] = mapped_column(Text, default="")  # to the notifier
    redress: Mapped[str] = mapped_column(Text, default="")  # how the notifier can object
    ground: Mapped[LegalGround | None] = mapped_column(checked(LegalGround, "legal_notice_ground"), default=None)
    # The rejection, where the decision made one.
    decision_id: Mapped[str | None] = mapped_column(ForeignKey("decision.id", ondelete="CASCADE"), default=None)
    created_at: Mapped[Created]
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    undo_until: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
