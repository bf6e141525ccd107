"""The command palette: every page's commands in one list, by keyboard, by touch and with a screen reader."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from service.db import Database
from service.models import Membership, Moderator, Preference, SavedView, Site
from service.models.moderator import Role
from service.vocabulary import CommentStatus
from tests.service.console.conftest import Enters, Opens
from tests.support.held import eventually, hold

GAZETTE = "/console/sites/gazette"
LOOKS = {
    "desk": {},
    "desk-dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
    "phone-dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}


def options(page: Page) -> list[str]:
    return page.locator("#palette [role=option] > span").all_text_contents()


def chosen(page: Page) -> str:
    """Return what a screen reader reads as the active option."""
    active = page.locator("#palette [role=combobox]").get_attribute("aria-activedescendant")
    option = page.locator(f"#{active}")
    assert option.get_attribute("aria-selected") == "true"
    assert page.locator("#palette [aria-selected=true]").count() == 1
    return option.locator("span").inner_text()


@pytest.mark.parametrize(
    ("account", "offered", "others"),
    [
        ("vic", ("Comments", "Dashboard"), ("Legal notices", "Policy", "People")),
        ("ana", ("Second looks", "My decisions"), ("Policy", "People")),
        ("lea", ("Legal notices", "Policy", "Rejection reasons"), ("People",)),
        ("ada", ("People", "Connections"), ()),
    ],
)
def test_it_leads_where_the_role_may_go(
    enters: Enters, account: str, offered: tuple[str, ...], others: tuple[str, ...]
) -> None:
    person = enters(account)
    box = person.get(f"{GAZETTE}/dashboard").text.partition("data-links")[2].partition("</dialog>")[0]
    links = {words: address for address, words in re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>', box)}
    assert set(offered) <= set(links)
    assert not set(others) & set(links)
    for words, address in links.items():
        assert person.get(address.replace("&amp;", "&")).status_code == 200, words


@pytest.mark.one_database
@pytest.mark.parametrize(("look", "language"), list(zip(LOOKS, ("en", "fr", "de", "es"), strict=True)))
def test_it_fits_every_look_and_language(opens: Opens, look: str, language: str) -> None:
    window = opens("lea@gazette.example", held=2, locale=language, **LOOKS[look])
    page = window.settle()
    if look.startswith("phone"):
        page.locator(".menu-right summary").click()
        page.locator("[data-palette]").click()
    else:
        page.keyboard.press("Control+k")
    expect(page.locator("#palette [role=combobox]")).to_be_focused()
    window.fits(f"palette {look} {language}")
    window.picture(f"palette-{look}-{language}", whole=False)
    page.keyboard.type("zeppelin")
    assert len(options(page)) == 2
    window.fits(f"palette search {look} {language}")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


@pytest.mark.one_database
def test_keys_choose_and_the_focus_returns(opens: Opens, database: Database, site: Site) -> None:
    window = opens("lea@gazette.example", held=3)
    page = window.in_panel()
    link = page.locator(".row[data-current] .row-link")
    link.focus()
    page.keyboard.press("Control+k")
    everything = options(page)
    assert everything[:3] == ["Next comment", "Previous comment", "Approve"]
    assert {"Escalated", "Policy", "Preferences and keys"} <= set(everything)
    assert chosen(page) == "Next comment"
    page.keyboard.press("ArrowUp")
    assert chosen(page) == everything[-1]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert chosen(page) == "Previous comment"
    page.keyboard.press("Escape")
    expect(link).to_be_focused()
    page.keyboard.press(":")
    page.keyboard.type("ESCÁL")
    assert options(page)[:2] == ["Escalate to a lead, with a line of why", "Escalated"]
    page.keyboard.press("Enter")
    expect(page.locator("#escalate-note")).to_be_focused()
    page.keyboard.type("a")
    page.keyboard.press("Control+k")  # also while somebody types
    page.keyboard.type("appro")
    page.keyboard.press("Enter")
    eventually(database, CommentStatus.APPROVED, 1)
    window.in_panel()
    page.keyboard.press("Control+k")
    page.keyboard.type("the bridge & co")
    page.get_by_role("option", name="Search all comments for “the bridge & co”").click()
    page.wait_for_url(re.compile(r"/comments\?text=the\+bridge\+%26\+co$"))
    page.keyboard.press("Meta+k")
    assert "Approve" not in options(page)
    page.keyboard.type("audi")
    page.keyboard.press("Enter")
    page.wait_for_url("**/audit")
    window.settle()


@pytest.mark.one_database
def test_views_sites_and_a_comments_own_page_are_in_it(
    opens: Opens, database: Database, site: Site, other_site: Site
) -> None:
    comment = hold(database, site.id, 0)
    window = opens()
    with database.write() as session:
        ana = session.scalars(select(Moderator.id).where(Moderator.email == "ana@gazette.example")).one()
        session.add(SavedView(site_id=site.id, moderator_id=ana, name="Insults", query="attribute=insult"))
        session.add(Membership(moderator_id=ana, site_id=other_site.id, role=Role.VIEWER))
    page = window.goto(f"{GAZETTE}/review")
    page.keyboard.press("Control+k")
    assert {"Insults", other_site.name} <= set(options(page))
    page.keyboard.type("saved ins")
    page.keyboard.press("Enter")
    page.wait_for_url("**/review?attribute=insult")
    page = window.goto(f"{GAZETTE}/comments/{comment.id}")
    page.keyboard.press("Control+k")
    assert options(page)[:2] == ["Approve", "Reject, then a number for the reason (0 for none)"]
    page.keyboard.type("write")
    page.keyboard.press("Enter")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.type(other_site.name)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/sites/{other_site.slug}/review")
    window.settle()


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("choices", "opens_it"), [({}, True), ({"keys_on": False}, False), ({"keys": {"skip": ":"}}, False)]
)
def test_the_single_key_can_be_switched_off_or_given_away(
    opens: Opens, database: Database, site: Site, choices: dict[str, object], opens_it: bool
) -> None:
    window = opens(held=1)
    with database.write() as session:
        ana = session.scalars(select(Moderator.id).where(Moderator.email == "ana@gazette.example")).one()
        session.add(Preference(moderator_id=ana, choices=choices))
    page = window.goto(f"{GAZETTE}/review")
    window.in_panel()
    page.keyboard.press(":")
    assert page.locator("#palette").is_visible() is opens_it
    if not opens_it:
        page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#q").focus()
    page.keyboard.type("a:b")
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.locator("#q")).to_have_value("a:b")


@pytest.mark.one_database
def test_it_opens_over_no_other_dialog_and_is_in_the_list_of_keys(opens: Opens) -> None:
    window = opens(held=1)
    page = window.in_panel()
    page.keyboard.press("r")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys-dialog")).to_contain_text("All commands, pages and searches")
    window.picture("keys-help", whole=False)
    page.keyboard.press("Escape")
    page.mouse.click(10, 10)
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.mouse.click(10, 400)  # beside it
    expect(page.locator("#palette")).to_be_hidden()
