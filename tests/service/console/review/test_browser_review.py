"""A moderator's work in a real browser: keys only, undo, two at once, bulk by histogram, hostile texts, access."""

import time
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import func, select

from service.db import Database
from service.models import Comment, Site
from service.models.moderator import Role
from service.vocabulary import CommentStatus
from tests.service.console.conftest import Opens
from tests.support.browser import serving
from tests.support.console import add_moderator

pytestmark = pytest.mark.one_database


@pytest.fixture
def address(app: Flask, site: Site, database: Database) -> Iterator[str]:
    add_moderator(database, "ana@gazette.example", "Ana Lima", gazette=Role.LEAD)
    add_moderator(database, "ben@gazette.example", "Ben Okafor", gazette=Role.MODERATOR)
    with serving(app) as address:
        yield address


def count(database: Database, status: CommentStatus) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).where(Comment.status == status)) or 0


def eventually(database: Database, status: CommentStatus, amount: int) -> None:
    until = time.monotonic() + 20
    while (found := count(database, status)) != amount and time.monotonic() < until:
        time.sleep(0.1)
    assert found == amount


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
    time.sleep(0.5)
    assert count(database, CommentStatus.HELD) == 1


def test_two_moderators_at_once_never_decide_on_the_same_comment(opens: Opens, database: Database) -> None:
    ana = opens(held=6)
    ana.in_panel()
    ben = opens("ben@gazette.example", refusals=True)
    ben.in_panel()
    expect(ben.page.locator(".dossier .notice-warn")).to_contain_text("Ana Lima is deciding")
    ben.page.keyboard.press("a")
    expect(ben.page.locator(".toast-bad")).to_contain_text("Ana Lima is deciding")
    assert count(database, CommentStatus.APPROVED) == 0
    ana.page.keyboard.press("a")
    eventually(database, CommentStatus.APPROVED, 1)
    ben.page.keyboard.press("j")
    ben.in_panel()
    ben.picture("two-at-once", whole=False)


def test_bulk_by_histogram_and_undone_as_one(opens: Opens, database: Database) -> None:
    window = opens(held=14)
    page = window.page
    page.click("text=by score")
    window.picture("bulk")
    page.locator(".histogram a").nth(18).click()  # 0.90 to 0.95
    expect(page.locator("h2 >> nth=1")).to_have_text("4 comments")
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
