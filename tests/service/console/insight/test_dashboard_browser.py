"""What only a browser shows: a threshold dragged, the preview that follows, charts, a board that refreshes."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from service.clock import utc_now
from service.db import Database
from service.models import Site, WorkerBeat
from service.moderation.policy import policies
from service.vocabulary import Attribute, Verdict
from tests.service.console.conftest import Opens
from tests.support.browser import violations
from tests.support.history import History

pytestmark = [pytest.mark.usefixtures("round_thresholds", "tries"), pytest.mark.one_database]
POLICY, DASHBOARD = "/console/sites/gazette/policy", "/console/sites/gazette/dashboard"
PHONE = {"viewport": {"width": 390, "height": 844}}


@pytest.fixture(autouse=True)
def _past(database: Database, site: Site) -> None:
    """Sixty comments of the last days, a third of them decided by a moderator."""
    with database.write() as session:
        history = History(session, site)
        anna, article = history.moderator("Anna"), history.article("a", "Council closes the High Street")
        for number in range(60):
            toxicity = number / 60
            decided = number % 3 == 0 and number > 20
            history.comment(
                utc_now() - timedelta(hours=2 * number + 1),
                scores={Attribute.TOXICITY: toxicity},
                article=article,
                decided_by=anna if decided else None,
                verdict=(Verdict.REJECT if number > 35 else Verdict.APPROVE) if decided else None,
            )
        seen = utc_now() + timedelta(hours=1)
        session.add(WorkerBeat(role="classification", host="h", pid=1, started_at=utc_now(), seen_at=seen))


def test_a_threshold_is_dragged_previewed_and_activated(opens: Opens, database: Database, site: Site) -> None:
    window = opens("lea@gazette.example")
    page = window.goto(POLICY)
    handle = page.get_by_role("slider", name="Reject from, toxic")
    expect(handle).to_have_attribute("aria-valuetext", "from 0.92")
    box, chart = handle.bounding_box(), page.locator(".u-over").bounding_box()
    assert box is not None
    assert chart is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(chart["x"] + chart["width"] * 0.7, box["y"] + 100, steps=5)
    page.mouse.up()
    field = page.locator("[name=reject_toxicity]")
    expect(field).to_have_value("0.70")
    preview = page.locator("#preview")
    expect(preview).to_contain_text("Against the moderators")
    expect(preview.locator(".verdict-reject")).to_contain_text(re.compile(r"4\s*18\s*\+14"))
    expect(page.locator("#curve-told")).to_contain_text("Reject from 0.70: reaches 30 % of the comments")
    handle.focus()
    page.keyboard.press("ArrowLeft")
    expect(field).to_have_value("0.69")
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    expect(field).to_have_value("0.49")
    expect(page.locator("[name=hold_toxicity]")).to_have_value("0.49")  # pushed along: the two never cross
    page.get_by_role("button", name="Activate…").click()
    page.get_by_role("button", name="Activate version 1").click()
    expect(page.get_by_text("Version 1 is in force.")).to_be_visible()
    with database.read() as session:
        threshold = policies.active(session, site.id).rules.thresholds[Attribute.TOXICITY]
    assert (threshold.hold_at, threshold.reject_at) == (0.49, 0.49)


def test_terms_are_tried_without_losing_the_draft(opens: Opens) -> None:
    window = opens("lea@gazette.example")
    page = window.goto(POLICY)
    page.get_by_label("Blocked terms").fill("remark")
    page.get_by_role("button", name="Try the terms").click()
    expect(page.locator("#terms .term")).to_contain_text("found in 60 comments")
    expect(page.locator("#preview")).to_contain_text("on the blocked list: remark")
    expect(page.get_by_label("Blocked terms")).to_have_value("remark")


def test_terms_are_tried_while_they_are_typed_and_the_short_ones_are_warned_of(opens: Opens) -> None:
    window = opens("lea@gazette.example")
    page = window.goto(POLICY)
    page.get_by_label("Suspect terms").press_sequentially("comfortably")
    expect(page.locator("#terms .term")).to_contain_text("found in 60 comments")
    page.get_by_label("Blocked terms").press_sequentially("sex")
    expect(page.locator("#terms")).to_contain_text("Essex")
    page.evaluate("scrollTo(0, 0)")  # nothing half under the bar at the top
    assert violations(page) == []


def test_a_policy_is_planned_shadowed_compared_and_rolled_back(opens: Opens, database: Database, site: Site) -> None:
    window = opens("lea@gazette.example")
    page = window.goto(POLICY)

    def reject_from(value: str, button: str) -> None:
        page.locator("[name=reject_toxicity]").fill(value)
        page.get_by_role("button", name=button, exact=True).click()

    for number, value in enumerate(("0.80", "0.70"), start=1):
        reject_from(value, "Activate…")
        page.get_by_role("button", name=f"Activate version {number}").click()
    expect(page.get_by_text("Version 2 is in force.")).to_be_visible()

    reject_from("0.60", "Run as shadow")
    shadow = page.get_by_role("region", name="Shadow policy")
    expect(shadow).to_contain_text("Started by Lea Brandt")
    shadow.locator("summary").click()
    shadow.get_by_role("checkbox").check()
    shadow.get_by_role("button", name="End the shadow").click()
    expect(shadow).to_have_count(0)

    page.get_by_text("Activate later").click()
    page.get_by_label("In force from (UTC)").fill((utc_now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"))
    reject_from("0.65", "Schedule")
    planned = page.get_by_role("region", name="Planned")
    expect(planned).to_contain_text("by Lea Brandt")
    planned.locator("summary").click()
    planned.get_by_role("checkbox").check()
    planned.get_by_role("button", name="Cancel").click()
    expect(planned).to_have_count(0)

    page.get_by_role("region", name="Versions").get_by_role("link", name="1", exact=True).click()
    changes = page.get_by_role("table").nth(1)
    expect(changes).to_contain_text(re.compile(r"toxicity.*0\.70?.*0\.80?", re.S))
    assert violations(page) == []
    page.get_by_role("button", name="Put version 1 in force again").click()
    expect(page.get_by_text("The rules of version 1 are in force again, as version 3.")).to_be_visible()
    with database.read() as session:
        active = policies.active(session, site.id)
    assert (active.version, active.rules.thresholds[Attribute.TOXICITY].reject_at) == (3, 0.8)


def test_the_policy_works_without_scripts(opens: Opens) -> None:
    window = opens("lea@gazette.example", java_script_enabled=False)
    page = window.goto(POLICY)
    page.locator("[name=reject_toxicity]").fill("0.7")
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.locator("#preview .verdict-reject")).to_contain_text(re.compile(r"4\s*18\s*\+14"))
    page.get_by_role("link", name="curve of toxic", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thresholds for toxic")


@pytest.mark.parametrize(("look", "options"), [("light", {}), ("phone", PHONE)], ids=["light", "phone"])
def test_a_preview_and_what_is_drawn_fit_the_window(opens: Opens, look: str, options: dict[str, object]) -> None:
    """The pages themselves are gone over by test_axe.py, without a past to draw and without a preview."""
    window = opens("lea@gazette.example", **options)
    page = window.goto(POLICY)
    page.locator("[name=reject_toxicity]").fill("0.7")
    page.locator("[name=reject_toxicity]").dispatch_event("change")
    expect(page.locator("#preview")).to_contain_text("Against the moderators")
    window.picture(f"insight-policy-{look}")
    window.fits("policy")
    page = window.goto(DASHBOARD)
    expect(page.locator(".chart canvas")).to_have_count(5)
    window.picture(f"insight-dashboard-{look}")
    window.fits("dashboard")


def test_charts_are_drawn_from_their_tables_and_follow_new_figures(
    opens: Opens, database: Database, site: Site
) -> None:
    window = opens("lea@gazette.example")
    page = window.goto(DASHBOARD)
    expect(page.locator("#card-volume canvas")).to_be_visible()
    expect(page.locator(".chart canvas")).to_have_count(5)
    page.locator("#table-volume summary").click()
    expect(page.locator("#card-volume table")).to_be_visible()
    box = page.locator("#card-volume .u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 30, box["y"] + 50)
    expect(page.locator("#card-volume .chart-told")).to_contain_text(
        re.compile(r"approved \d+.*held \d+.*rejected \d+")
    )
    with database.write() as session:
        session.query(WorkerBeat).delete()
    page.evaluate("document.activeElement.blur()")
    page.clock.install()
    page.reload()
    expect(page.locator(".banner-bad")).to_contain_text("Scoring is down")
    with database.write() as session:
        seen = utc_now() + timedelta(hours=1)
        session.add(WorkerBeat(role="classification", host="h", pid=2, started_at=utc_now(), seen_at=seen))
    page.clock.run_for(40_000)
    expect(page.locator(".banner")).to_contain_text("Scoring is up.")
    expect(page.locator(".chart canvas")).to_have_count(5)
