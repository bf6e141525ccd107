"""The console in another language in a real browser: longer texts fit, scripts speak it, and keys stay as they are."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from service.db import Database
from service.models import Site
from service.models.moderator import Role
from tests.service.console.conftest import Opens
from tests.support import lengthened
from tests.support.browser import Window
from tests.support.console import add_moderator
from tests.support.full_site import fill
from tests.support.held import SAID
from tests.support.lengthened import longer

pytestmark = pytest.mark.one_database

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1360, "height": 900}
MAIN = ("review?filters=1", "comments/{held}", "review/bulk", "policy", "dashboard", "operations", "people")
# What shows its text on one line, and must show all of it.
CUT = """() => [...document.querySelectorAll("button, .button, .chip, .badge, summary, label, legend, h1, h2, h3")]
  .filter((one) => one.checkVisibility() && one.clientWidth > 2 && one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.outerHTML.slice(0, 160))"""


@pytest.fixture(autouse=True)
def longer_german(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    lengthened.use(app, monkeypatch)


def test_texts_that_are_longer_by_a_third_fit(
    browser: Browser, address: str, site: Site, database: Database, tries: None
) -> None:
    eve = add_moderator(database, "eve@gazette.example", "Eve Sommer", gazette=Role.ADMIN)
    ben = add_moderator(database, "bob@gazette.example", "Bob Okafor", gazette=Role.MODERATOR)
    stage = fill(database, site, eve, ben, [said.text for said in SAID] + [said.text for said in SAID[:3]])
    window = Window(browser, address, locale="de-DE", viewport=PHONE)
    paths = [f"/console/sites/{site.slug}/{path.format(**vars(stage))}" for path in MAIN]
    wrong: dict[str, list[str]] = {}
    for path in ("/console/sign-in", "/console/preferences", *paths):
        if path == "/console/preferences":
            window.sign_in("eve@gazette.example")
        page = window.goto(path)
        assert page.locator("html").get_attribute("lang") == lengthened.LANGUAGE
        for width in (PHONE, DESK):
            page.set_viewport_size(width)  # type: ignore[arg-type]
            window.settle()
            window.picture(f"longer-{path.rsplit('/', 1)[-1][:6]}-{width['width']}")
            if window.beyond() > 0 or page.evaluate(CUT):
                wrong[f"{path} at {width['width']}"] = [f"{window.beyond()} pixels wider", *page.evaluate(CUT)]
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert wrong == {}
    assert window.faults == []
    window.close()


def test_scripts_speak_the_language_and_keys_do_not_change(opens: Opens) -> None:
    window = opens(held=3, locale="de-DE")
    page = window.in_panel()
    toasts = page.locator("#toasts")
    page.keyboard.press("x")
    expect(page.locator("[data-selection-button]")).to_have_text(longer("Decide on %(num)s ticked") % {"num": 1})
    page.keyboard.press("x")
    page.keyboard.press("a")
    expect(toasts).to_contain_text(longer("Approved"))
    expect(toasts.get_by_role("button")).to_have_text(longer("Undo (%(key)s)") % {"key": "u"})
    page.keyboard.press("u")
    expect(toasts).to_contain_text(longer("Undone."))
