"""A refused form in a browser: the page comes back with what was typed and why, with and without scripts."""

import pytest
from playwright.sync_api import expect

from service.db import Database
from service.models import Site
from tests.service.console.conftest import Opens
from tests.support.held import hold

pytestmark = [pytest.mark.one_database, pytest.mark.usefixtures("tries")]

LOOKS = {
    "scripts": {},
    "plain": {"java_script_enabled": False},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}


@pytest.fixture
def comment_id(site: Site, database: Database) -> str:
    """A held comment by Tom Reed."""
    return hold(database, site.id, 0, author_id="tom", author_name="Tom Reed").id


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.usefixtures("comment_id")
def test_an_author_blocked_without_a_reason_can_be_blocked_with_one_on_the_same_page(opens: Opens, look: str) -> None:
    window = opens("lea@gazette.example", refusals=True, **LOOKS[look])
    page = window.goto("/console/sites/gazette/author?id=tom")
    page.get_by_label("Blocked").check()
    page.get_by_label("How long").select_option("7")
    for reason in ("", "   "):
        page.get_by_label("Reason, for other moderators").fill(reason)
        page.get_by_role("button", name="Save").click()
        alert = page.get_by_role("alert").filter(has_text="a block needs a reason")
        expect(alert).to_be_visible()
        expect(alert).to_be_in_viewport()
        expect(page.get_by_label("Blocked")).to_be_checked()
        expect(page.get_by_label("How long")).to_have_value("7")
        expect(page.get_by_label("Reason, for other moderators")).to_have_value(reason)
    if look != "plain":
        window.fits("the refused form")
    window.picture(f"author-refused-{look}")
    page.get_by_label("Reason, for other moderators").fill("Adverts")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The author is blocked now.")).to_be_visible()


def test_a_blank_note_is_refused_on_the_comments_page(opens: Opens, comment_id: str) -> None:
    window = opens("lea@gazette.example", refusals=True, **LOOKS["plain"])
    page = window.goto(f"/console/sites/gazette/comments/{comment_id}")
    page.locator(".note-form [name=note]").fill("   ")
    page.locator(".note-form button").click()
    expect(page.locator(".note-form [role=alert]")).to_be_visible()
    window.picture("note-refused")
    page.locator(".note-form [name=note]").fill("Ask Ben")
    page.locator(".note-form button").click()
    expect(page.get_by_text("Ask Ben")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.usefixtures("comment_id")
def test_a_view_without_a_name_is_refused_on_its_list(opens: Opens, look: str) -> None:
    window = opens("lea@gazette.example", refusals=True, **LOOKS[look])
    page = window.goto("/console/sites/gazette/review?order=severe&author=tom")
    page.get_by_text("Save this view").click()
    page.locator("#view-name").fill("  ")
    page.locator("button[form=save-view]").click()
    expect(page.get_by_role("alert").filter(has_text="A saved view needs a name.")).to_be_visible()
    if look != "plain":
        window.fits("the refused view")
    window.picture(f"view-refused-{look}", whole=False)
    page.locator("#view-name").fill("Tom")
    page.locator("button[form=save-view]").click()
    expect(page.get_by_text("Saved the view “Tom”.")).to_be_visible()
