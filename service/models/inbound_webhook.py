"""One webhook received: its replay mark, what became of it, and, only while it does not map, its body."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import Created, Id, checked


class InboundState(StrEnum):
    """What became of a webhook."""

    APPLIED = "applied"  # a comment was stored, changed or erased, or stood so already
    IGNORED = "ignored"  # the map ignores it, or it came too late
    DEAD = "dead"  # could not be mapped or applied; kept for a replay


class InboundWebhook(Base):
    __tablename__ = "inbound_webhook"
    __table_args__ = (
        UniqueConstraint("source_id", "mark"),
        Index("ix_inbound_webhook_state", "source_id", "state", "received_at"),
        Index("ix_inbound_webhook_received", "received_at"),
    )

    id: Mapped[Id]
    source_id: Mapped[str] = mapped_column(ForeignKey("webhook_source.id", ondelete="CASCADE"))
    mark: Mapped[str] = mapped_column(
        String(64)
    )  # SHA-256 of the signed id or, where none is signed, of the signed bytes
    state: Mapped[InboundState] = mapped_column(checked(InboundState, "inbound_webhook_state"))
    reason: Mapped[str] = mapped_column(String(300), default="")
    event: Mapped[str] = mapped_column(String(100), default="")
    body: Mapped[str | None] = mapped_column(Text, default=None)  # of dead ones; holds the comment's text
    headers: Mapped[str | None] = mapped_column(Text, default=None)  # those that the map reads, as JSON; never a secret
    received_at: Mapped[Created]
