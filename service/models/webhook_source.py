"""A CMS that sends us webhooks: how it signs them, with which secrets, and how its JSON maps to a submission."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime
from service.models.columns import Created, Id, checked
from service.models.stored_ids import API


class Style(StrEnum):
    """How a sender proves that a webhook is its own."""

    STANDARD = "standard"  # Standard Webhooks: id, time and body signed
    GITHUB = "github"  # X-Hub-Signature-256, also many home-made senders
    DISCOURSE = "discourse"  # X-Discourse-Event-Signature
    GHOST = "ghost"  # X-Ghost-Signature, body and time signed
    CORAL = "coral"  # X-Coral-Signature, several during a rotation
    TOKEN = "token"  # noqa: S105  a fixed header, for senders that sign nothing


class WebhookSource(Base):
    __tablename__ = "webhook_source"
    __table_args__ = (Index("ix_webhook_source_site", "site_id"),)

    id: Mapped[Id]  # part of the address
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    style: Mapped[Style] = mapped_column(checked(Style, "webhook_source_style"))
    token_header: Mapped[str] = mapped_column(String(100), default="Authorization")
    secrets: Mapped[list[str]] = mapped_column(JSON)  # sealed, newest first; any of them verifies
    rotated_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)  # the older one goes after a while
    preset: Mapped[str] = mapped_column(String(40), default="")  # name of a built-in map; "" where `field_map` is own
    field_map: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # Whose ids its comments and articles have, and its authors: its own, or `API` for a source of an earlier version.
    id_space: Mapped[str] = mapped_column(String(32), default=API, server_default=API)
    author_space: Mapped[str] = mapped_column(String(32), default=API, server_default=API)  # may be another source's
    created_at: Mapped[Created]
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    # A removed source stays, without secrets and dead letters: its comments keep its ids, and its name.
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
