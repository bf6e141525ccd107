"""A policy applied to past comments as one act: a lead starts it, picks from the list, applies it and can undo it.

These are the acts, the same for the console and the API. A worker does the work in parts (`replay_looking`,
`replay_applying`), which the rows of the replay remember. Nothing here commits.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.db import database_now
from service.errors import Conflict, Invalid, NotFound
from service.models import AuditEntry, Replay, ReplayAct, ReplayComment, ReplayOutcome, ReplayState, Site
from service.moderation import audit_log
from service.moderation.actors import Actor
from service.moderation.policy import changes, policies
from service.sentences import worded

MOST_SINGLE = 200  # comments that are picked one by one
QUIET_SECONDS = 10.0  # after which another worker may go on with a replay
DAY = 86_400
SUBJECT, APPLY, UNDO = "replay", "policy.replay", "policy.undo_replay"  # in the audit log


@dataclass(frozen=True, kw_only=True)
class Picked:
    """What a lead picked from the list, and what is to be done: single comments, a kind of change, or all of it."""

    act: ReplayAct
    kind: str = ""
    comments: Collection[str] = field(default_factory=tuple)


def start(session: Session, site_id: str, days: int, /, *, by: Actor, default_days: int) -> Replay:
    """Begin to list the comments of the last `days` that the policy in force would decide otherwise.

    `default_days` is how long a site keeps texts that says nothing else. Raise Invalid for more days than that, and
    Conflict while another replay of the site is being worked on.
    """
    changes.lock(session, site_id)
    kept = session.scalar(select(Site.retention_days).where(Site.id == site_id))
    most = default_days if kept is None else kept
    if not 1 <= days <= most:
        raise Invalid(
            worded(
                "Choose between 1 and %(days)s days: this site keeps texts for %(days)s days after the verdict.",
                days=most,
            )
        )
    _refuse_while_working(session, site_id)
    replay = Replay(
        site_id=site_id,
        policy_version=policies.active(session, site_id).version,
        days=days,
        since=database_now(-days * DAY),
        actor_kind=by.kind,
        actor_id=by.id,
        actor=by.name,
        worked_at=database_now(-QUIET_SECONDS),
    )
    session.add(replay)
    session.flush()
    return replay


def require(session: Session, site_id: str, replay_id: str, /, *, lock: bool = False) -> Replay:
    """Return the site's replay with that id; raise NotFound, also for another site's."""
    chosen = select(Replay).where(Replay.id == replay_id, Replay.site_id == site_id)
    replay = session.scalar(chosen.with_for_update() if lock else chosen)
    if replay is None:
        raise NotFound("This site has no replay with this id.")
    return replay


def newest(session: Session, site_id: str, /, *, limit: int = 20) -> list[Replay]:
    """Return the site's replays, newest first."""
    statement = select(Replay).where(Replay.site_id == site_id).order_by(Replay.created_at.desc(), Replay.id.desc())
    return list(session.scalars(statement.limit(limit)))


def apply(session: Session, site_id: str, replay_id: str, picked: Picked, /, *, by: Actor, based_on: int) -> Replay:
    """Have a worker do what was picked.

    `based_on` is the version of the policy that the caller saw the list of. Raise Conflict where another version is in
    force by now, or where the replay was applied already; Invalid where nothing was picked.
    """
    changes.lock(session, site_id)
    replay = require(session, site_id, replay_id, lock=True)
    active = policies.active(session, site_id).version
    if not based_on == replay.policy_version == active:
        raise Conflict(
            worded(
                "Version %(version)s of the policy is in force, but this list was made by version %(made_by)s. "
                "Look again: the list is then that of the policy in force.",
                version=active,
                made_by=replay.policy_version,
            ),
            version=active,
        )
    if replay.state is ReplayState.LOOKING:
        raise Conflict("The list is not whole yet. Wait until all comments have been looked at.")
    if replay.state is not ReplayState.READY:
        raise Conflict("This replay was applied already. Look again to apply the policy to more comments.")
    _refuse_while_working(session, site_id)
    count = _count(session, replay, picked)
    if not count:
        raise Invalid("Pick at least one comment from the list.")
    replay.state, replay.act, replay.picked = ReplayState.APPLYING, picked.act, count
    replay.only_kind, replay.only_comments = picked.kind, sorted(set(picked.comments))
    replay.place, replay.applied_at, replay.worked_at = "", database_now(), database_now(-QUIET_SECONDS)
    # After those of the replay before: together they would leave twice as fast.
    replay.next_callback_at = session.scalar(
        select(func.max(Replay.next_callback_at)).where(Replay.site_id == site_id, Replay.id != replay.id)
    )
    replay.actor_kind, replay.actor_id, replay.actor = by.kind, by.id, by.name
    _record(session, APPLY, replay, by, {"act": picked.act.value, "kind": picked.kind, "comments": count})
    session.flush()
    return replay


