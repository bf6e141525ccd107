"""Sign-ins as rows: begun, resumed on every request, revoked. Only the secret's SHA-256 is stored.

A session ends after half an hour without a request, and after twelve hours at the latest. Guessing is slowed per
account and address (a network of IPv6 counts as one); no answer tells whether an account exists. Beginnings, ends and
failures are in the audit log: a limited number of failures, and without the address that was typed, which may be a
stranger's or a password.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from service.accounts import moderators, passwords
from service.capacity.networks import network_of
from service.db import Database, database_now
from service.errors import TooMany, Unauthenticated
from service.models import ConsoleSession, Moderator, Preference, SignInFailure
from service.moderation import actors, audit_log
from service.sentences import N_, counted

SECRET = "secret"  # noqa: S105  (the name under which the cookie carries it)
IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 12 * 3600
SEEN_EVERY = timedelta(minutes=1)
REMEMBER_SECONDS = 15 * 60
PER_ACCOUNT_AND_ADDRESS = 5
PER_ADDRESS = 30
RECORDED = 50  # failures within REMEMBER_SECONDS that enter the audit log, so that an attacker cannot fill it
PER_ACCOUNT = 100  # a net against guessing from many addresses; high, so that a stranger cannot lock a moderator out


class WrongPassword(Unauthenticated):
    """Wrong address or password; the answer does not say which."""

    title = N_("That did not work")


@dataclass(frozen=True)
class Resumed:
    """The moderator of a session, its public id, and their preferences."""

    moderator: Moderator
    session_id: str
    choices: dict[str, Any] = field(default_factory=dict)


def check_password(database: Database, email: str, password: str, /, *, address: str) -> Moderator:
    """Return the moderator; raise WrongPassword, or TooMany after too many failures."""
    email, network = email.strip().casefold(), network_of(address)
    account = _sha256(email)
    with database.read() as session:
        _refuse_guessing(session, account, network)
        moderator = session.scalar(select(Moderator).where(func.lower(Moderator.email) == email))
    usable = moderator is not None and moderator.disabled_at is None
    matches = passwords.verify(moderator.password_hash if moderator and usable else None, password)
    with database.write() as session:
        session.execute(delete(SignInFailure).where(SignInFailure.at < database_now(-REMEMBER_SECONDS)))
        if moderator is None or not matches:
            session.add(SignInFailure(account_sha256=account, address=network))
            _record_failure(session, moderator.id if moderator else "")
        else:
            session.execute(
                delete(SignInFailure).where(SignInFailure.account_sha256 == account, SignInFailure.address == network)
            )
            if moderator.password_hash and passwords.needs_rehash(moderator.password_hash):
                rehashed = passwords.hash_password(password)
                session.execute(update(Moderator).where(Moderator.id == moderator.id).values(password_hash=rehashed))
    if moderator is None or not matches:
        raise WrongPassword("The address or the password is wrong.")
    return moderator


def refuse_guessing(database: Database, account: str, /, *, address: str) -> None:
    """Raise TooMany after too many failures from this address."""
    with database.read() as session:
        _refuse_guessing(session, _sha256(account), network_of(address))


def remember_failure(database: Database, account: str, /, *, address: str) -> None:
    """Count a failure against the address."""
    with database.write() as session:
        session.execute(delete(SignInFailure).where(SignInFailure.at < database_now(-REMEMBER_SECONDS)))
        session.add(SignInFailure(account_sha256=_sha256(account), address=network_of(address)))
        _record_failure(session, "")


def begin(database: Database, moderator_id: str, /, *, address: str, agent: str) -> str:
    """Start a session and return its secret for the cookie; always a new one, whatever the browser had."""
    secret = secrets.token_urlsafe(32)
    with database.write() as session:
        session.execute(delete(ConsoleSession).where(_over()))
        session.add(
            ConsoleSession(
                secret_sha256=_sha256(secret),
                moderator_id=moderator_id,
                address=address[:64],
                agent=agent[:200],
                ends_at=database_now(LONGEST_SECONDS),
            )
        )
        _record(session, "session.begin", moderator_id)
    return secret


def resume(database: Database, secret: str, /) -> Resumed | None:
    """Return whose session it is, and record that it was used; None if it ended, was revoked or never existed."""
    with database.read() as session:
        row = session.execute(
            select(ConsoleSession, Moderator, Preference.choices, database_now())
            .join(Moderator, Moderator.id == ConsoleSession.moderator_id)
            .outerjoin(Preference, Preference.moderator_id == Moderator.id)
            .where(ConsoleSession.secret_sha256 == _sha256(secret), ~_over(), Moderator.disabled_at.is_(None))
        ).one_or_none()
    if row is None:
        return None
    held, moderator, choices, now = row
    if now - held.seen_at > SEEN_EVERY:
        with database.write() as session:
            session.execute(update(ConsoleSession).where(ConsoleSession.id == held.id).values(seen_at=database_now()))
    return Resumed(moderator, held.id, choices or {})


def revoke(
    database: Database,
    moderator_id: str,
    /,
    *,
    session_id: str | None = None,
    but: str | None = None,
    act: str = "session.revoke",
) -> int:
    """End one session of the moderator, or all but one; return how many ended. `act` names it in the audit log."""
    with database.write() as session:
        ended = moderators.end_sessions(session, moderator_id, only=session_id, but=but)
        if ended:
            _record(session, act, moderator_id, sessions=ended)
        return ended


def change_password(database: Database, moderator_id: str, password: str, /, *, but: str) -> int:
    """Set the moderator's own new password; return how many sessions ended, all except `but`. Raise Invalid."""
    with database.write() as session:
        person = session.get_one(Moderator, moderator_id)
        ended = moderators.set_password(session, person, password, but=but)
        _record(session, "moderator.password", moderator_id, sessions_ended=ended)
        return ended


