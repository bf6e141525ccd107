"""A moderator's sign-in, kept so that it can be listed and revoked; of the secret in the cookie only the SHA-256."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime
from service.models.columns import Created, Id


class ConsoleSession(Base):
    __tablename__ = "console_session"

    id: Mapped[Id]  # names it in the list of sessions; proves nothing
    secret_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    moderator_id: Mapped[str] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[Created]
    seen_at: Mapped[Created]  # written at most once a minute
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignInFailure(Base):
    """A wrong password, remembered for a quarter of an hour to slow down guessing; the account only as its SHA-256."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (
        Index("ix_sign_in_failure_account", "account_sha256", "at"),
        Index("ix_sign_in_failure_address", "address", "at"),
        Index("ix_sign_in_failure_at", "at"),
    )

    id: Mapped[Id]
    account_sha256: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))  # the network that it counts as
    at: Mapped[Created]
