"""Who wants to know what: moderators by e-mail, as their preferences say, and a site's chat."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import AlertKind, Membership, Moderator, Preference, SiteAlerts
from service.moderation.alerts.hours import Hours, is_clock, is_zone
from service.moderation.policy import policies

URGENT = frozenset({AlertKind.SCORING_DOWN, AlertKind.LEGAL_NOTICE})  # these do not wait for the end of quiet hours
DEFAULTS = SiteAlerts(held_minutes=240, held_count=200, quiet_from="", quiet_until="", kinds=[], secrets=[])


@dataclass(frozen=True, kw_only=True)
class Own:
    """What a moderator chose for themselves; without a zone, each site's applies."""

    kinds: frozenset[AlertKind] = frozenset()
    zone: str = ""
    quiet_from: str = ""
    quiet_until: str = ""


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """A moderator (by e-mail) or a site's chat, the kinds they want, and the sites that they want them of."""

    id: str  # of the moderator or of the site
    is_chat: bool
    kinds: frozenset[AlertKind]
    hours: Hours
    sites: frozenset[str]

    @property
    def name(self) -> str:
        return f"{'chat' if self.is_chat else 'mail'}:{self.id}"


def own(choices: Mapping[str, Any], /) -> Own:
    """Return what preferences say of alerts, each value checked: a wrong one becomes its default."""
    given = choices.get("alerts")
    alerts: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    zone = choices.get("zone")
    return Own(
        kinds=_kinds(alerts.get("kinds")),
        zone=zone if isinstance(zone, str) and is_zone(zone) else "",
        quiet_from=_clock(alerts.get("quiet_from")),
        quiet_until=_clock(alerts.get("quiet_until")),
    )


def of_site(session: Session, site_id: str, /) -> SiteAlerts:
    """Return what the site chose, the defaults where it chose nothing."""
    return session.scalar(select(SiteAlerts).where(SiteAlerts.site_id == site_id)) or DEFAULTS


def zone_of(session: Session, site_id: str, /) -> str:
    """Return the site's time zone: that of its policy, whose hours are counted in it too."""
    return policies.active(session, site_id).rules.time_zone


def everyone(session: Session, /) -> list[Recipient]:
    """Return all who want something: moderators who may sign in and have a role, and chats."""
    chats = session.scalars(select(SiteAlerts).order_by(SiteAlerts.site_id)).all()
    found = [
        Recipient(
            id=row.site_id,
            is_chat=True,
            kinds=_kinds(row.kinds),
            hours=Hours(zone_of(session, row.site_id), row.quiet_from, row.quiet_until),
            sites=frozenset({row.site_id}),
        )
        for row in chats
        if row.secrets and row.kinds
    ]
    members: dict[str, set[str]] = {}
    choices: dict[str, Mapping[str, Any]] = {}
    rows = session.execute(
        select(Moderator.id, Preference.choices, Membership.site_id)
        .join(Preference, Preference.moderator_id == Moderator.id)
        .join(Membership, Membership.moderator_id == Moderator.id)
        .where(Moderator.disabled_at.is_(None))
        .order_by(Moderator.id, Membership.site_id)
    )
    for moderator_id, chosen, site_id in rows:
        members.setdefault(moderator_id, set()).add(site_id)
        choices[moderator_id] = chosen
    for moderator_id, sites in members.items():
        chosen_here = own(choices[moderator_id])
        if chosen_here.kinds:
            zones = (zone_of(session, site_id) for site_id in sorted(sites))
            zone = chosen_here.zone or next((zone for zone in zones if zone != Hours.zone), Hours.zone)
            found.append(
                Recipient(
                    id=moderator_id,
                    is_chat=False,
                    kinds=chosen_here.kinds,
                    hours=Hours(zone, chosen_here.quiet_from, chosen_here.quiet_until),
                    sites=frozenset(sites),
                )
            )
    return found


def _kinds(given: object) -> frozenset[AlertKind]:
    return (
        frozenset(AlertKind(kind) for kind in given if kind in list(AlertKind))
        if isinstance(given, list)
        else frozenset()
    )


def _clock(given: object) -> str:
    return given if isinstance(given, str) and is_clock(given) else ""
