"""Every lane of the review queue follows what happens meanwhile, and our own mistakes are not the server's."""

import pytest
from playwright.sync_api import Page, expect

from service.clock import utc_now
from service.db import Database
from service.models import Comment, Site
from tests.service.console.conftest import Opens
from tests.support.held import hold

pytestmark = pytest.mark.one_database
REVIEW = "/console/sites/gazette/review"
PULSE = "**/review/pulse*"


def poll(page: Page) -> None:
    """Let the page ask at once what changed, as it does when the network is back, and wait for the answer."""
    with page.expect_response(PULSE):
        page.evaluate("dispatchEvent(new Event('online'))")


def escalated(database: Database, site: Site, number: int) -> Comment:
    comment = hold(database, site.id, number)
    with database.write() as session:
        session.get_one(Comment, comment.id).escalated_at = utc_now()
    return comment


@pytest.mark.parametrize(
    ("account", "lane"),
    [
        *(("lea", lane) for lane in ("", "?lane=escalated", "?reason=reported&order=reported", "?text=bridge")),
        ("ana", ""),
        ("ana", "?lane=escalated"),
        ("ada", "?lane=escalated"),
    ],
)
def test_every_lane_stays_connected_and_counts(
    opens: Opens, database: Database, site: Site, account: str, lane: str
) -> None:
    hold(database, site.id, 0)
    escalated(database, site, 1)
    window = opens(f"{account}@gazette.example")
    page = window.goto(f"{REVIEW}{lane}")
    poll(page)
    expect(page.locator("[data-count=escalated]")).to_have_text("1")
    escalated(database, site, 2)
    poll(page)
    expect(page.locator("[data-count=escalated]")).to_have_text("2")
    expect(page.locator("[data-offline]")).to_be_hidden()
    if "escalated" in lane:
        expect(page.locator("[data-new]")).to_have_text("1 new: show")
        expect(page.locator("[data-count=total]")).to_have_text("2")
        window.picture(f"lane-escalated-{account}", whole=False)
    window.settle()


def test_a_mistake_in_our_script_is_not_shown_as_a_missing_server(opens: Opens) -> None:
    window = opens(held=2)
    page = window.in_panel()
    poll(page)
    page.route(PULSE, lambda route: route.fulfill(json={"counts": {}}))
    with page.expect_event("pageerror"):
        poll(page)
    expect(page.locator("[data-offline]")).to_be_hidden()
    window.faults.clear()
    page.unroute(PULSE)
    poll(page)
    expect(page.locator("[data-count=total]")).to_have_text("2")
    page.route(PULSE, lambda route: route.abort())
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-offline]")).to_be_visible()
    window.faults.clear()
    page.unroute(PULSE)
    poll(page)
    expect(page.locator("[data-offline]")).to_be_hidden()
