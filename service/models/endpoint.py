"""Where a site wants its callbacks: an address with its secrets, the events it asked for, and its health.

Two kinds: one that the site registered, and one per origin (scheme, host, port) of the addresses sent with single
comments, so that those too have a secret, a bound and a switch. Secrets are sealed (service/outside/sealing.py): what
is stored here is of no use without the key.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime
from service.models.columns import Created, Id, checked


class EndpointKind(StrEnum):
    """How an endpoint came to be."""

    REGISTERED = "registered"  # by the site; `url` is the whole address
    ORIGIN = "origin"  # from the callback_url of a comment; `url` is its origin, each delivery has its own address


class EndpointState(StrEnum):
    """Whether deliveries are attempted; callbacks due while it is switched off wait."""

    ACTIVE = "active"
    DISABLED = "disabled"


class Endpoint(Base):
    __tablename__ = "endpoint"
    __table_args__ = (UniqueConstraint("site_id", "kind", "url"),)

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    kind: Mapped[EndpointKind] = mapped_column(checked(EndpointKind, "endpoint_kind"), default=EndpointKind.REGISTERED)
    url: Mapped[str] = mapped_column(String(2000))
    description: Mapped[str] = mapped_column(String(200), default="")
    events: Mapped[list[str]] = mapped_column(JSON, default=list)  # empty: all of them
    # Sealed, newest first; each signs, so that a receiver may hold either. Empty until the first is needed.
    secrets: Mapped[list[str]] = mapped_column(JSON, default=list)
    rotated_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, default=None
    )  # the older secret goes after a while
    state: Mapped[EndpointState] = mapped_column(checked(EndpointState, "endpoint_state"), default=EndpointState.ACTIVE)
    disabled_reason: Mapped[str] = mapped_column(String(300), default="")
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    held_reason: Mapped[str] = mapped_column(String(300), default="")  # why nothing leaves though it is switched on
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)  # not tried before this time
    created_at: Mapped[Created]
    updated_at: Mapped[Created]  # of what it asks for: address or events
