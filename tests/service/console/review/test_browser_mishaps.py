"""Mishaps of an evening of moderating: the page reports each, nothing is decided unseen, and nothing is lost."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import delete

from service.clock import utc_now
from service.db import Database
from service.models import ConsoleSession, Site, WorkerBeat
from service.vocabulary import CommentStatus
from tests.support.browser import Window
from tests.support.console import PASSWORD
from tests.support.held import count, eventually, hold

pytestmark = pytest.mark.one_database
REVIEW = "/console/sites/gazette/review"
DECISIONS, COMMENTS = "**/comments/*/decision", "**/comments/*"


@pytest.fixture(autouse=True)
def _held(site: Site, database: Database) -> None:
    for number in range(4):
        hold(database, site.id, number)


@pytest.fixture
def window(browser: Browser, address: str) -> Iterator[Window]:
    """Ana's window on the queue, the first comment open."""
    window = Window(browser, address, refusals=True).sign_in("ana@gazette.example")
    window.in_panel()
    yield window
    # What the browser and htmx log of the cuts we made ourselves.
    unexpected = [fault for fault in window.faults if "net::ERR_" not in fault and "console: htmx:" not in fault]
    window.close()
    assert unexpected == []


def current(page: Page) -> str:
    return str(page.evaluate("document.querySelector('.row[data-current]').dataset.id"))


def reject_the_next(window: Window, database: Database) -> None:
    """Decide on one comment more: whatever an echo did to it or another has happened by then."""
    window.in_panel()
    window.page.wait_for_timeout(300)  # a press within a quarter of a second is taken for the echo of the last
    window.page.keyboard.press("r")
    window.page.keyboard.press("0")
    eventually(database, CommentStatus.REJECTED, 1)


def test_a_key_held_down_or_pressed_twice_decides_once(window: Window, database: Database) -> None:
    page = window.page
    page.keyboard.down("a")
    for _ in range(5):
        page.keyboard.down("a")  # what a keyboard sends while the key is down
    page.keyboard.up("a")
    eventually(database, CommentStatus.APPROVED, 1)
    window.in_panel()
    page.wait_for_timeout(300)
    page.evaluate(
        "for (let turn = 0; turn < 2; turn++) document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'a', bubbles: true, cancelable: true}))"
    )
    eventually(database, CommentStatus.APPROVED, 2)
    reject_the_next(window, database)
    assert count(database, CommentStatus.APPROVED) == 2


def test_a_double_click_decides_once(window: Window, database: Database) -> None:
    page = window.page
    page.locator(".verdict .button-good").dblclick(delay=30)
    eventually(database, CommentStatus.APPROVED, 1)
    reject_the_next(window, database)
    assert count(database, CommentStatus.APPROVED) == 1


def test_nothing_is_decided_on_a_comment_that_could_not_be_shown(window: Window, database: Database) -> None:
    page = window.page
    page.route(COMMENTS, lambda route: route.abort())
    page.keyboard.press("j")
    expect(page.locator("#panel [role=alert]")).to_contain_text("could not be opened")
    page.keyboard.press("a")
    expect(page.locator(".toast")).to_contain_text("still loading")
    assert count(database, CommentStatus.APPROVED) == 0
    page.unroute(COMMENTS)
    page.get_by_role("button", name="Try again").click()
    window.in_panel()
    page.keyboard.press("a")
    eventually(database, CommentStatus.APPROVED, 1)


def test_a_decision_that_does_not_arrive_comes_back_marked_and_the_next_one_stays_open(
    window: Window, database: Database
) -> None:
    page = window.page
    first = current(page)
    page.route(DECISIONS, lambda route: route.abort())
    page.keyboard.press("a")
    expect(page.locator(".toast-bad")).to_contain_text("did not answer")
    expect(page.locator("#live")).to_contain_text("did not answer")
    row = page.locator(f"#row-{first}")
    expect(row).to_have_attribute("data-failed", "")
    assert current(page) != first, "the comment that is being read by now was taken away"
    assert count(database, CommentStatus.APPROVED) == 0
    page.unroute(DECISIONS)
    window.picture("mishap-not-recorded", whole=False)
    page.wait_for_timeout(300)
    page.keyboard.press("k")
    window.in_panel()
    page.keyboard.press("a")
    eventually(database, CommentStatus.APPROVED, 1)
    expect(row).to_have_count(0)


def test_a_decision_whose_answer_is_lost_can_be_made_again(window: Window, database: Database) -> None:
    page = window.page

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(DECISIONS, lose)
    page.keyboard.press("a")
    expect(page.locator(".toast-bad")).to_contain_text("a decision counts only once")
    assert count(database, CommentStatus.APPROVED) == 1
    page.unroute(DECISIONS)
    page.wait_for_timeout(300)
    page.keyboard.press("k")
    window.in_panel()
    page.locator(".verdict").wait_for()
    assert count(database, CommentStatus.APPROVED) == 1


