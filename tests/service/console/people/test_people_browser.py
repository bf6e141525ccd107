"""What only a browser shows of people and times: an invitation from link to desk, limits that are set, zones."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select, update

from service.accounts import keys
from service.clock import utc_now
from service.db import Database
from service.models import ApiKey, Preference, Site
from service.vocabulary import Scope
from tests.service.console.conftest import Opens
from tests.support.browser import Window
from tests.support.console import PASSWORD
from tests.support.history import History

pytestmark = pytest.mark.one_database
SITE = "/console/sites/gazette"


def test_an_admin_invites_somebody_who_joins_on_a_phone_at_night(opens: Opens, browser: Browser, address: str) -> None:
    window = opens("ada@gazette.example")
    page = window.goto(f"{SITE}/people")
    page.get_by_label("Email").fill("mia@gazette.example")
    page.get_by_role("button", name="Make an invitation").click()
    link = page.get_by_label("Link for mia@gazette.example, as moderator").input_value()
    window.fits("link of an invitation")
    phone = Window(browser, address, viewport={"width": 390, "height": 844}, color_scheme="dark")
    theirs = phone.goto(link.removeprefix(address))
    phone.picture("invitation-phone")
    phone.fits("invitation")
    theirs.get_by_label("Your name").fill("Mia Sand")
    theirs.get_by_label("Password").fill(PASSWORD)
    theirs.get_by_role("button", name="Join").click()
    expect(theirs.get_by_role("heading", level=1)).to_contain_text("Review")
    assert phone.faults == []
    phone.close()
    page.get_by_role("link", name="Done, I have copied it").click()
    expect(page.get_by_role("table")).to_contain_text("Mia Sand")


def test_an_admin_sets_limits_a_chat_and_how_long_texts_are_kept(opens: Opens, database: Database, site: Site) -> None:
    with database.write() as session:
        History(session, site).comment(utc_now() - timedelta(days=40), scores={})
    window = opens("ada@gazette.example", refusals=True)
    page = window.goto(f"{SITE}/people")
    page.get_by_role("navigation", name="Site").get_by_role("link", name="Alerts").click()
    page.get_by_label("Alert when more comments are held than").fill("50")
    page.get_by_label("Address of an incoming webhook").fill("https://hooks.chat.example/a-secret")
    page.get_by_label("Scoring is down").check()
    page.get_by_label("Quiet from").fill("22:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("give both times, or neither")).to_be_visible()
    expect(page.get_by_label("Scoring is down")).to_be_checked()
    page.get_by_label("until", exact=True).fill("07:00")
    page.get_by_label("Address of an incoming webhook").fill("https://hooks.chat.example/a-secret")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("One at hooks.chat.example is stored")).to_be_visible()
    window.picture("alerts-of-a-site")
    page.get_by_role("navigation", name="Site").get_by_role("link", name="Retention").click()
    page.get_by_label("Days after the verdict").fill("30")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Erase 1 comment?")).to_be_visible()
    window.picture("retention-asks")
    window.fits("confirmation of a shorter retention")
    page.get_by_role("button", name="Keep texts for 30 days, and erase").click()
    expect(page.get_by_text("Texts are kept for 30 days")).to_have_count(2)


def test_times_are_those_of_the_browser_or_of_the_chosen_zone_and_say_utc_without_scripts(
    opens: Opens, database: Database, site: Site
) -> None:
    at = datetime(2030, 1, 31, 23, 30, tzinfo=UTC)
    with database.write() as session:
        keys.create(session, site.id, "cms", scopes=(Scope.SUBMIT,), expires_at=None)
        session.execute(update(ApiKey).values(expires_at=at))
        History(session, site).comment(utc_now() - timedelta(hours=5), scores={})
    cell, head = "tbody time[data-shows=minute]", "#table-volume thead th >> nth=0"
    window = opens("ada@gazette.example", timezone_id="Asia/Tokyo")
    expect(window.goto(f"{SITE}/keys").locator(cell)).to_have_text("1 Feb 2030, 08:30")
    page = window.goto(f"{SITE}/dashboard?period=24h")
    page.locator("#table-volume summary").click()
    expect(page.locator(head)).to_have_text("From (GMT+9)")
    window.goto("/console/preferences").get_by_label("Time zone").select_option("America/New_York")
    window.page.get_by_role("button", name="Save", exact=True).click()
    expect(window.page.get_by_text("Saved.")).to_be_visible()
    window.picture("preferences-with-alerts")
    expect(window.goto(f"{SITE}/keys").locator(cell)).to_have_text("31 Jan 2030, 18:30")
    with database.read() as session:
        assert session.scalars(select(Preference)).one().choices["zone"] == "America/New_York"
    plain = opens("lea@gazette.example", java_script_enabled=False)
    expect(plain.goto(f"{SITE}/dashboard?period=24h").locator(head)).to_have_text("From (UTC)")
