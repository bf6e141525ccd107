"""*Decided before*, beside a held comment: earlier decisions on comments like it, and what most of them were."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from service.db import Database
from service.models import Comment, Site
from service.vocabulary import Attribute, CommentStatus, Verdict
from tests.service.console.conftest import Opens
from tests.support.comments import moderate
from tests.support.console import Person, text_of
from tests.support.held import SAID, Said, eventually, hold
from tests.support.precedents import link

pytestmark = pytest.mark.one_database
PATH = "/console/sites/gazette/comments/"
SENTENCE = "6 of 7 comments like this one were approved."


@pytest.fixture
def comment(database: Database, site: Site) -> Comment:
    """A held comment with seven precedents: the nearest rejected, the others approved; the second has its text."""
    decided = []
    for number in range(7):
        severe = Said(
            "Somebody ought to break <b>his</b> windows, and his doors after that, tonight.",
            "Tom",
            {Attribute.THREAT: 0.9},
        )
        same_text = {"text": SAID[0].text} if number == 1 else {}
        other = hold(database, site.id, number + 1, said=None if number else severe, **same_text)
        moderate(database, other, Verdict.APPROVE if number else Verdict.REJECT)
        decided.append(other)
    held = hold(database, site.id, 0)
    link(database, held, decided, similarity=0.96)
    return held


def test_it_shows_text_outcome_who_and_how_like(ana: Person, comment: Comment) -> None:
    page = ana.get(PATH + comment.id).text
    section = page.partition('aria-label="Decided before"')[2].partition("</section>")[0]
    said = text_of("<" + section)
    assert "rejected Very similar · Ada, just now" in said
    assert "approved The same text · Ada, just now" in said
    assert "approved Very similar · Ada, just now" in said
    assert "&lt;b&gt;his&lt;/b&gt;" in section
    assert section.index('<details class="cover"') < section.index("break")
    for shown in (SAID[0].text[:20], SAID[3].text[:20]):
        assert shown in section


def test_nothing_is_said_where_there_are_none(ana: Person, database: Database, site: Site) -> None:
    assert "Decided before" not in ana.get(PATH + hold(database, site.id, 0).id).text


def test_what_most_decided_is_read_before_a_key_is_pressed(
    opens: Opens, database: Database, comment: Comment, app: Flask
) -> None:
    window = opens()
    page = window.page
    window.in_panel()
    expect(page.get_by_role("heading", name="Decided before")).to_be_visible()
    note = page.get_by_role("status").filter(has_text=SENTENCE)
    expect(note).to_be_in_viewport()
    for button in ("button[value=approve]", "summary.button-bad"):
        expect(page.locator(f"[data-verdict-form] {button}").first).to_have_accessible_description(SENTENCE)
    window.fits("precedents beside the queue")
    window.picture("precedents-desk")
    page.emulate_media(color_scheme="dark")
    window.picture("precedents-desk-dark")
    page.keyboard.press("r")
    window.picture("precedents-dialog")
    page.keyboard.press("0")  # it stops nothing
    eventually(database, CommentStatus.REJECTED, 2)


def test_on_a_phone_the_sentence_is_under_the_buttons(opens: Opens, comment: Comment) -> None:
    window = opens(viewport={"width": 390, "height": 844})
    page: Page = window.goto(PATH + comment.id)
    expect(page.locator(".precedent-note")).to_have_text(SENTENCE)
    expect(page.locator(".precedent-note")).to_be_in_viewport()
    window.picture("precedents-phone")
    page.locator("summary.button-bad").click()
    page.emulate_media(color_scheme="dark")
    window.fits("precedents on a phone")
    window.picture("precedents-phone-dark")


def test_where_few_agree_nothing_is_said(ana: Person, database: Database, site: Site) -> None:
    others = [hold(database, site.id, number) for number in range(1, 5)]
    for other in others:
        moderate(database, other, Verdict.APPROVE)
    held = hold(database, site.id, 0)
    link(database, held, others)
    page = ana.get(PATH + held.id).text
    assert "Decided before" in page
    assert "precedent-note" not in page
