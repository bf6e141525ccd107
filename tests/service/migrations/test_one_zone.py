"""The zone of a site's alerts becomes the site's, unless its policy has one or counts hours: those stay as they are."""

from typing import Any

from sqlalchemy import select

from service import migrations
from service.clock import utc_now
from service.db import Database
from service.models import ScheduledPolicy, Site, SiteAlerts
from service.moderation.alerts import recipients
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from tests.support.downgrade import downgrade

AT_NIGHT = {"hours": [{"days": ["mon"], "begin": "22:00", "end": "06:00"}]}
RULES: dict[str, dict[str, Any] | None] = {
    "no-policy": None,
    "no-zone": {"name": "Own", "minimum_length": 20},
    "zone": {"time_zone": "Asia/Tokyo"},
    "hours": {"overrides": [{"target": {}, "rules": {"pre_moderation": True}, "when": AT_NIGHT}]},
}


def test_only_where_alerts_alone_have_a_zone_the_policy_takes_it_over(database: Database) -> None:
    downgrade(database, "replays")
    with database.write() as session:
        for slug, rules in RULES.items():
            site = Site(slug=slug, name=slug)
            session.add(site)
            session.flush()
            session.add(SiteAlerts(site_id=site.id, zone="Europe/Vienna"))
            if rules is not None:
                policies.activate(session, site.id, Rules.model_validate(rules), author="Lea")
            session.add(ScheduledPolicy(site_id=site.id, rules={"name": slug} | (rules or {}), activates_at=utc_now()))
    migrations.upgrade(database)
    with database.read() as session:
        sites = {site.slug: site.id for site in session.scalars(select(Site))}
        zones = {slug: recipients.zone_of(session, site_id) for slug, site_id in sites.items()}
        assert zones == {"no-policy": "Europe/Vienna", "no-zone": "Europe/Vienna", "zone": "Asia/Tokyo", "hours": "UTC"}
        own = policies.active(session, sites["no-zone"])
        assert (own.version, own.rules.name, own.rules.minimum_length) == (2, "Own", 20)
        assert policies.active(session, sites["no-policy"]).rules == Rules(time_zone="Europe/Vienna")
        planned = {row.site_id: row.rules.get("time_zone") for row in session.scalars(select(ScheduledPolicy))}
        assert [planned[sites[slug]] for slug in RULES] == ["Europe/Vienna", "Europe/Vienna", "Asia/Tokyo", None]


def test_a_zone_that_nobody_knows_is_not_taken_over(database: Database) -> None:
    downgrade(database, "replays")
    with database.write() as session:
        for slug, zone in (("nowhere", "Europe/Nowhere"), ("folder", "Europe"), ("path", "../etc")):
            site = Site(slug=slug, name=slug)
            session.add(site)
            session.flush()
            session.add(SiteAlerts(site_id=site.id, zone=zone))
    migrations.upgrade(database)
    with database.read() as session:
        for site in session.scalars(select(Site)):
            assert (policies.active(session, site.id).version, recipients.zone_of(session, site.id)) == (0, "UTC")