def sessions_of(database: Database, moderator_id: str, /) -> list[ConsoleSession]:
    """Return the moderator's sessions that have not ended, latest used first."""
    with database.read() as session:
        statement = select(ConsoleSession).where(ConsoleSession.moderator_id == moderator_id, ~_over())
        return list(session.scalars(statement.order_by(ConsoleSession.seen_at.desc())))


def _record(session: Session, act: str, moderator_id: str, **detail: int) -> None:
    moderator = session.get_one(Moderator, moderator_id)
    actor = actors.of_moderator(moderator)
    audit_log.record(session, act, actor, subject_kind="moderator", subject_id=moderator.id, detail=detail)


def _record_failure(session: Session, moderator_id: str) -> None:
    session.flush()
    recent = select(func.count()).where(SignInFailure.at > database_now(-REMEMBER_SECONDS))
    count = session.scalar(recent) or 0
    if count <= RECORDED:
        detail = {"more_are_not_listed": True} if count == RECORDED else {}
        audit_log.record(
            session, "session.refuse", actors.VISITOR, subject_kind="moderator", subject_id=moderator_id, detail=detail
        )


def _over() -> ColumnElement[bool]:
    return (ConsoleSession.ends_at < database_now()) | (ConsoleSession.seen_at < database_now(-IDLE_SECONDS))


def _refuse_guessing(session: Session, account: str, network: str) -> None:
    recent = SignInFailure.at > database_now(-REMEMBER_SECONDS)
    of_account, of_address = SignInFailure.account_sha256 == account, SignInFailure.address == network
    for limit, which in (
        (PER_ACCOUNT_AND_ADDRESS, (of_account, of_address)),
        (PER_ADDRESS, (of_address,)),
        (PER_ACCOUNT, (of_account,)),
    ):
        count, oldest, now = session.execute(
            select(func.count(), func.min(SignInFailure.at), database_now()).where(recent, *which)
        ).one()
        if count >= limit:
            left = max(1, REMEMBER_SECONDS - int((now - oldest).total_seconds()))
            minutes = -(-left // 60)
            raise TooMany(
                counted(
                    "Too many attempts. Try again in %(count)s minute.",
                    "Too many attempts. Try again in %(count)s minutes.",
                    minutes,
                ),
                retry_after=left,
            )


def _sha256(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
