"""axe-core on every page of the console, in light at desktop width and in dark at phone width; at 400 per cent it fits.

Colours and widths each come in both kinds so, and a rule that looks at one does not look at the other. `--pictures`
keeps pictures of all pages among the artefacts, to be looked at.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, ViewportSize

from service.clock import utc_now
from service.db import Database
from service.installation.settings import Settings
from service.models import Site, WorkerBeat
from service.models.moderator import Role
from service.queues import Queues
from tests.support.browser import Window, serving, violations
from tests.support.console import add_moderator
from tests.support.full_site import fill
from tests.support.held import SAID
from tests.support.pages import NO_PAGES, PAGES, PAGES_OFF_SITE, Stage
from tests.support.quicker import application

LOOKS = {
    "light": {},
    "phone-dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}
ZOOMED: ViewportSize = {"width": 320, "height": 256}  # 1280 by 1024 at 400 per cent


@pytest.fixture
def address(settings: Settings, database: Database, queues: Queues) -> Iterator[str]:
    """A console that offers both ways to sign in."""
    both = {"oidc_issuer": "https://sso.example", "oidc_client_id": "moderato", "oidc_name": "the newsroom’s directory"}
    with serving(application(settings.model_copy(update=both), database, queues)) as served:
        yield served


@pytest.fixture
def stage(database: Database, site: Site, other_site: Site, tries: None) -> Stage:
    ada = add_moderator(database, "ada@gazette.example", "Ada Holm", gazette=Role.ADMIN, herald=Role.VIEWER)
    ben = add_moderator(database, "ben@gazette.example", "Ben Okafor", gazette=Role.MODERATOR)
    with database.write() as session:
        for role in ("classification", "delivery"):
            session.add(WorkerBeat(role=role, host="box", pid=7, started_at=utc_now(), seen_at=utc_now()))
    texts = [said.text for said in SAID] + [f"{said.text} So it was said again." for said in SAID[:3]]
    return fill(database, site, ada, ben, texts)


def test_every_view_is_listed_as_a_page_or_as_something_else(app: Flask) -> None:
    views = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("console.") and "GET" in (rule.methods or set())
    }
    listed = {*PAGES, *PAGES_OFF_SITE, *NO_PAGES}
    assert views - listed == set(), "add these to tests/support/pages.py, so that they are looked at"
    assert listed - views == set(), "these are no views any more"
    assert not {*PAGES, *PAGES_OFF_SITE} & set(NO_PAGES)


def walk(window: Window, stage: Stage) -> Iterator[str]:
    """Open one page after the other, the first of them before signing in; yield its path."""
    first = PAGES_OFF_SITE["console.sign_in_page"]
    window.goto(first)
    yield first
    window.sign_in("ada@gazette.example")
    for path in (*PAGES_OFF_SITE.values(), *stage.addresses()):
        if path != first:
            window.goto(path)
            window.settle()  # what is drawn must be there to be looked at
            yield path


@pytest.mark.one_database
@pytest.mark.timeout(300)
@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    browser: Browser, address: str, stage: Stage, look: str
) -> None:
    window = Window(browser, address, refusals=True, **LOOKS[look])
    found: dict[str, list[str]] = {}
    pictures: list[str] = []
    for path in walk(window, stage):
        wrong = [*violations(window.page), *beyond(window)]
        words = [part for part in path.partition("?")[0].split("/")[2:] if len(part) != 32 and part != "sites"]
        pictures.append("-".join(words) or "home")
        again = pictures.count(pictures[-1])
        window.picture(f"page-{pictures[-1]}{f'-{again}' if again > 1 else ''}-{look}")
        if look == "light":
            usual = window.page.viewport_size
            assert usual is not None
            window.page.set_viewport_size(ZOOMED)
            window.settle()  # charts follow a new width a moment later
            wrong += [f"at 400 per cent {fault}" for fault in beyond(window)]
            window.page.set_viewport_size(usual)
        if wrong:
            found[path] = wrong
    assert found == {}
    assert window.faults == []
    window.close()


def beyond(window: Window) -> list[str]:
    pixels = window.beyond()
    return [f"is {pixels} pixels wider than the window"] if pixels > 0 else []
