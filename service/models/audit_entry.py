"""One recorded act, in a chain: each entry's hash covers the entry before, so that a change or a gap shows. Its
signature, by a key that is not in the database, shows who rewrote the chain with fitting hashes.

Append-only and never deleted with a site, so it has no foreign keys. `detail` never carries a comment's text.
The single row of `audit_head` serialises writers on PostgreSQL and shows when the newest entries were cut off.
"""

from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.models.columns import Moment


class AuditEntry(Base):
    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_site_number", "site_id", "number"),
        Index("ix_audit_entry_subject", "subject_kind", "subject_id"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[Moment]
    site_id: Mapped[str | None] = mapped_column(String(32), default=None)  # None: not about one site
    actor_kind: Mapped[str] = mapped_column(String(20))  # moderator, key, service
    actor_id: Mapped[str] = mapped_column(String(200), default="")
    actor: Mapped[str] = mapped_column(String(200), default="")  # how the actor was called then
    action: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str] = mapped_column(String(40), default="")
    subject_id: Mapped[str] = mapped_column(String(200), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str | None] = mapped_column(String(64), default=None)  # None: written without the key


class AuditHead(Base):
    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
