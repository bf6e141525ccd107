"""Rules that are not in force: a shadow judges beside the policy and acts on nothing, a schedule waits."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime
from service.models.columns import Created, Id, Moment, checked
from service.vocabulary import Verdict


class ShadowPolicy(Base):
    __tablename__ = "shadow_policy"
    __table_args__ = (
        Index(
            "uq_shadow_policy_running",
            "site_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)
    author: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[Created]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)


class ShadowJudgement(Base):
    __tablename__ = "shadow_judgement"
    __table_args__ = (Index("ix_shadow_judgement_comment", "comment_id"),)

    shadow_id: Mapped[str] = mapped_column(ForeignKey("shadow_policy.id", ondelete="CASCADE"), primary_key=True)
    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    verdict: Mapped[Verdict] = mapped_column(checked(Verdict, "shadow_judgement_verdict"))
    active_verdict: Mapped[Verdict] = mapped_column(checked(Verdict, "shadow_judgement_active_verdict"))
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    created_at: Mapped[Created]


class ScheduledPolicy(Base):
    __tablename__ = "scheduled_policy"
    __table_args__ = (Index("ix_scheduled_policy_site", "site_id", "activates_at"),)

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)
    author: Mapped[str] = mapped_column(String(200), default="")
    activates_at: Mapped[Moment]
    created_at: Mapped[Created]
    activated_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
