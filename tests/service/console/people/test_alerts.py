"""Alerts in the console: a moderator's own, the site's limits and its chat, whose address nobody sees again."""

import pytest
from sqlalchemy import select

from service.db import Database
from service.installation.settings import Settings
from service.models import AlertKind, AlertMessage, AuditEntry, Preference, Site, SiteAlerts
from service.moderation.alerts import recipients
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from tests.support.console import Person, text_of

ALERTS, TEST = "/console/sites/gazette/alerts", "/console/sites/gazette/alerts/test"
CHAT = "https://hooks.chat.example/services/T0/B0/a-secret"
FORM = {
    "held_minutes": "90",
    "held_count": "50",
    "quiet_from": "22:00",
    "quiet_until": "07:00",
}

pytestmark = pytest.mark.one_database


def stored(database: Database) -> SiteAlerts:
    with database.read() as session:
        return session.scalars(select(SiteAlerts)).one()


def test_a_moderator_chooses_what_to_be_told_by_mail_and_when(ana: Person, database: Database, site: Site) -> None:
    form = {
        "alert": ["queue_long", "nonsense"],
        "quiet_from": "22:00",
        "quiet_until": "7 o'clock",
        "zone": "Asia/Tokyo",
    }
    assert ana.post("/console/preferences", form).status_code == 303
    with database.read() as session:
        (one,) = recipients.everyone(session)
        own = recipients.own(session.scalars(select(Preference)).one().choices)
    assert (one.id, one.kinds, one.sites) == (ana.moderator.id, {AlertKind.QUEUE_LONG}, {site.id})
    assert (own.zone, own.quiet_from, own.quiet_until) == ("Asia/Tokyo", "22:00", "")
    page = ana.get("/console/preferences").text
    assert 'value="queue_long" checked' in page
    assert "This installation sends no e-mail yet" in page


def test_an_admin_sets_limits_and_a_chat_whose_address_is_sealed_and_never_shown(
    ada: Person, database: Database, settings: Settings
) -> None:
    assert ada.post(ALERTS, FORM | {"chat": CHAT, "alert": ["queue_old", "scoring_down"]}).status_code == 303
    row = stored(database)
    assert (row.held_minutes, row.held_count, row.quiet_from) == (90, 50, "22:00")
    assert (row.kinds, settings.keyring.open_all(row.secrets)) == (["queue_old", "scoring_down"], [CHAT])
    assert "a-secret" not in str(row.secrets)
    page = ada.get(ALERTS).text
    assert "One at hooks.chat.example is stored" in text_of(page)
    assert "a-secret" not in page
    with database.read() as session:
        detail = session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "alerts.change")).one()
    assert detail["chat"] == "hooks.chat.example"
    ada.post(ALERTS, FORM | {"chat": ""})
    assert settings.keyring.open_all(stored(database).secrets) == [CHAT]
    ada.post(ALERTS, FORM | {"chat": "", "remove_chat": "on"})
    assert stored(database).secrets == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"chat": "http://hooks.chat.example/"}, "must begin with https://"),
        ({"chat": "https://169.254.169.254/latest"}, "not a public address"),
        ({"held_minutes": "0"}, "must be between 1 and 43,200 minutes"),
        ({"held_count": "many"}, "must be between 1 and 1,000,000 comments"),
        ({"quiet_until": ""}, "give both times, or neither"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    ada: Person, database: Database, changed: dict[str, str], says: str
) -> None:
    answer = ada.post(ALERTS, FORM | changed)
    assert answer.status_code == 422
    assert says in text_of(answer.text)
    assert 'value="50"' in answer.text or "held_count" in changed
    assert f'value="{changed["chat"]}"' in answer.text if "chat" in changed else True
    with database.read() as session:
        assert session.scalars(select(SiteAlerts)).all() == []


def test_the_zone_of_the_policy_is_that_of_the_sites_alerts(ada: Person, database: Database, site: Site) -> None:
    ada.post(ALERTS, FORM | {"chat": CHAT, "alert": ["queue_old"]})
    ada.post("/console/preferences", {"alert": ["queue_long"]})
    with database.write() as session:
        policies.activate(session, site.id, Rules(time_zone="Europe/Vienna"), author="Ada")
    with database.read() as session:
        zones = {one.is_chat: one.hours.zone for one in recipients.everyone(session)}
    assert zones == {True: "Europe/Vienna", False: "Europe/Vienna"}
    assert "Times are in Europe/Vienna" in text_of(ada.get(ALERTS).text)


def test_a_test_message_is_left_to_the_worker(ada: Person, database: Database) -> None:
    assert ada.post(TEST).status_code == 409
    ada.post(ALERTS, FORM | {"chat": CHAT})
    assert ada.post(TEST).status_code == 303
    with database.read() as session:
        assert session.scalars(select(AlertMessage.phase)).one() == "test"


def test_the_operations_page_names_what_was_not_sent(ada: Person, database: Database, site: Site) -> None:
    ada.post(ALERTS, FORM | {"chat": CHAT})
    ada.post(TEST)
    with database.write() as session:
        session.scalars(select(AlertMessage)).one().error = "The chat answered with status 404."
    page = text_of(ada.get("/console/sites/gazette/operations").text)
    assert "The chat answered with status 404." in page
