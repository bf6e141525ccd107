"""An invitation to a site, until it is accepted or a week is over; of the secret in its link only the SHA-256."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime
from service.models.columns import Created, Id, checked
from service.models.moderator import Role


class Invitation(Base):
    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("site_id", "email"),)  # a new one replaces the earlier one

    id: Mapped[Id]
    secret_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[Role] = mapped_column(checked(Role, "invitation_role"))
    invited_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[Created]
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