def undo(session: Session, site_id: str, replay_id: str, /, *, by: Actor) -> Replay:
    """Have a worker undo the replay wherever nothing has changed since; one that is being applied ends.

    Raise Conflict where there is nothing to undo.
    """
    changes.lock(session, site_id)  # one works at a time, and another may be starting
    replay = require(session, site_id, replay_id, lock=True)
    if replay.state in (ReplayState.UNDOING, ReplayState.UNDONE):
        raise Conflict("This replay is being undone, or was undone already.")
    if replay.state not in (ReplayState.APPLYING, ReplayState.APPLIED):
        raise Conflict("This replay has not been applied, so there is nothing to undo.")
    if replay.state is ReplayState.APPLIED:
        _refuse_while_working(session, site_id)
    replay.state, replay.undone_at, replay.worked_at = (
        ReplayState.UNDOING,
        database_now(),
        database_now(-QUIET_SECONDS),
    )
    # The newest is undone first, and a callback that waits is withdrawn: none are left when the first one is due.
    replay.place, replay.next_callback_at = "", None
    _record(session, UNDO, replay, by, {"moved": replay.moved})
    session.flush()
    return replay


def finish(session: Session, replay: Replay, state: ReplayState, /) -> None:
    """Note that the work is done, with its figures; the act itself is on record under the name of who wanted it."""
    replay.state = state
    if state is ReplayState.APPLIED:
        detail = {"moved": replay.moved, "left_alone": replay.left_alone}
        _record(session, "policy.replayed", replay, _who_wanted(session, replay, APPLY), detail)
    elif state is ReplayState.UNDONE:
        detail = {"moved": replay.moved, "undone": replay.undone, "left_alone": replay.kept}
        _record(session, "policy.replay_undone", replay, _who_wanted(session, replay, UNDO), detail)
    session.flush()


def _who_wanted(session: Session, replay: Replay, act: str) -> Actor:
    """Return who ordered the work, called as the order itself calls them; another lead may undo than applied it."""
    orders = (
        select(AuditEntry)
        .where(AuditEntry.subject_kind == SUBJECT, AuditEntry.subject_id == replay.id, AuditEntry.action == act)
        .order_by(AuditEntry.number.desc())
        .limit(1)
    )
    if (order := session.scalar(orders)) is None:
        return Actor(kind=replay.actor_kind, id=replay.actor_id, name=replay.actor)
    return Actor(kind=order.actor_kind, id=order.actor_id, name=order.actor)


def _count(session: Session, replay: Replay, picked: Picked) -> int:
    if len(picked.comments) > MOST_SINGLE:
        raise Invalid(worded("Pick at most %(most)s comments one by one, or a kind of change.", most=MOST_SINGLE))
    if picked.comments:
        listed = select(func.count()).where(
            ReplayComment.replay_id == replay.id,
            ReplayComment.comment_id.in_(picked.comments),
            ReplayComment.outcome == ReplayOutcome.LISTED,
        )
        return session.scalar(listed) or 0
    return replay.kinds.get(picked.kind, 0) if picked.kind else replay.listed


def _refuse_while_working(session: Session, site_id: str) -> None:
    working = select(Replay.id).where(
        Replay.site_id == site_id, Replay.state.in_([state for state in ReplayState if state.is_work])
    )
    if session.scalar(working) is not None:
        raise Conflict("Another replay of this site is being worked on. Wait until it has ended.")


def _record(session: Session, act: str, replay: Replay, by: Actor, detail: dict[str, Any]) -> None:
    audit_log.record(
        session,
        act,
        by,
        site_id=replay.site_id,
        subject_kind=SUBJECT,
        subject_id=replay.id,
        detail={"version": replay.policy_version, "days": replay.days, **detail},
    )
