"""The audit log: who did what, when, in a chain of hashes that a later change, gap or cut breaks visibly.

Each entry is signed with a key that is not in the database (`Session.info` has it), so that who can write there cannot
write another chain. What was cut off together with the head shows by a head that was noted before (`has_had`).

`record` belongs into the transaction of the act itself, as its last statement: entry and act are committed together or
not at all, and the one lock (the row of `audit_head`) is held only until that commit. `detail` never carries a
comment's text.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from service.clock import rfc3339
from service.db import KEYRING, database_now
from service.models import AuditEntry, AuditHead
from service.moderation.actors import Actor
from service.outside.sealing import Keyring

BEGINNING = "0" * 64
NOTED = re.compile(r"[0-9]{1,10}:[0-9a-f]{64}")
PAGE = 1_000


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What to show of the log; None and "" mean: whatever."""

    site_id: str | None = None
    action: str = ""  # an action, or its first word with a dot: "policy."
    actor: str = ""  # part of a name, or a whole id
    subject_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Verification:
    """What walking the whole chain found; `broken_at` is the first entry that does not fit, None where all do."""

    entries: int
    broken_at: int | None
    fault: str
    head: str

    @property
    def intact(self) -> bool:
        return self.broken_at is None

    @property
    def noted(self) -> str:
        """The head as `has_had` takes it: number and hash of the newest entry."""
        return f"{self.entries}:{self.head}"


