"""A moderator's work in a real browser: keys only, undo, two at once, bulk by histogram, hostile texts, access."""

import time
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from service.db import Database
from service.models import Comment, Site
from service.models.moderator import Role
from service.moderation.articles import ArticleSubmission
from service.vocabulary import CommentStatus
from tests.support.browser import Window, serving, violations
from tests.support.console import add_moderator
from tests.support.held import SAID, Said, hold

HOSTILE = (
    "<script>alert(1)</script> is what somebody wrote under this article about the bridge and its works.",
    "<img src=x onerror=alert(1)> and <svg onload=alert(1)> are two more ways to say the same about it.",
    '"><iframe srcdoc="<script>alert(1)</script>"></iframe> breaks out of an attribute, where one lets it.',
    "'-alert(1)-' {{7*7}} ${7*7} <%= 7*7 %> #{7*7} may mean something to one template engine or another.",
    "javascript:alert(1) data:text/html,<script>alert(1)</script> are addresses that nobody should follow.",
    "</blockquote></article><form action=https://evil.example><input name=password></form> wants a password.",
    "<a hx-get=/console/account hx-trigger=load>x</a><div data-verdict-form hx-on:click=alert(1)>hx</div> hm.",
    "The mayor said \u202eevitisop yrev si egdirb eht\u202c about the bridge, and \u2066isolated\u2069 too.",
    "pаypаl\u200b looks l\u200dike a name you know, with letters borrowed from elsewhere in between them.",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031e\u0349\u035aalgo " * 8,
    "\U000e0001\U000e0041\U000e0042 tags nobody sees, \ufeff a mark at the wrong place, and \u0000".replace("\x00", "")
    + " an end that is none in this comment.",
)


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


def in_panel(page: Page, row: int = 0) -> None:
    """Wait until the panel shows the current comment, whole."""
    page.wait_for_function(
        "() => { const row = document.querySelector('.row[data-current]'), shown = document.querySelector('.dossier');"
        " return row && shown && shown.dataset.comment === row.dataset.id; }"
    )


def test_twenty_comments_by_keys_only(browser: Browser, address: str, site: Site, database: Database) -> None:
    for number in range(20):
        hold(database, site.id, number)
    window = Window(browser, address).sign_in("ana@gazette.example")
    page = window.page
    in_panel(page)
    window.picture("review-light", whole=False)
    moved: list[float] = []
    for number in range(20):
        in_panel(page)
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
    assert window.faults == [], "\n".join(window.faults)
    window.close()


def test_undo_by_key_brings_the_comment_back_and_it_can_be_decided_again(
    browser: Browser, address: str, site: Site, database: Database
) -> None:
    for number in range(3):
        hold(database, site.id, number)
    window = Window(browser, address).sign_in("ana@gazette.example")
    page = window.page
    in_panel(page)
    page.keyboard.press("a")
    eventually(database, CommentStatus.APPROVED, 1)
    expect(page.locator("#live")).to_have_text("Approved. Next comment.")
    expect(page.locator(".toast button")).to_have_text("Undo (u)")
    page.keyboard.press("u")
    eventually(database, CommentStatus.APPROVED, 0)
    expect(page.locator(".row")).to_have_count(3)
    in_panel(page)
    page.keyboard.press("r")
    page.keyboard.press("0")
    eventually(database, CommentStatus.REJECTED, 1)
    assert window.faults == []
    window.close()


def test_keys_do_nothing_while_somebody_types_or_when_switched_off(
    browser: Browser, address: str, site: Site, database: Database
) -> None:
    hold(database, site.id, 0)
    window = Window(browser, address).sign_in("ana@gazette.example")
    page = window.page
    in_panel(page)
    page.keyboard.press("/")
    page.keyboard.type("area")
    assert page.input_value("#q") == "area"
    page.goto(f"{address}/console/preferences")
    page.uncheck("[name=keys_on]")
    page.click("text=Save >> nth=-1")
    page.goto(f"{address}/console/sites/gazette/review")
    in_panel(page)
    page.keyboard.press("a")
    time.sleep(0.5)
    assert count(database, CommentStatus.IN_REVIEW) == 1
    assert window.faults == []
    window.close()


