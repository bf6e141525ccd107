"""The newspaper of `moderato up --demo` as its readers and a moderator see it, with the shipped models."""

import json
import os
import re
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from service.db import Database
from service.installation.settings import load
from service.machine import demo_access
from service.machine.demo import CONTENT, prepare
from service.machine.demo_access import Access
from service.machine.demo_api import Api
from service.moderation.review.rejection_reasons import BUILT_IN
from tests.faults.conftest import LOCAL
from tests.support.browser import Window
from tests.support.services import Services, copied, eventually, free_port

pytestmark = pytest.mark.one_database
SHORT = "I like the idea, but what about Mondays"[:38]
FINE = "The September trial was good for the cafés on the High Street, and the children at the school loved it."
WITHOUT_SCRIPTS = (
    "I would like to know how the shops on the High Street get their deliveries before eight in the morning."
)
INSULT = "Councillor Price is an idiot if she believes that anybody will take the bus to the High Street."
SECOND_INSULT = (
    "The councillors who voted for this are clowns, and the traders will pay for their stupid little experiment."
)
INSULTS = next(reason for reason in BUILT_IN if reason.code == "insult")


@pytest.fixture(scope="module")
def demo(_sqlite_template: Path, redis_server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Access]:
    """What `moderato up --demo` starts and the newspaper needs, with its first readers' comments published.

    A moderator's decision leaves at once.
    """
    folder = tmp_path_factory.mktemp("demo")
    port, paper_port = str(free_port()), str(free_port())
    environ = LOCAL | {
        "DATABASE_URL": copied(_sqlite_template, folder),
        "REDIS_URL": redis_server_url,
        "MODERATO_DATA_DIR": str(folder / "var"),
        "MODERATO_CACHE_DIR": str(Path(tempfile.gettempdir()) / f"moderato-test-cache-{os.getuid()}"),
        "MODERATO_CALLBACK_UNDO_SECONDS": "0",
        "PORT": port,
    }
    settings = load(environ)
    settings.data_dir.mkdir(mode=0o700)
    access = replace(prepare(settings, json.loads(CONTENT.read_text())), newspaper=f"http://127.0.0.1:{paper_port}")
    demo_access.write(settings, access)
    database = Database(environ["DATABASE_URL"])
    services = Services(database, environ | {"PATH": os.environ["PATH"]}, folder)
    try:
        services.start([sys.executable, "-m", "service.cli.main", "web"], "web")
        services.worker("classification", wait=False)
        services.worker("delivery", wait=False)
        services.start([sys.executable, "-m", "service.machine.newspaper"], "newspaper", NEWSPAPER_PORT=paper_port)
        eventually(lambda: len(published(access)) == 4, services.output)
        yield access
    finally:
        services.stop()
        database.dispose()


@pytest.fixture
def reader(browser: Browser, demo: Access) -> Iterator[Window]:
    window = Window(browser, str(demo.newspaper))
    window.goto("/")
    yield window
    assert window.faults == []
    window.close()


def published(demo: Access) -> list[dict[str, Any]]:
    address = f"{demo.newspaper}/comments?article=high-street-saturdays"
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return list(json.load(answer)["comments"])
    except OSError:
        return []  # it is still starting


def decide(browser: Browser, demo: Access, text: str, *, reject: bool) -> None:
    """Approve or reject a held comment in the console, as the page of the newspaper invites its visitors to."""
    window = Window(browser, demo.base_url)
    window.sign_in(demo.email, demo.password)
    window.goto(f"/console/sites/demo/review?q={text[:40].replace(' ', '+')}")
    window.in_panel()
    expect(window.page.locator(".dossier")).to_contain_text(text[:40])
    if reject:
        window.page.locator("summary.button-bad").click()
        window.page.get_by_label(INSULTS.label).check()
        window.page.locator("button[value=reject]").click()
    else:
        window.page.locator("button[value=approve]").click()
    expect(window.page.locator("#live")).to_contain_text("Rejected" if reject else "Approved")
    window.close()


