"""What a site chooses: limits, chat, quiet hours. The chat's address is a secret: it lets anybody post."""

from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db import database_now
from service.errors import FieldError, Invalid
from service.models import AlertKind, SiteAlerts
from service.moderation.alerts.hours import is_clock
from service.outside.addresses import AddressRefused, Allowances, parse_target
from service.outside.sealing import Keyring, Unopenable
from service.sentences import N_, Grouped, worded

LONGEST_MINUTES = 30 * 1_440
MOST_HELD = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What an admin chose; `chat` is a new address, "" to keep the one before, None to remove it."""

    held_minutes: int
    held_count: int
    quiet_from: str = ""
    quiet_until: str = ""
    kinds: Collection[AlertKind] = field(default_factory=tuple)
    chat: str | None = ""


def change(session: Session, site_id: str, chosen: Choice, /, *, keyring: Keyring, allowed: Allowances) -> SiteAlerts:
    """Store what the site chose; raise Invalid, with a fault for each field."""
    _check(chosen, allowed)
    row = session.scalar(select(SiteAlerts).where(SiteAlerts.site_id == site_id).with_for_update())
    if row is None:
        row = SiteAlerts(site_id=site_id, secrets=[])
        session.add(row)
    row.held_minutes, row.held_count = chosen.held_minutes, chosen.held_count
    row.quiet_from, row.quiet_until = chosen.quiet_from, chosen.quiet_until
    row.kinds = [kind.value for kind in AlertKind if kind in chosen.kinds]
    row.updated_at = database_now()
    if chosen.chat != "":
        row.secrets = [keyring.seal(chosen.chat)] if chosen.chat else []
    session.flush()
    return row


def chat_host(row: SiteAlerts, keyring: Keyring, /) -> str | None:
    """Return the host of the chat's address, None without a chat, "" where no key opens the address."""
    try:
        found = keyring.open_all(row.secrets)
    except Unopenable:
        return ""
    return urlsplit(found[0]).hostname if found else None


def _check(chosen: Choice, allowed: Allowances) -> None:
    faults: list[FieldError] = []

    def fault(name: str, detail: str) -> None:
        faults.append(FieldError(f"#/{name}", "invalid", detail))

    if not 1 <= chosen.held_minutes <= LONGEST_MINUTES:
        fault("held_minutes", worded("must be between 1 and %(most)s minutes", most=Grouped(LONGEST_MINUTES)))
    if not 1 <= chosen.held_count <= MOST_HELD:
        fault("held_count", worded("must be between 1 and %(most)s comments", most=Grouped(MOST_HELD)))
    if bool(chosen.quiet_from) != bool(chosen.quiet_until):
        fault("quiet_from", N_("give both times, or neither"))
    elif chosen.quiet_from and not (is_clock(chosen.quiet_from) and is_clock(chosen.quiet_until)):
        fault("quiet_from", N_("must be times of day, as 22:00"))
    if chosen.chat:
        try:
            parse_target(chosen.chat, allowed)
        except AddressRefused as refusal:
            fault("chat", refusal.reason)
    if faults:
        every = "; ".join(one.detail for one in faults)
        raise Invalid(every, errors=faults)
