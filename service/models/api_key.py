"""A site's key to the API, and what it may do; only its SHA-256 is kept, the key itself is shown once."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime
from service.models.columns import Created


class ApiKey(Base):
    __tablename__ = "api_key"

    id: Mapped[str] = mapped_column(String(8), primary_key=True)  # the public part of the key
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    secret_sha256: Mapped[str] = mapped_column(String(64))
    # Separated by blanks. The default is for versions from before scopes, which leave it out.
    scopes: Mapped[str] = mapped_column(String(100), server_default="submit read moderate configure erase")
    created_at: Mapped[Created]
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    perspective: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)  # its Terms