def write(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Your comment").fill(text)
    page.get_by_role("button", name="Post comment").click()


def steps(page: Page) -> Locator:
    return page.locator("#steps")


def test_a_short_comment_cannot_be_sent_and_a_longer_one_is_published(reader: Window) -> None:
    page = reader.page
    page.get_by_role("textbox", name="Your comment").fill(SHORT)
    expect(page.get_by_text("38/50")).to_be_visible()
    button = page.get_by_role("button", name="Post comment")
    expect(button).to_have_attribute("aria-disabled", "true")
    write(page, FINE)
    expect(page.get_by_text("Your comment is published.").first).to_be_visible()
    expect(page.locator("moderato-comments article").filter(has_text=FINE)).to_be_visible()
    happened = re.compile(
        r"Stored by the newspaper.*answered 202 in \d+ ms.*signature verified: approved.*Shown under the article", re.S
    )
    expect(steps(page)).to_have_text(happened)
    reader.picture("newspaper-steps")


def test_an_insult_is_held_and_appears_once_a_moderator_approves_it(
    reader: Window, browser: Browser, demo: Access
) -> None:
    page = reader.page
    write(page, INSULT)
    expect(page.get_by_text("A moderator will read your comment before it is published.").first).to_be_visible()
    expect(steps(page)).to_have_text(re.compile(r"held, because it may be disrespectful.*Not shown", re.S))
    assert INSULT not in [comment["text"] for comment in published(demo)]
    decide(browser, demo, INSULT, reject=False)
    expect(steps(page)).to_have_text(re.compile(r"approved by a moderator.*Shown under the article", re.S))
    expect(page.locator("moderato-comments article").filter(has_text=INSULT)).to_be_visible()


def test_an_insult_that_a_moderator_rejects_is_answered_with_the_sentence_for_the_reader(
    browser: Browser, demo: Access, reader: Window
) -> None:
    page = reader.page
    write(page, SECOND_INSULT)
    expect(steps(page)).to_contain_text("held, because")
    decide(browser, demo, SECOND_INSULT, reject=True)
    expect(page.get_by_text(INSULTS.sentence).first).to_be_visible()
    expect(steps(page)).to_contain_text("rejected by a moderator")
    assert SECOND_INSULT not in [comment["text"] for comment in published(demo)]


def test_a_reader_reports_a_comment_and_moderato_has_the_report(reader: Window, demo: Access) -> None:
    page, first = reader.page, published(demo)[0]
    shown = page.locator("moderato-comments article").filter(has_text=first["text"][:60])
    shown.get_by_role("button", name="Report").click()
    page.get_by_label("Spam").check()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Thank you. Our moderators will look at it.")).to_be_visible()
    status, found = Api(demo.base_url, demo.api_key).call("GET", f"/v1/comments/{first['id']}/reports")
    assert (status, [report["kind"] for report in found["reports"]]) == (200, ["spam"])


def test_without_javascript_the_form_the_verdict_and_the_steps_work_too(browser: Browser, demo: Access) -> None:
    window = Window(browser, str(demo.newspaper), java_script_enabled=False)
    page = window.goto("/")
    expect(page.get_by_role("heading", name="Leave a Comment")).to_be_visible()
    page.get_by_role("textbox", name="Your comment").fill(f"{SHORT}{' ' * 60}.")
    page.get_by_role("button", name="Post comment").click()
    expect(page.get_by_role("alert")).to_contain_text("of at least 50 characters")
    assert page.get_by_role("textbox", name="Your comment").input_value().startswith(SHORT)
    write(page, WITHOUT_SCRIPTS)
    expect(page.get_by_role("status")).to_have_text("Your comment is published.")  # the page loads itself again
    expect(page.locator(".steps")).to_contain_text("Shown under the article")
    page.get_by_role("link", name="Back to the article").click()
    expect(page.locator(".thread").first).to_contain_text(WITHOUT_SCRIPTS)
    window.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 375)], ids=["light desk", "dark phone"])
def test_the_pages_fit_and_are_accessible(browser: Browser, demo: Access, theme: str, width: int) -> None:
    window = Window(browser, str(demo.newspaper), color_scheme=theme, viewport={"width": width, "height": 900})
    page = window.goto("/")
    expect(page.locator("moderato-comments article").first).to_be_visible()
    window.fits(f"{theme}, {width}")
    form = page.get_by_role("textbox", name="Your comment").bounding_box()
    assert form is not None
    assert form["width"] > min(width, 640) * 0.8, "the form is as wide as the text"
    window.picture(f"newspaper-{theme}-{width}")
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert window.beyond() <= 0, "right to left"
    window.picture(f"newspaper-{theme}-{width}-rtl")
    sent = window.context.request.post(f"{demo.newspaper}/comments", form={"text": f"{theme}: {WITHOUT_SCRIPTS}"})
    page.goto(f"{sent.url}?edit")
    window.fits(f"the page of a comment, {theme}, {width}")
    window.picture(f"newspaper-own-{theme}-{width}")
    assert window.faults == []
    window.close()
