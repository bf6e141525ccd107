"""Alerts: what a site wants to know of, how long something has been wrong, and the messages about it.

A message carries no text of its own: what it says is written when it is sent, from the state at that time. The address
of a chat is a secret, sealed like all others; an e-mail goes to the address that the moderator's account has then.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base, UtcDateTime
from service.models.columns import Created, Id, Moment, checked


class AlertKind(StrEnum):
    """What an alert is about."""

    QUEUE_OLD = "queue_old"
    QUEUE_LONG = "queue_long"
    SCORING_DOWN = "scoring_down"
    CALLBACKS_FAILING = "callbacks_failing"
    LEGAL_NOTICE = "legal_notice"
    MORNING_SUMMARY = "morning_summary"


class AlertPhase(StrEnum):
    """Why a message is sent."""

    BEGINS = "begins"
    LASTS = "lasts"
    OVER = "over"
    SUMMARY = "summary"
    TEST = "test"


class AlertState(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"  # given up
    DROPPED = "dropped"  # no longer true, or no longer wanted


class SiteAlerts(Base):
    """A site's thresholds, its chat and its quiet hours; a site without a row has the defaults and no chat."""

    __tablename__ = "site_alerts"

    id: Mapped[Id]
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), unique=True)
    secrets: Mapped[list[str]] = mapped_column(JSON, default=list)  # the chat's address, sealed; none: no chat
    kinds: Mapped[list[str]] = mapped_column(JSON, default=list)  # what the chat gets
    held_minutes: Mapped[int] = mapped_column(default=240)
    held_count: Mapped[int] = mapped_column(default=200)
    zone: Mapped[str] = mapped_column(String(64), default="UTC")  # of earlier versions; the policy's is the site's
    quiet_from: Mapped[str] = mapped_column(String(5), default="")  # "22:00"; empty: no quiet hours
    quiet_until: Mapped[str] = mapped_column(String(5), default="")
    updated_at: Mapped[Created]


class AlertEpisode(Base):
    """A condition from its beginning to its end. One row for each condition, used again for the next episode."""

    __tablename__ = "alert_episode"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)  # kind and site
    kind: Mapped[AlertKind] = mapped_column(checked(AlertKind, "alert_episode_kind"))
    site_id: Mapped[str | None] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), default=None)  # None: all
    number: Mapped[int] = mapped_column(default=1)
    began_at: Mapped[Moment]
    seen_at: Mapped[Moment]  # when the condition was true last
    over_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    told: Mapped[int] = mapped_column(default=0)  # times that this episode was alerted
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)  # the last time, also of an earlier one
    told_amount: Mapped[int] = mapped_column(default=0)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class AlertMessage(Base):
    """One message to one recipient, sent at least once: claimed with a lease, and tried again from here."""

    __tablename__ = "alert_message"
    __table_args__ = (Index("ix_alert_message_due", "state", "next_attempt_at"),)

    id: Mapped[Id]
    occasion: Mapped[str] = mapped_column(String(200), unique=True)  # nobody gets the same message twice
    phase: Mapped[AlertPhase] = mapped_column(checked(AlertPhase, "alert_message_phase"))
    kind: Mapped[AlertKind | None] = mapped_column(checked(AlertKind, "alert_message_kind"), default=None)
    episode_key: Mapped[str] = mapped_column(String(80), default="")
    episode_number: Mapped[int] = mapped_column(default=0)
    about_site_id: Mapped[str | None] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), default=None)
    # Exactly one of the two: an e-mail to a moderator, or a post to a site's chat.
    moderator_id: Mapped[str | None] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), default=None)
    chat_site_id: Mapped[str | None] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), default=None)
    state: Mapped[AlertState] = mapped_column(checked(AlertState, "alert_message_state"), default=AlertState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[Created]
    claim_token: Mapped[str | None] = mapped_column(String(32), default=None)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    error: Mapped[str] = mapped_column(String(300), default="")  # of the last attempt
    created_at: Mapped[Created]
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