def test_two_moderators_at_once_never_decide_on_the_same_comment(
    browser: Browser, address: str, site: Site, database: Database
) -> None:
    for number in range(6):
        hold(database, site.id, number)
    ana = Window(browser, address).sign_in("ana@gazette.example")
    in_panel(ana.page)
    ben = Window(browser, address, refusals=True).sign_in("ben@gazette.example")
    in_panel(ben.page)
    expect(ben.page.locator(".dossier .notice-warn")).to_contain_text("Ana Lima is deciding")
    ben.page.keyboard.press("a")
    expect(ben.page.locator(".toast-bad")).to_contain_text("Ana Lima is deciding")
    assert count(database, CommentStatus.APPROVED) == 0
    ana.page.keyboard.press("a")
    eventually(database, CommentStatus.APPROVED, 1)
    ben.page.keyboard.press("j")
    in_panel(ben.page)
    ben.picture("two-at-once", whole=False)
    assert ana.faults == ben.faults == []
    ana.close()
    ben.close()


def test_bulk_by_histogram_and_undone_as_one(browser: Browser, address: str, site: Site, database: Database) -> None:
    for number in range(14):
        hold(database, site.id, number)
    window = Window(browser, address).sign_in("ana@gazette.example")
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
    assert window.faults == []
    window.close()


def test_hostile_texts_stay_text(browser: Browser, address: str, site: Site, database: Database) -> None:
    for number, text in enumerate(HOSTILE):
        article = ArticleSubmission(id=f"a-{number}", title=text[:300], key_points=(text,), body=text)
        said = Said(text, text[:190], {SAID[0].scores and next(iter(SAID[0].scores)): 0.9})
        hold(database, site.id, number, said=said, id=f"x-{number}", author_id=text[:190], article=article)
    window = Window(browser, address).sign_in("ana@gazette.example")
    page = window.page
    in_panel(page)
    reports: list[str] = []
    page.expose_function("reported", lambda directive: reports.append(directive))
    page.evaluate("addEventListener('securitypolicyviolation', (event) => reported(event.violatedDirective))")
    for _ in HOSTILE:
        assert page.locator(".rows script, .rows img, .rows iframe, .rows form, .rows [hx-get]").count() == 0
        assert (
            page.locator(
                ".panel script, .panel img, .panel iframe, .panel [hx-get], .panel input[name=password]"
            ).count()
            == 0
        )
        assert page.locator(".panel form[action*='evil']").count() == 0
        page.fill(".note-form input[name=note]", "<b onclick=alert(1)>note</b>")
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        in_panel(page)
    expect(page.locator(".row .control").first).to_be_attached()
    page.goto(f"{address}/console/sites/gazette/review/bulk")
    assert page.locator("main script, main img, main iframe").count() == 0
    assert reports == []
    assert window.faults == []
    window.close()


PAGES = (
    "/console/sites/gazette/review",
    "/console/sites/gazette/review?filters=1&reason=toxic",
    "/console/sites/gazette/review/bulk",
    "/console/sites/gazette/reasons",
    "/console/preferences",
    "/console/account",
    "/console/nowhere",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(
    browser: Browser, address: str, site: Site, database: Database, scheme: str
) -> None:
    comments = [hold(database, site.id, number) for number in range(8)]
    window = Window(browser, address, refusals=True, color_scheme=scheme)
    window.page.goto(f"{address}/console/sign-in")
    found = {"/console/sign-in": violations(window.page)}
    window.sign_in("ana@gazette.example")
    in_panel(window.page)
    window.picture(f"review-{scheme}", whole=False)
    for path in (*PAGES, f"/console/sites/gazette/comments/{comments[1].id}"):
        window.page.goto(address + path)
        if path == PAGES[0]:
            in_panel(window.page)
        found[path] = violations(window.page)
    assert {path: faults for path, faults in found.items() if faults} == {}
    assert window.faults == []
    window.close()


@pytest.mark.parametrize(("name", "width", "height"), [("phone", 390, 844), ("zoomed", 320, 256)])
def test_the_work_can_be_done_at_phone_width_and_at_400_per_cent(
    browser: Browser, address: str, site: Site, database: Database, name: str, width: int, height: int
) -> None:
    for number in range(4):
        hold(database, site.id, number)
    window = Window(browser, address, refusals=True, viewport={"width": width, "height": height}).sign_in(
        "ana@gazette.example"
    )
    page = window.page
    for path in PAGES:
        page.goto(address + path)
        assert window.beyond() <= 0, f"{path} scrolls sideways by {window.beyond()} px"
    page.goto(address + PAGES[0])
    window.picture(f"{name}-queue", whole=False)
    page.locator(".row-link").nth(1).click()
    page.wait_for_selector(".dossier")
    window.picture(f"{name}-comment", whole=False)
    assert window.beyond() <= 0
    page.click("text=Approve")
    eventually(database, CommentStatus.APPROVED, 1)
    assert window.faults == []
    window.close()
