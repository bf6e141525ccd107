"""One callback due to one endpoint, written in the transaction of the change it reports.

`sequence` is the comment's version after the change: it grows with every change, so it orders the deliveries of a
comment and makes each of them unique. The id is the `webhook-id` of every attempt.
"""

from datetime import datetime
from enum import IntEnum, StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime
from service.models.columns import Created, Id, Moment, checked
from service.vocabulary import AttemptOutcome, Event


class DeliveryState(StrEnum):
    """The state of a delivery."""

    WAITING = "waiting"  # due now or later
    DELIVERED = "delivered"  # answered with 2xx
    FAILED = "failed"  # given up after the last attempt; can be replayed
    WITHDRAWN = "withdrawn"  # the decision was undone before the callback left


class Lane(IntEnum):
    """Which callbacks go first: those of a replay never hold up any other."""

    LIVE = 0
    REPLAYED = 1


class Delivery(Base):
    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "comment_id", "sequence"),
        Index(
            "ix_delivery_waiting",
            "endpoint_id",
            "next_attempt_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(  # with the lane first, so that a live callback is found behind any number of replayed ones
            "ix_delivery_lane",
            "endpoint_id",
            "lane",
            "next_attempt_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(  # those that are being attempted, which are few beside those that wait
            "ix_delivery_claimed",
            "endpoint_id",
            "claimed_until",
            sqlite_where=text("claimed_until IS NOT NULL"),
            postgresql_where=text("claimed_until IS NOT NULL"),
        ),
        Index("ix_delivery_site_created", "site_id", "created_at"),
        Index("ix_delivery_comment", "comment_id"),
        Index("ix_delivery_decision", "decision_id"),
        Index(
            "ix_delivery_legal_notice",
            "legal_notice_id",
            sqlite_where=text("legal_notice_id IS NOT NULL"),
            postgresql_where=text("legal_notice_id IS NOT NULL"),
        ),
        Index(  # partial: few callbacks are about reports
            "ix_delivery_report",
            "report_id",
            sqlite_where=text("report_id IS NOT NULL"),
            postgresql_where=text("report_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    endpoint_id: Mapped[str] = mapped_column(ForeignKey("endpoint.id", ondelete="CASCADE"))
    comment_id: Mapped[str | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), default=None)
    decision_id: Mapped[str | None] = mapped_column(ForeignKey("decision.id", ondelete="CASCADE"), default=None)
    legal_notice_id: Mapped[str | None] = mapped_column(ForeignKey("legal_notice.id", ondelete="CASCADE"), default=None)
    report_id: Mapped[str | None] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), default=None)
    event: Mapped[Event] = mapped_column(checked(Event, "delivery_event"))
    sequence: Mapped[int] = mapped_column(default=0)
    url: Mapped[str | None] = mapped_column(String(2000), default=None)  # where it differs from the endpoint's
    state: Mapped[DeliveryState] = mapped_column(
        checked(DeliveryState, "delivery_state"), default=DeliveryState.WAITING
    )
    lane: Mapped[int] = mapped_column(default=int(Lane.LIVE), server_default="0")
    attempts: Mapped[int] = mapped_column(default=0)  # counted at the claim
    next_attempt_at: Mapped[Moment]
    claim_token: Mapped[str | None] = mapped_column(String(32), default=None)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    last_outcome: Mapped[AttemptOutcome | None] = mapped_column(
        checked(AttemptOutcome, "delivery_outcome"), default=None
    )
    last_status: Mapped[int | None] = mapped_column(default=None)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    created_at: Mapped[Created]
