"""Conditions that last: alerted once when they begin, again each day, and once when they are over.

One that comes and goes is one episode as long as it never stays away for `CALM`, and no condition is alerted anew
within `DAMPING`. The row of the condition is locked first, so that two upkeep workers come to one conclusion.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db import add_or_find
from service.models import AlertEpisode, AlertKind, AlertPhase
from service.moderation.alerts.conditions import Facts

SETTLES = timedelta(seconds=60)  # before the first alert: workers that are restarted are away for less
CALM = timedelta(minutes=10)  # without the condition before an episode is over
AGAIN = timedelta(hours=24)
MORE = timedelta(minutes=15)  # where more legal notices have arrived
DAMPING = timedelta(hours=1)


@dataclass(frozen=True)
class Turn:
    """What is to be said now about an episode."""

    episode: AlertEpisode
    phase: AlertPhase


def note(
    session: Session, kind: AlertKind, site_id: str | None, facts: Facts | None, /, *, now: datetime
) -> Turn | None:
    """Record whether the condition holds (its facts) or not (None) at `now`; return what is to be said, if anything."""
    key = key_of(kind, site_id)
    chosen = select(AlertEpisode).where(AlertEpisode.key == key).with_for_update()
    episode = session.scalar(chosen.execution_options(populate_existing=True))
    if episode is None:
        if facts is None:
            return None
        fresh = AlertEpisode(key=key, kind=kind, site_id=site_id, began_at=now, seen_at=now, facts=facts)
        found, _ = add_or_find(session, fresh, lambda: session.scalar(chosen))
        assert found is not None
        episode = found
    turn = _holds(episode, facts, now) if facts is not None else _does_not(episode, now)
    session.flush()
    return turn


def is_open(session: Session, key: str, number: int, /) -> bool:
    """Whether that episode of the condition still lasts."""
    episode = session.get(AlertEpisode, key, populate_existing=True)
    return episode is not None and episode.number == number and episode.over_at is None


def facts_of(session: Session, key: str, /) -> Facts:
    """Return what is known of the condition now."""
    episode = session.get(AlertEpisode, key)
    return episode.facts if episode is not None else {}


def key_of(kind: AlertKind, site_id: str | None, /) -> str:
    """Return the key of the condition of a kind at a site, or of all sites."""
    return f"{kind.value}:{site_id or ''}"


def _holds(episode: AlertEpisode, facts: Facts, now: datetime) -> Turn | None:
    if episode.over_at is not None:
        episode.number, episode.told, episode.began_at, episode.over_at = episode.number + 1, 0, now, None
    episode.seen_at, episode.facts = now, facts
    amount, pause = int(facts.get("amount", 0)), now - episode.told_at if episode.told_at is not None else None
    if episode.told == 0:
        is_due = now - episode.began_at >= SETTLES and (pause is None or pause >= DAMPING)
        phase = AlertPhase.BEGINS
    else:
        has_grown = episode.kind is AlertKind.LEGAL_NOTICE and amount > episode.told_amount
        is_due = pause is not None and pause >= (MORE if has_grown else AGAIN)
        phase = AlertPhase.LASTS
    if not is_due:
        return None
    episode.told, episode.told_at, episode.told_amount = episode.told + 1, now, amount
    return Turn(episode, phase)


def _does_not(episode: AlertEpisode, now: datetime) -> Turn | None:
    if episode.over_at is not None or (episode.told and now - episode.seen_at < CALM):
        return None
    episode.over_at = now
    return Turn(episode, AlertPhase.OVER) if episode.told else None
