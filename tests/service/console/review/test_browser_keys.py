"""What the keys of the review page do beside deciding, and that what they open leaves the comment readable."""

import pytest
from playwright.sync_api import Page, expect

from service.clock import utc_now
from service.db import Database
from service.models import Site, WorkerBeat
from service.vocabulary import Attribute, CommentStatus
from tests.service.console.conftest import Opens
from tests.support.browser import violations
from tests.support.held import SAID, Said, eventually, hold

pytestmark = pytest.mark.one_database
REVIEW = "/console/sites/gazette/review"
LONG = Said(" ".join([SAID[2].text] * 30), "night_owl_77", {Attribute.THREAT: 0.7})
PHONE = {"width": 390, "height": 844}


def overlap(page: Page, one: str, other: str) -> bool:
    """Whether two elements cover a common part of the window."""
    first, second = page.locator(one).bounding_box(), page.locator(other).bounding_box()
    assert first
    assert second
    return all(
        first[side] < second[side] + second[size] and second[side] < first[side] + first[size]
        for side, size in (("x", "width"), ("y", "height"))
    )


def test_a_rejection_is_suggested_beside_the_text_that_it_is_about(
    opens: Opens, site: Site, database: Database
) -> None:
    hold(database, site.id, 0, said=LONG)
    hold(database, site.id, 1, said=Said(SAID[6].text, "Iris Moor", {Attribute.SEXUAL_EXPLICIT: 0.7}))
    window = opens(color_scheme="dark")
    page = window.in_panel()
    page.keyboard.press("r")
    expect(page.locator("#reject-dialog[open]")).to_be_visible()
    assert not overlap(page, "#reject-dialog", "#panel")
    expect(page.locator("#reject-dialog button:focus")).to_contain_text("Threatens or calls for violence")
    assert violations(page) == []
    window.picture("reject-beside-dark", whole=False)
    page.keyboard.press("Escape")
    expect(page.locator("#reject-dialog")).to_be_hidden()
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    eventually(database, CommentStatus.REJECTED, 1)
    expect(page.locator(".toast button")).to_be_visible()
    window.in_panel()
    assert not overlap(page, ".toast", "#panel")
    page.wait_for_timeout(260)  # a second press within a quarter of a second is taken for an echo
    page.keyboard.press("r")
    expect(page.locator("#reject-dialog .button-suggested")).to_have_count(0)
    page.keyboard.press("Enter")  # nothing is suggested, so nothing is chosen
    expect(page.locator("#reject-dialog[open]")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#reject-dialog button:focus")).to_contain_text("Insults a person")


def test_a_line_for_the_lead_a_note_and_the_author_by_keys_alone(opens: Opens, site: Site, database: Database) -> None:
    window = opens(held=3)
    page = window.in_panel()
    page.keyboard.press("n")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("Known from last week.")
    page.keyboard.press("Enter")
    expect(page.locator("#notes .note")).to_contain_text("Known from last week.")
    first = page.evaluate("document.querySelector('.row[data-current]').dataset.id")
    expect(page.locator(f"#row-{first} .row-link")).to_be_focused()
    page.keyboard.press("e")
    expect(page.locator("#escalate-note")).to_be_focused()
    page.keyboard.type("Is this libel?")
    window.picture("escalate", whole=False)
    expect(page.locator("[data-today] b")).to_have_text("0")
    page.evaluate(
        "window.said = []; new MutationObserver(() => said.push(document.querySelector('[data-today]').textContent))"
        ".observe(document.querySelector('[data-today] b'), { childList: true })"
    )
    page.keyboard.press("Enter")
    expect(page.locator(f"#row-{first}")).to_have_count(0)
    expect(page.locator("a.chip", has_text="Escalated").locator("b")).to_have_text("1")
    assert "1" not in "".join(page.evaluate("said")), "escalating is no decision"
    window.in_panel()
    second = page.evaluate("document.querySelector('.row[data-current]').dataset.id")
    page.keyboard.press("ArrowDown")
    window.in_panel()
    assert page.evaluate("document.querySelector('.row[data-current]').dataset.id") != second
    page.keyboard.press("ArrowUp")
    window.in_panel()
    assert page.evaluate("document.querySelector('.row[data-current]').dataset.id") == second
    page.wait_for_timeout(260)  # a second press within a quarter of a second is taken for an echo
    page.keyboard.press("a")
    expect(page.locator("[data-today]")).to_have_text("· 1 decided by you today")
    window.in_panel()
    page.keyboard.press("o")
    page.wait_for_url("**/author?*")
    lea = opens("lea@gazette.example").goto(f"{REVIEW}?lane=escalated")
    expect(lea.locator("[data-escalation]")).to_contain_text("Ana Lima escalates this: Is this libel?")


def test_the_selected_are_decided_by_a_key_and_undone_by_another(opens: Opens, database: Database) -> None:
    window = opens(held=3)
    page = window.in_panel()
    page.keyboard.press("x")
    page.keyboard.press("b")
    page.get_by_role("button", name="Approve 1 comment").click()
    eventually(database, CommentStatus.APPROVED, 1)
    window.in_panel()
    page.keyboard.press("u")
    eventually(database, CommentStatus.APPROVED, 0)
    window.settle()  # closing a window in the middle of a navigation may hang


def test_on_a_phone_comments_come_first_and_a_rejection_leaves_room_to_read(
    opens: Opens, site: Site, database: Database
) -> None:
    hold(database, site.id, 0, said=LONG)
    with database.write() as session:
        session.add(WorkerBeat(role="classification", host="box", pid=7, started_at=utc_now(), seen_at=utc_now()))
    window = opens("lea@gazette.example", viewport=PHONE)
    page = window.page
    first = page.locator(".row").first.bounding_box()
    assert first
    window.picture("phone-first", whole=False)
    assert first["y"] < 320
    assert page.locator(".mainnav a").evaluate_all("all => all.every(one => one.getBoundingClientRect().right <= 390)")
    page.locator(".row-link").first.click()
    page.locator(".reject-menu summary").click()
    form = page.locator(".reject-choices").bounding_box()
    assert form
    assert form["height"] < 844 / 2
    expect(page.locator(".reject-choices button")).to_be_in_viewport(ratio=1)
    window.picture("phone-reject", whole=False)
    assert violations(page) == []
