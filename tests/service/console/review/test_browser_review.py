"""A moderator's work in a real browser: keys only, undo, two at once, bulk by histogram, hostile texts, access."""

import pytest
from playwright.sync_api import expect

from service.db import Database
from service.vocabulary import CommentStatus
from tests.service.console.conftest import Opens
from tests.support.held import count, eventually

pytestmark = pytest.mark.one_database


def test_twenty_comments_by_keys_only(opens: Opens, database: Database) -> None:
    window = opens(held=20)
    page = window.page
    window.in_panel()
    window.picture("review-light", whole=False)
    moved: list[float] = []
    for number in range(20):
        window.in_panel()
        page.wait_for_timeout(260)  # a second press within a quarter of a second is taken for the first one\'s echo
        before = page.evaluate("document.querySelector('.row[data-current]').dataset.id")
        # Measured in the page: from the key to the focus on another comment.
        page.evaluate(
            """before => { window.moved = null; window.begun = null;
              const begin = () => { window.begun = performance.now(); };
              addEventListener('keydown', begin, {once: true, capture: true});
              addEventListener('focusin', (event) => {
                if (event.target.closest('.row')?.dataset.id === before) return;
                window.moved ??= performance.now() - window.begun;
              }); }""",
            before,
        )
        if number % 3 == 2:
            page.keyboard.press("r")
            page.wait_for_selector("#reject-dialog[open]")
            page.evaluate(
                "addEventListener('keydown', () => { window.begun = performance.now(); }, {once: true, capture: true})"
            )
            page.keyboard.press("1")
        else:
            page.keyboard.press("a")
        if number < 19:
            page.wait_for_function("window.moved !== null")
            moved.append(page.evaluate("window.moved"))
    eventually(database, CommentStatus.APPROVED, 14)
    eventually(database, CommentStatus.REJECTED, 6)
    expect(page.locator("[data-empty]")).to_be_visible()
    print(f"\nfocus on the next comment after a decision: median {sorted(moved)[9]:.1f} ms, worst {max(moved):.1f} ms")
    assert sorted(moved)[9] < 100


def test_undo_by_key_brings_the_comment_back_and_it_can_be_decided_again(opens: Opens, database: Database) -> None:
    window = opens(held=3)
    page = window.page
    window.in_panel()
    page.keyboard.press("a")
    eventually(database, CommentStatus.APPROVED, 1)
    expect(page.locator("#live")).to_have_text("Approved. Next comment.")
    expect(page.locator(".toast button")).to_have_text("Undo (u)")
    page.keyboard.press("u")
    eventually(database, CommentStatus.APPROVED, 0)
    expect(page.locator(".row")).to_have_count(3)
    window.in_panel()
    page.keyboard.press("r")
    page.keyboard.press("0")
    eventually(database, CommentStatus.REJECTED, 1)


def test_keys_do_nothing_while_somebody_types_or_when_switched_off(
    address: str, opens: Opens, database: Database
) -> None:
    window = opens(held=1)
    page = window.page
    window.in_panel()
    page.keyboard.press("/")
    page.keyboard.type("area")
    assert page.input_value("#q") == "area"
    page.goto(f"{address}/console/preferences")
    page.uncheck("[name=keys_on]")
    page.click("text=Save >> nth=-1")
    page.goto(f"{address}/console/sites/gazette/review")
    window.in_panel()
    page.keyboard.press("a")
    page.locator("summary.button-bad").click()
    page.locator(".verdict [type=radio]").first.check()
    page.locator("button[value=reject]").click()
    eventually(database, CommentStatus.REJECTED, 1)


CURRENT = "document.querySelector('.row[data-current]').dataset.id"


def test_two_moderators_at_once_never_decide_on_the_same_comment(opens: Opens, database: Database) -> None:
    ana = opens(held=6)
    ana.in_panel()
    ben = opens("ben@gazette.example", refusals=True)
    ben.in_panel()
    anas = ana.page.evaluate(CURRENT)
    assert ben.page.evaluate(CURRENT) != anas
    ben.page.click(f"#row-{anas} .row-link")  # who asks for it sees it, and who is deciding on it
    expect(ben.page.locator(".dossier .notice-warn")).to_contain_text("Ana Lima is deciding")
    ben.page.keyboard.press("a")
    expect(ben.page.locator(".toast-bad")).to_contain_text("Ana Lima is deciding")
    assert count(database, CommentStatus.APPROVED) == 0
    ana.page.keyboard.press("a")
    eventually(database, CommentStatus.APPROVED, 1)
    ben.page.keyboard.press("j")
    ben.in_panel()
    ben.picture("two-at-once", whole=False)


def test_two_moderators_work_through_a_queue_without_meeting(opens: Opens, database: Database) -> None:
    ana = opens(held=16)
    ana.in_panel()
    ben = opens("ben@gazette.example")
    ben.in_panel()
    for number in range(8):
        for window in (ana, ben):
            window.in_panel()
            expect(window.page.locator(".dossier .notice-warn")).to_have_count(0)
            window.page.wait_for_timeout(260)  # a second press within a quarter of a second is taken for an echo
            window.page.keyboard.press("a")
        eventually(database, CommentStatus.APPROVED, 2 * number + 2)
    expect(ana.page.locator("[data-empty]")).to_be_visible()


def test_skipping_on_a_page_of_its_own_leads_past_what_another_moderator_has(opens: Opens, database: Database) -> None:
    ana = opens(held=3)
    ana.in_panel()
    anas = ana.page.evaluate(CURRENT)
    ben = opens("ben@gazette.example", viewport={"width": 390, "height": 844})
    ids = ben.page.evaluate("[...document.querySelectorAll('.row')].map(row => row.dataset.id)")
    free = [one for one in ids if one != anas]
    ben.page.click(f"#row-{anas} .row-link")
    expect(ben.page.locator(".notice-warn")).to_contain_text("Ana Lima is deciding")
    for following in free:
        ben.page.click("[data-skip]")
        expect(ben.page.locator(".dossier")).to_have_attribute("data-comment", following)
    ben.picture("phone-skip", whole=False)
    ben.page.click("[data-skip]")
    ben.page.wait_for_url("**/review*")


def test_bulk_by_histogram_and_undone_as_one(opens: Opens, database: Database) -> None:
    window = opens(held=14)
    page = window.page
    window.in_panel()
    page.keyboard.press("b")
    page.wait_for_url("**/review/bulk*")
    page.locator(".histogram a").nth(18).click()  # 0.90 to 0.95
    expect(page.locator("h2 >> nth=1")).to_have_text("4 comments")
    page.locator("[name=reason]").first.check()
    window.picture("bulk")
    page.click("text=Reject 4 comments")
    page.wait_for_url("**/review?*")
    eventually(database, CommentStatus.REJECTED, 4)
    page.click(".notice-row button")
    eventually(database, CommentStatus.REJECTED, 0)


@pytest.mark.parametrize(("name", "width", "height"), [("phone", 390, 844), ("zoomed", 320, 256)])
def test_the_work_can_be_done_at_phone_width_and_at_400_per_cent(
    opens: Opens, database: Database, name: str, width: int, height: int
) -> None:
    window = opens(held=4, refusals=True, viewport={"width": width, "height": height})
    page = window.page
    window.picture(f"{name}-queue", whole=False)
    page.locator(".row-link").nth(1).click()
    page.wait_for_selector(".dossier")
    window.picture(f"{name}-comment", whole=False)
    assert window.beyond() <= 0
    page.click("text=Approve")
    eventually(database, CommentStatus.APPROVED, 1)