def test_who_is_signed_out_in_the_middle_is_told_and_comes_back_to_the_same_comment(
    window: Window, database: Database
) -> None:
    page = window.page
    page.keyboard.press("j")
    window.in_panel()
    mine = current(page)
    with database.write() as session:
        session.execute(delete(ConsoleSession))  # as when its time is over, or its owner ended it from elsewhere
    page.keyboard.press("a")
    expect(page.locator(".toast-bad")).to_contain_text("You are signed out, so your decision was not recorded")
    assert count(database, CommentStatus.APPROVED) == 0
    window.picture("mishap-signed-out", whole=False)
    page.locator(".toast a").click()
    page.get_by_label("Email").fill("ana@gazette.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/review")
    window.in_panel()
    page.locator(f"#row-{mine} .row-link").click()
    window.in_panel()
    page.keyboard.press("a")
    eventually(database, CommentStatus.APPROVED, 1)


def test_an_answer_from_before_the_sign_out_does_not_load_the_page_again(window: Window, database: Database) -> None:
    page, late = window.page, []

    def look_again() -> None:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    page.route("**/pulse?*", lambda route: late.append((route, route.fetch())))
    with page.expect_request("**/pulse?*"):
        look_again()
    page.wait_for_timeout(100)
    with database.write() as session:
        session.execute(delete(ConsoleSession))
    page.keyboard.press("a")
    expect(page.locator(".toast-bad")).to_contain_text("You are signed out, so your decision was not recorded")
    for route, answer in late:
        route.fulfill(response=answer)
    page.unroute("**/pulse?*")
    with page.expect_response("**/pulse?*") as answered:
        look_again()
    assert answered.value.status == 401
    expect(page.locator(".toast-bad")).to_contain_text("You are signed out, so your decision was not recorded")


def test_a_page_of_an_earlier_sign_in_offers_to_be_loaded_again(window: Window, database: Database) -> None:
    page = window.page
    window.context.clear_cookies()
    page.keyboard.press("a")
    expect(page.locator(".toast-bad")).to_be_visible()
    expect(page.locator(".toast a")).to_be_visible()
    assert count(database, CommentStatus.APPROVED) == 0


def test_the_back_button_finds_the_comment_that_was_open(window: Window) -> None:
    page = window.page
    for _ in range(2):
        page.keyboard.press("j")
        window.in_panel()
    mine = current(page)
    page.get_by_role("link", name="Open author").click()
    page.wait_for_url("**/author?*")
    page.go_back()
    window.in_panel()
    assert current(page) == mine


def test_the_last_decisions_are_undone_one_after_the_other(window: Window, database: Database) -> None:
    page = window.page
    for number in range(2):
        page.keyboard.press("a")
        eventually(database, CommentStatus.APPROVED, number + 1)
        window.in_panel()
        page.wait_for_timeout(300)
    for number in (1, 0):
        page.keyboard.press("u")
        eventually(database, CommentStatus.APPROVED, number)
    expect(page.locator(".row")).to_have_count(4)
    page.keyboard.press("u")
    expect(page.locator(".toast")).to_contain_text("nothing to undo")


def test_of_two_tabs_the_later_one_is_told_what_happened(window: Window, database: Database) -> None:
    page = window.page
    other = window.context.new_page()
    other.goto(f"{window.address}{REVIEW}")
    other.wait_for_selector(".dossier")
    assert current(other) == current(page)
    other.keyboard.press("a")
    eventually(database, CommentStatus.APPROVED, 1)
    page.keyboard.press("r")
    page.keyboard.press("0")
    expect(page.locator(".toast-bad")).to_be_visible()
    assert count(database, CommentStatus.REJECTED) == 0


def test_an_empty_queue_does_not_pass_for_a_quiet_day_while_scoring_is_down(window: Window, database: Database) -> None:
    page = window.page
    banner = page.locator("[data-scoring]")
    expect(banner).to_contain_text("Scoring is down")
    with database.write() as session:
        session.add(WorkerBeat(role="classification", host="box", pid=7, started_at=utc_now(), seen_at=utc_now()))
    page.evaluate("dispatchEvent(new Event('online'))")  # polls at once
    expect(banner).to_be_hidden()


def test_a_server_that_stops_answering_is_said_and_so_is_its_return(window: Window) -> None:
    page = window.page
    notice = page.locator("[data-offline]")
    page.route("**/review/pulse?*", lambda route: route.abort())
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(notice).to_be_visible()
    page.unroute("**/review/pulse?*")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(notice).to_be_hidden()
