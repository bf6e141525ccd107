"""The messages that are to be sent: planned once for each recipient, claimed, settled, tried again, given up.

A message about a condition is dropped when the condition is over before it has left. Its end goes only to recipients
who got its beginning. In a recipient's quiet hours a message waits, unless its kind is urgent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from service.db import add_or_find, database_now, new_id
from service.models import AlertKind, AlertMessage, AlertPhase, AlertState
from service.moderation.alerts import episodes
from service.moderation.alerts.episodes import Turn
from service.moderation.alerts.recipients import URGENT, Recipient

PAUSES = (60, 300, 900, 3_600, 7_200, 14_400, 28_800, 28_800)  # seconds after each attempt: a day in all
LEASE_SECONDS = 600.0  # longer than a worker needs for what it claims at once, at ten seconds for each step of each
AT_ONCE = 10
KEPT_SECONDS = 30 * 86_400
TOLD = (AlertPhase.BEGINS, AlertPhase.LASTS)


@dataclass(frozen=True)
class Claimed:
    """A message claimed by this worker, with the token that proves it."""

    message: AlertMessage
    token: str


def plan_turn(session: Session, turn: Turn, recipients: Iterable[Recipient], /) -> int:
    """Store what is to be said for each of the recipients who want the kind; return for how many."""
    episode = turn.episode
    return sum(
        _plan(
            session,
            one,
            f"{episode.key}/{episode.number}/{turn.phase.value}/{episode.told}/{one.name}",
            turn.phase,
            episode.kind,
            episode_key=episode.key,
            episode_number=episode.number,
            about_site_id=episode.site_id,
        )
        for one in recipients
        if episode.kind in one.kinds and (episode.site_id is None or episode.site_id in one.sites)
    )


def plan_summaries(session: Session, recipients: Iterable[Recipient], /, *, now: datetime) -> int:
    """Store this morning's summary of each site for each recipient who wants one and has none yet."""
    planned = 0
    for one in recipients:
        morning = one.hours.morning(now) if AlertKind.MORNING_SUMMARY in one.kinds else None
        for site_id in sorted(one.sites) if morning else ():
            occasion = f"summary/{site_id}/{morning}/{one.name}"
            kind = AlertKind.MORNING_SUMMARY
            planned += _plan(session, one, occasion, AlertPhase.SUMMARY, kind, about_site_id=site_id)
    return planned


def plan_test(session: Session, site_id: str, /) -> str:
    """Store a test message to the site's chat; return its id."""
    occasion = f"test/{new_id()}"
    message = AlertMessage(occasion=occasion, phase=AlertPhase.TEST, about_site_id=site_id, chat_site_id=site_id)
    session.add(message)
    session.flush()
    return message.id


def claim(session: Session, /, *, mail: bool) -> list[Claimed]:
    """Claim what is due; e-mails only where they can be sent (`mail`)."""
    here = AlertMessage.chat_site_id.is_not(None) if not mail else AlertMessage.id.is_not(None)
    due = select(AlertMessage.id).where(_is_due(), here).order_by(AlertMessage.next_attempt_at).limit(AT_ONCE)
    chosen = session.scalars(due.with_for_update(skip_locked=True)).all()
    token = new_id()
    taken = session.scalars(
        update(AlertMessage)
        .where(AlertMessage.id.in_(chosen), _is_due())
        .values(claim_token=token, claimed_until=database_now(LEASE_SECONDS), attempts=AlertMessage.attempts + 1)
        .returning(AlertMessage)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).all()
    return [Claimed(message, token) for message in sorted(taken, key=lambda one: one.id)]


def is_moot(session: Session, message: AlertMessage, /) -> bool:
    """Whether there is nothing to say any more."""
    if message.phase in TOLD:
        return not episodes.is_open(session, message.episode_key, message.episode_number)
    if message.phase is AlertPhase.OVER:
        told = select(AlertMessage.id).where(
            AlertMessage.episode_key == message.episode_key,
            AlertMessage.episode_number == message.episode_number,
            AlertMessage.moderator_id.is_not_distinct_from(message.moderator_id),
            AlertMessage.chat_site_id.is_not_distinct_from(message.chat_site_id),
            AlertMessage.phase.in_(TOLD),
            AlertMessage.state == AlertState.SENT,
        )
        return session.scalar(told.limit(1)) is None
    return False


def waits_until(message: AlertMessage, recipient: Recipient, /, *, now: datetime) -> datetime | None:
    """Return when the message may leave if the recipient has quiet hours now, None where it may leave at once."""
    return None if message.kind in URGENT or message.kind is None else recipient.hours.quiet_ends(now)


def postpone(session: Session, claimed: Claimed, until: datetime, /) -> None:
    """Release a claim without an attempt."""
    _settle(session, claimed, attempts=claimed.message.attempts - 1, next_attempt_at=until)


def drop(session: Session, claimed: Claimed, /) -> None:
    """Settle a message that has nothing to say any more, or that nobody wants."""
    _settle(session, claimed, state=AlertState.DROPPED, settled_at=database_now())


def settle(session: Session, claimed: Claimed, error: str, /, *, is_final: bool = False) -> bool:
    """Record how the attempt ended, `error` empty where the message was taken; False if the claim was lost."""
    attempts = claimed.message.attempts
    if not error:
        return _settle(session, claimed, state=AlertState.SENT, settled_at=database_now(), error="")
    if is_final or attempts > len(PAUSES):
        return _settle(session, claimed, state=AlertState.FAILED, settled_at=database_now(), error=error[:300])
    return _settle(session, claimed, next_attempt_at=database_now(PAUSES[attempts - 1]), error=error[:300])


def troubled(session: Session, site_id: str | None = None, /) -> list[AlertMessage]:
    """Return what is being retried or was given up, newest first, of all sites or as far as it concerns one."""
    found = select(AlertMessage).where(
        AlertMessage.error != "", AlertMessage.state.in_((AlertState.WAITING, AlertState.FAILED))
    )
    if site_id is not None:
        found = found.where(or_(AlertMessage.about_site_id == site_id, AlertMessage.about_site_id.is_(None)))
    return list(session.scalars(found.order_by(AlertMessage.id.desc()).limit(20)))


def prune(session: Session, /) -> None:
    """Delete settled messages after a month."""
    old = AlertMessage.settled_at < database_now(-KEPT_SECONDS)
    session.execute(delete(AlertMessage).where(old).execution_options(synchronize_session=False))


def _plan(
    session: Session, one: Recipient, occasion: str, phase: AlertPhase, kind: AlertKind, /, **about: object
) -> bool:
    known = select(AlertMessage).where(AlertMessage.occasion == occasion)
    if session.scalar(known) is not None:
        return False
    to = {"chat_site_id": one.id} if one.is_chat else {"moderator_id": one.id}
    message = AlertMessage(occasion=occasion, phase=phase, kind=kind, **to, **about)
    return add_or_find(session, message, lambda: session.scalar(known))[1]


def _settle(session: Session, claimed: Claimed, /, **values: object) -> bool:
    settled = session.scalars(
        update(AlertMessage)
        .where(
            AlertMessage.id == claimed.message.id,
            AlertMessage.claim_token == claimed.token,
            AlertMessage.state == AlertState.WAITING,
        )
        .values(claim_token=None, claimed_until=None, **values)
        .returning(AlertMessage.id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(settled)


def _is_due() -> ColumnElement[bool]:
    unheld = or_(AlertMessage.claimed_until.is_(None), AlertMessage.claimed_until < database_now())
    return (AlertMessage.state == AlertState.WAITING) & (AlertMessage.next_attempt_at <= database_now()) & unheld