def record(
    session: Session,
    action: str,
    actor: Actor,
    /,
    *,
    site_id: str | None = None,
    subject_kind: str = "",
    subject_id: str = "",
    detail: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Append one act to the chain, within the caller's transaction."""
    head = session.execute(
        select(AuditHead.number, AuditHead.hash, database_now()).where(AuditHead.id == 1).with_for_update()
    ).one()
    entry = AuditEntry(
        number=head[0] + 1,
        at=head[2],
        site_id=site_id,
        actor_kind=actor.kind,
        actor_id=actor.id[:200],
        actor=actor.full_name[:200],
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id[:200],
        detail=dict(detail or {}),
        previous_hash=head[1],
    )
    entry.hash = hash_of(entry)
    if (keyring := _keyring(session)) is not None:
        entry.signature = keyring.sign(what_is_signed(entry))
    session.add(entry)
    session.execute(
        update(AuditHead)
        .where(AuditHead.id == 1)
        .values(number=entry.number, hash=entry.hash)
        .execution_options(synchronize_session=False)
    )
    session.flush()
    return entry


def hash_of(entry: AuditEntry, /) -> str:
    """Return the SHA-256 (hex) over everything in the entry and the hash before it, as canonical JSON."""
    told = [
        entry.number,
        entry.at.isoformat(timespec="microseconds"),
        entry.site_id,
        entry.actor_kind,
        entry.actor_id,
        entry.actor,
        entry.action,
        entry.subject_kind,
        entry.subject_id,
        entry.detail,
        entry.previous_hash,
    ]
    canonical = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def verify(session: Session, /) -> Verification:
    """Walk the chain from its beginning and compare its end with the head; stops at the first fault.

    Others may write meanwhile: what the head counts when the walk comes to its end is walked too, and no more.
    """
    walked = _walked(session, Verification(0, None, "", BEGINNING), upto=None)
    newest = session.execute(select(AuditHead.number, AuditHead.hash).where(AuditHead.id == 1)).one_or_none()
    number, end = (newest[0], newest[1]) if newest else (0, BEGINNING)
    if walked.intact and walked.entries < number:
        walked = _walked(session, walked, upto=number)
    if walked.intact and (walked.entries, walked.head) != (number, end):
        fault = f"the head says {number} entries, the chain has {walked.entries}"
        return Verification(walked.entries, walked.entries + 1, fault, walked.head)
    return walked


def head(session: Session, /) -> str:
    """Return number and hash of the newest entry, to be noted elsewhere: "17:9f3c..."."""
    number, found = session.execute(select(AuditHead.number, AuditHead.hash).where(AuditHead.id == 1)).one()
    return f"{number}:{found}"


def has_had(session: Session, noted: str, /) -> bool:
    """Whether a head that was noted earlier is still part of the chain; raise ValueError for what is no head."""
    number, _, expected = noted.partition(":")
    if not NOTED.fullmatch(noted):
        raise ValueError("must be the number and the hash of an entry, as in 17:9f3c...")
    found = select(AuditEntry.hash).where(AuditEntry.number == int(number))
    return expected == (session.scalar(found) if int(number) else BEGINNING)


def every(session: Session, /) -> Iterator[AuditEntry]:
    """Yield every entry of every site, oldest first."""
    return _from(session, 0, None)


def what_is_signed(entry: AuditEntry, /) -> str:
    """Return the text that an entry's signature covers: through its hash, the entry and all before it."""
    return f"{entry.number}:{entry.hash}"


def entries(session: Session, wanted: Filter, /, *, before: int | None = None, limit: int = 50) -> list[AuditEntry]:
    """Return the newest entries that fit, those numbered below `before`."""
    statement = _filtered(wanted).order_by(AuditEntry.number.desc()).limit(limit)
    if before is not None:
        statement = statement.where(AuditEntry.number < before)
    return list(session.scalars(statement))


def export(session: Session, wanted: Filter, /) -> Iterator[dict[str, Any]]:
    """Yield all entries that fit, oldest first, with their hashes, as plain values."""
    after = 0
    while True:
        page = session.scalars(
            _filtered(wanted).where(AuditEntry.number > after).order_by(AuditEntry.number).limit(PAGE)
        ).all()
        for entry in page:
            yield as_record(entry)
        if len(page) < PAGE:
            return
        after = page[-1].number
        session.expunge_all()


def as_record(entry: AuditEntry, /) -> dict[str, Any]:
    """Return the entry as plain values, in the order in which a person reads it."""
    return {
        "number": entry.number,
        "at": rfc3339(entry.at),
        "actor_kind": entry.actor_kind,
        "actor_id": entry.actor_id,
        "actor": entry.actor,
        "action": entry.action,
        "subject_kind": entry.subject_kind,
        "subject_id": entry.subject_id,
        "detail": entry.detail,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def actions(session: Session, site_id: str, /) -> list[str]:
    """Return the actions that occur at the site, for the filter."""
    found = select(AuditEntry.action).where(AuditEntry.site_id == site_id).distinct().order_by(AuditEntry.action)
    return list(session.scalars(found))


def _walked(session: Session, so_far: Verification, *, upto: int | None) -> Verification:
    number, expected, keyring = so_far.entries, so_far.head, _keyring(session)
    for entry in _from(session, number, upto):
        number += 1
        fault = ""
        if entry.number != number:
            fault = f"entry {number} is missing"
        elif entry.previous_hash != expected:
            fault = f"entry {number} does not follow from the one before"
        elif entry.hash != hash_of(entry):
            fault = f"entry {number} was changed after it was written"
        else:
            fault = _fault_of_signature(entry, keyring)
        if fault:
            return Verification(number - 1, number, fault, expected)
        expected = entry.hash
    return Verification(number, None, "", expected)


def _fault_of_signature(entry: AuditEntry, keyring: Keyring | None) -> str:
    if entry.signature is None:
        return f"entry {entry.number} was written without the key that signs entries" if keyring else ""
    if keyring is None:
        return f"entry {entry.number} is signed, and the key that signed it is missing"
    if not keyring.has_signed(what_is_signed(entry), entry.signature):
        return f"entry {entry.number} was not signed with a key of this installation"
    return ""


def _keyring(session: Session) -> Keyring | None:
    found = session.info.get(KEYRING)
    return found() if found else None


def _from(session: Session, after: int, upto: int | None) -> Iterator[AuditEntry]:
    numbered: int | None = after or None  # the first walk also meets what was slipped in below 1
    while True:
        statement = select(AuditEntry).order_by(AuditEntry.number).limit(PAGE)
        if numbered is not None:
            statement = statement.where(AuditEntry.number > numbered)
        if upto is not None:
            statement = statement.where(AuditEntry.number <= upto)
        page = session.scalars(statement).all()
        yield from page
        if len(page) < PAGE:
            return
        numbered = page[-1].number
        session.expunge_all()


def _filtered(wanted: Filter) -> Select[AuditEntry]:
    statement = select(AuditEntry)
    if wanted.site_id is not None:
        statement = statement.where(AuditEntry.site_id == wanted.site_id)
    if wanted.action.endswith("."):
        statement = statement.where(AuditEntry.action.startswith(wanted.action, autoescape=True))
    elif wanted.action:
        statement = statement.where(AuditEntry.action == wanted.action)
    if wanted.actor:
        named = AuditEntry.actor.icontains(wanted.actor, autoescape=True)
        statement = statement.where(named | (AuditEntry.actor_id == wanted.actor))
    if wanted.subject_id:
        statement = statement.where(AuditEntry.subject_id == wanted.subject_id)
    if wanted.since is not None:
        statement = statement.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(AuditEntry.at < wanted.until)
    return statement
