"""The histogram of the bulk page in a browser: dragged, moved by keys, the count and the sample that follow."""

import pytest
from playwright.sync_api import Page, expect

from service.db import Database
from service.models import Site
from tests.service.console.conftest import Opens
from tests.support.browser import violations
from tests.support.held import hold

BULK = "/console/sites/gazette/review/bulk"


@pytest.fixture(autouse=True)
def _held(database: Database, site: Site) -> None:
    """14 held comments, two each at .51 .56 .52 .62 .77 .86 .91 .93 or so."""
    for number in range(14):
        hold(database, site.id, number)


def drag(page: Page, name: str, score: float) -> None:
    """Pull the slider of that name to the score."""
    slider = page.get_by_role("slider", name=name)
    frame, handle = page.locator("#range").bounding_box(), slider.bounding_box()
    assert frame
    assert handle
    height = frame["y"] + frame["height"] / 2
    page.mouse.move(handle["x"] + handle["width"] / 2, height)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] * (score + 0.1), height, steps=4)
    page.mouse.move(frame["x"] + frame["width"] * score, height, steps=4)
    page.mouse.up()


@pytest.mark.one_database
def test_a_range_is_dragged_and_moved_by_keys_and_what_is_decided_follows(
    opens: Opens, database: Database, site: Site
) -> None:
    window = opens()
    page = window.goto(BULK)
    expect(page.get_by_role("heading", name="Nothing is selected yet")).to_be_visible()
    expect(page.locator(".bar-on")).to_have_count(0)
    window.picture("bulk-empty")
    page.get_by_role("link", name="Select all 14 comments").click()
    expect(page.get_by_role("button", name="Approve 14 comments")).to_be_visible()
    expect(page.get_by_role("slider")).to_have_count(2)  # the script has drawn what it found
    expect(page.locator(".bar:not(.bar-on)")).to_have_count(0)
    drag(page, "Scores from", 0.9)
    expect(page.get_by_label("From", exact=True)).to_have_value("0.90")
    expect(page.get_by_role("button", name="Approve 4 comments")).to_be_visible()
    expect(page.locator("#live")).to_have_text("4 comments in this range")
    expect(page.locator(".bar-on")).to_have_count(2)
    expect(page.locator(".sample")).not_to_contain_text("estimate was six million")
    assert "score_from=0.90" in page.url

    page.locator(".histogram a").nth(18).click()
    expect(page.get_by_label("To", exact=True)).to_have_value("0.95")
    frame = page.locator("#range").bounding_box()
    assert frame
    page.mouse.move(frame["x"] + frame["width"] * 0.5, frame["y"] + 20)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] * 0.55, frame["y"] + 20, steps=3)
    page.mouse.up()
    expect(page.get_by_label("From", exact=True)).to_have_value("0.50")
    expect(page.get_by_role("button", name="Approve 4 comments")).to_be_visible()

    upper = page.get_by_role("slider", name="Scores to")
    upper.press("Home")  # pushes the lower end before it
    expect(page.get_by_label("From", exact=True)).to_have_value("0.00")
    expect(page.get_by_text("No comments in this range.")).to_be_visible()
    upper.press("End")
    lower = page.get_by_role("slider", name="Scores from")
    for _ in range(9):
        lower.press("PageUp")
    lower.press("ArrowRight")
    expect(lower).to_have_attribute("aria-valuetext", "0.91")
    expect(page.get_by_role("button", name="Reject 4 comments")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Reject 4 comments").click()  # without a reason, the browser asks for one
    page.get_by_label("Insults a person").check()
    page.get_by_role("button", name="Reject 4 comments").click()
    expect(page.get_by_text("Rejected 4 comments.").first).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_text("Undone: 4 comments back in the queue.").first).to_be_visible()


@pytest.mark.one_database
def test_what_was_counted_cannot_be_decided_on_while_the_range_moves(opens: Opens) -> None:
    window = opens()
    page = window.goto(BULK)
    page.route(f"**{BULK}?*", lambda route: None)  # the answer never comes
    page.get_by_role("slider", name="Scores from").press("PageUp")
    assert page.locator("#found").evaluate("one => one.inert") is True


@pytest.mark.one_database
def test_a_chosen_range_fits_the_window_at_400_per_cent(opens: Opens) -> None:
    """The page as it opens is gone over by test_axe.py at other widths and in the dark."""
    window = opens(viewport={"width": 340, "height": 256})  # of 1360 pixels
    page = window.goto(f"{BULK}?score_from=0.6&score_to=1")
    expect(page.get_by_role("slider", name="Scores from")).to_have_attribute("aria-valuetext", "0.60")
    window.picture("insight-bulk-zoomed")
    window.fits("bulk")


@pytest.mark.one_database
def test_without_scripts_the_bars_and_the_number_fields_do_the_same(opens: Opens) -> None:
    window = opens(java_script_enabled=False)
    page = window.goto(f"{BULK}?order=severe&score_from=0&score_to=1")
    page.locator(".histogram a").nth(18).click()
    expect(page.get_by_label("From", exact=True)).to_have_value("0.9")
    expect(page.get_by_role("button", name="Approve 4 comments")).to_be_visible()
    page.get_by_label("From", exact=True).fill("0.5")
    page.get_by_label("To", exact=True).fill("0.6")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("button", name="Approve 6 comments")).to_be_visible()
    assert "order=severe" in page.url
