"""Every sealed secret that is stored: whether the keys open it, and sealing it anew with the newest key. The same for
the signatures of the audit log."""

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.models import AuditEntry, Endpoint, SiteAlerts, WebhookSource
from service.moderation import audit_log
from service.outside.sealing import Keyring, Unopenable


@dataclass(frozen=True)
class Resealed:
    """How many secrets there are, how many were sealed anew, and whose no key opens ("endpoint <id>")."""

    secrets: int
    resealed: int
    lost: tuple[str, ...]


@dataclass(frozen=True)
class SealedSecrets:
    """How the stored secrets stand to the keys: whose are lost, and how many need an older key than the first."""

    secrets: int
    older: int
    lost: tuple[str, ...]


@dataclass(frozen=True)
class Signed:
    """How many entries of the audit log have a new signature in place of an older key's, and the numbers of those that
    nobody had signed and of those whose signature no key made.
    """

    renewed: int
    unsigned: tuple[int, ...]
    false: tuple[int, ...]


def sign_again(session: Session, keyring: Keyring, /, *, unsigned: bool) -> Signed:
    """Sign with the first key what an older one signed; with `unsigned` also what nobody did.

    A false signature stays, so that it is still found.
    """
    renewed, added, false = 0, [], []
    for entry in audit_log.every(session):
        text, signature = audit_log.what_is_signed(entry), entry.signature
        if signature is None:
            added.append(entry.number)
            is_due = unsigned
        elif not keyring.has_signed(text, signature):
            false.append(entry.number)
            is_due = False
        else:
            is_due = not keyring.has_signed(text, signature, with_first=True)
            renewed += is_due
        if is_due:
            change = update(AuditEntry).where(AuditEntry.number == entry.number).values(signature=keyring.sign(text))
            session.execute(change.execution_options(synchronize_session=False))
    return Signed(renewed, tuple(added), tuple(false))


def sealed_secrets(session: Session, keyring: Keyring, /) -> SealedSecrets:
    """Return how the stored secrets stand to the keys; changes nothing."""
    secrets = older = 0
    lost = []
    for row in _rows(session):
        for sealed in row.secrets:
            secrets += 1
            try:
                keyring.open(sealed)
                older += not keyring.is_current(sealed)
            except Unopenable:
                lost.append(_named(row))
    return SealedSecrets(secrets, older, tuple(dict.fromkeys(lost)))


def reseal(session: Session, keyring: Keyring, /) -> Resealed:
    """Seal everything with the first key; what cannot be opened stays as it is."""
    secrets = changed = 0
    lost = []
    for row in _rows(session, lock=True):
        kept = []
        for sealed in row.secrets:
            secrets += 1
            try:
                fresh = sealed if keyring.is_current(sealed) else keyring.seal(keyring.open(sealed))
            except Unopenable:
                fresh = sealed
                lost.append(_named(row))
            changed += fresh != sealed
            kept.append(fresh)
        if kept != row.secrets:
            row.secrets = kept
    session.flush()
    return Resealed(secrets, changed, tuple(dict.fromkeys(lost)))


def _rows(session: Session, *, lock: bool = False) -> list[Endpoint | WebhookSource | SiteAlerts]:
    found: list[Endpoint | WebhookSource | SiteAlerts] = []
    for kind in (Endpoint, WebhookSource, SiteAlerts):
        statement = select(kind).order_by(kind.id)
        found += session.scalars(statement.with_for_update() if lock else statement)
    return found


def _named(row: Endpoint | WebhookSource | SiteAlerts) -> str:
    kinds = {Endpoint: "endpoint", WebhookSource: "webhook source", SiteAlerts: "chat for alerts"}
    return f"{kinds[type(row)]} {row.id}"
