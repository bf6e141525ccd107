"""A person who decides, and the role they hold at each site."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime
from service.models.columns import Created, Id, checked


class Role(StrEnum):
    """What a moderator may do at a site, least first; each role includes those before it."""

    VIEWER = "viewer"  # sees the queue and the dashboard
    MODERATOR = "moderator"  # decides
    LEAD = "lead"  # edits policies, sees everybody's work
    ADMIN = "admin"  # keys, moderators, callbacks

    def includes(self, other: "Role") -> bool:
        order = list(Role)
        return order.index(self) >= order.index(other)


class Moderator(Base):
    __tablename__ = "moderator"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None] = mapped_column(String(255), default=None)
    created_at: Mapped[Created]
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)


class Membership(Base):
    __tablename__ = "membership"

    moderator_id: Mapped[str] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[Role] = mapped_column(checked(Role, "membership_role"))
    created_at: Mapped[Created]
