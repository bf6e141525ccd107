"""Wellbeing: covered text, reminders of a break, easy comments in between; and custom keys."""

import pytest
from playwright.sync_api import Browser, Page, expect

from service.db import Database
from service.models import Comment, Site
from service.vocabulary import Attribute
from tests.service.console.conftest import Opens
from tests.support.browser import Window
from tests.support.held import SAID, Said, hold

pytestmark = pytest.mark.one_database
THREAT = SAID[2]
REVIEW, PREFERENCES = "/console/sites/gazette/review", "/console/preferences"


def prefer(window: Window, **choices: str | bool) -> Page:
    """Choose in the form, as a person does, and open the review queue."""
    page = window.goto(PREFERENCES)
    for name, value in choices.items():
        field = page.locator(f"[name={name}]")
        if isinstance(value, bool):
            field.set_checked(value)
        elif field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    return window.goto(REVIEW)


def test_severe_text_is_covered_until_it_is_in_focus_or_asked_for_and_for_each_as_they_chose(
    opens: Opens, site: Site, database: Database
) -> None:
    hold(database, site.id, 0)
    severe = hold(database, site.id, 1, said=THREAT)
    ana = opens()
    page = ana.goto(REVIEW)
    ana.in_panel()
    row = page.locator(f"#row-{severe.id}")
    expect(row).to_contain_text("Severe text, covered")
    expect(page.locator("body")).not_to_contain_text("teach him a lesson")
    page.keyboard.press("j")
    ana.in_panel()
    expect(page.locator(".panel .comment-text")).to_contain_text("teach him a lesson")
    expect(row).to_contain_text("Severe text, covered")

    page = prefer(ana, cover="ask")
    ana.in_panel()
    page.keyboard.press("j")
    ana.in_panel()
    text = page.locator(".panel .comment-text")
    expect(text).to_be_hidden()
    page.keyboard.press("v")
    expect(text).to_be_visible()
    page.keyboard.press("v")
    expect(text).to_be_hidden()

    ben = opens("ben@gazette.example")
    page = prefer(ben, cover="never")
    expect(page.locator(f"#row-{severe.id}")).to_contain_text("teach him a lesson")
    expect(ana.goto(REVIEW).locator(f"#row-{severe.id}")).to_contain_text("Severe text, covered")


def test_the_reminder_of_a_break_comes_after_the_minutes_one_chose_and_again(address: str, opens: Opens) -> None:
    window = opens(held=1)
    window.page.clock.install()
    page = prefer(window, break_minutes="30")
    reminder = page.locator(".toast", has_text="You have worked for 30 minutes. A short break helps.")
    page.clock.fast_forward("29:00")
    expect(reminder).to_have_count(0)
    page.goto(address + REVIEW)  # another page does not begin the half hour anew
    page.clock.fast_forward("02:00")
    expect(reminder).to_be_visible()
    page.clock.fast_forward("02:00")
    expect(reminder).to_have_count(0)
    page.clock.fast_forward("30:00")
    expect(reminder).to_be_visible()


def test_easy_ones_are_put_in_for_who_wants_them_and_the_keys_go_through_the_list_as_it_stands(
    address: str, opens: Opens, site: Site, database: Database
) -> None:
    severe = [held(database, site, number, severe=True) for number in range(30)]
    easy = [held(database, site, number, severe=False) for number in range(30, 38)]
    vic = opens("vic@gazette.example")  # who decides nothing, and so reserves nothing
    expect(vic.goto(REVIEW).locator(".row").nth(4)).not_to_contain_text("easy one")
    ana = opens()
    page = prefer(ana, easy_ones=True)
    expect(page.get_by_text("Easy comments are mixed in.")).to_be_visible()
    expect(page.locator(".row").nth(4)).to_contain_text("easy comment, shown early")
    expect(page.locator("[data-count=total]")).to_have_text("38")
    ana.picture("review-easy-ones", whole=False)
    ana.in_panel()
    seen = []
    for _ in range(38):
        ana.in_panel()
        seen.append(page.evaluate("document.querySelector('.row[data-current]').dataset.id"))
        page.keyboard.press("j")
    assert len(set(seen)) == 38  # every one once, over two pages of the list
    assert [one for one in seen if one in severe] == severe
    assert [at for at, one in enumerate(seen) if one in easy][:6] == [4, 9, 14, 19, 24, 29]
    page.keyboard.press("k")
    ana.in_panel()
    page.goto(address + REVIEW)
    ana.in_panel()
    for _ in range(4):
        page.keyboard.press("j")
        ana.in_panel()
    mixed_in = page.evaluate("document.querySelector('.row[data-current]').dataset.id")
    page.keyboard.press("a")
    ana.in_panel()
    expect(page.locator("[data-count=total]")).to_have_text("37")
    assert mixed_in == easy[0]
    expect(page.locator(f"#row-{severe[4]}[data-current]")).to_be_visible()
    expect(page.locator(".toast button")).to_have_text("Undo (u)")  # not before the server answered
    page.keyboard.press("u")
    expect(page.locator("[data-count=total]")).to_have_text("38")
    expect(page.locator(".row").nth(4)).to_have_attribute("data-id", easy[0])


