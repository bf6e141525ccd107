"""One try to deliver a callback: what came of it and how long it took. Append-only; holds nothing of the receiver's
answer but its status."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import Created, Id, checked
from service.vocabulary import AttemptOutcome


class DeliveryAttempt(Base):
    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_delivery", "delivery_id", "created_at"),)

    id: Mapped[Id]
    delivery_id: Mapped[str] = mapped_column(ForeignKey("delivery.id", ondelete="CASCADE"))
    number: Mapped[int]  # starts again with a replay
    outcome: Mapped[AttemptOutcome] = mapped_column(checked(AttemptOutcome, "attempt_outcome"))
    status: Mapped[int | None] = mapped_column(default=None)
    detail: Mapped[str] = mapped_column(String(200), default="")
    milliseconds: Mapped[int]
    created_at: Mapped[Created]