def held(database: Database, site: Site, number: int, *, severe: bool) -> str:
    scores = {Attribute.THREAT: 0.9} if severe else {Attribute.OBSCENE: 0.5}
    comment: Comment = hold(
        database, site.id, number, said=Said(THREAT.text if severe else SAID[6].text, "Tom", scores)
    )
    return comment.id


def test_keys_of_ones_own_work_at_once_and_the_old_ones_do_nothing(opens: Opens) -> None:
    window = opens(held=3, refusals=True)  # two actions on one key
    page = prefer(window, key_next="m", key_search="f")
    window.in_panel()
    first = page.evaluate("document.querySelector('.row[data-current]').dataset.id")
    page.keyboard.press("j")
    assert page.evaluate("document.querySelector('.row[data-current]').dataset.id") == first
    page.keyboard.press("m")
    window.in_panel()
    assert page.evaluate("document.querySelector('.row[data-current]').dataset.id") != first
    page.keyboard.press("f")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys-dialog")).to_contain_text("mNext comment")
    page = window.goto(PREFERENCES)
    page.locator("[name=key_skip]").fill("m")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Two actions share the key m. Give each its own.")).to_be_visible()


def test_the_main_ways_are_open_to_the_keyboard_alone(
    browser: Browser, address: str, site: Site, database: Database
) -> None:
    """Single keys are off here: Tab, Enter, Space and arrows have to do."""
    for number in range(3):
        hold(database, site.id, number)
    window = Window(browser, address)
    page = window.goto("/console/sign-in")
    page.keyboard.type("ana@gazette.example")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery")
    page.keyboard.press("Enter")
    page.wait_for_url("**/review*")
    prefer(window, keys_on=False)
    page = window.goto(PREFERENCES)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page = window.goto(REVIEW)
    window.in_panel()
    to(page, "link", "Nina Falk")
    page.keyboard.press("Enter")
    window.in_panel()
    to(page, "button", "Approve")
    page.keyboard.press("Enter")
    expect(page.locator(".row")).to_have_count(2)
    expect(page.locator("#live")).to_have_text("Approved. Next comment.")
    window.in_panel()
    page.wait_for_timeout(260)  # a second decision within a quarter of a second is taken for the first one's echo
    to(page, "summary", "Reject…")
    page.keyboard.press("Enter")
    to(page, "radio", "")
    page.keyboard.press("ArrowDown")
    to(page, "button", "Reject")
    page.keyboard.press("Enter")
    expect(page.locator(".row")).to_have_count(1)
    to(page, "button", "Undo")
    page.keyboard.press("Enter")
    expect(page.locator(".row")).to_have_count(2)


FOCUSED = "() => [document.activeElement.tagName, document.activeElement.innerText || '', document.activeElement.type]"


def to(page: Page, role: str, name: str) -> None:
    """Press Tab until the focus is on such an element; fail where it never comes there."""
    tag = {"link": "A", "button": "BUTTON", "radio": "INPUT", "summary": "SUMMARY"}[role]
    for _ in range(90):
        found, text, kind = page.evaluate(FOCUSED)
        if found == tag and text.lstrip().startswith(name) and (role != "radio" or kind == "radio"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to the {role} {name!r}")
