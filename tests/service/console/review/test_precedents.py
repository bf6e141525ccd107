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
    """A held comment with seven precedents: the nearest rejected, the others approved."""
    decided = []
    for number in range(7):
        severe = Said(
            "Somebody ought to break <b>his</b> windows, and his doors after that, tonight.",
            "Tom",
            {Attribute.THREAT: 0.9},
        )
        other = hold(database, site.id, number + 1, said=None if number else severe)
        moderate(database, other, Verdict.APPROVE if number else Verdict.REJECT)
        decided.append(other)
    held = hold(database, site.id, 0)
    link(database, held, decided, similarity=0.96)
    return held


def test_it_shows_text_outcome_who_and_how_like(ana: Person, comment: Comment) -> None:
    page = ana.get(PATH + comment.id).text
    section = page.partition('aria-label="Decided before"')[2].partition("</section>")[0]
    said = text_of("<" + section)
    assert "rejected Nearly the same text · Ada, just now" in said
    assert said.count("approved Very similar · Ada") == 2
    assert "&lt;b&gt;his&lt;/b&gt;" in section
    assert section.index('<details class="cover"') < section.index("break")
    assert f'<noscript><p class="muted">{SENTENCE}</p></noscript>' in section
    for shown in (SAID[2].text[:20], SAID[3].text[:20]):
        assert shown in section


def test_nothing_is_said_where_there_are_none(ana: Person, database: Database, site: Site) -> None:
    assert "Decided before" not in ana.get(PATH + hold(database, site.id, 0).id).text


def test_a_moderator_who_is_about_to_differ_hears_what_most_decided(
    opens: Opens, database: Database, comment: Comment, app: Flask
) -> None:
    window = opens()
    page = window.page
    window.in_panel()
    expect(page.get_by_role("heading", name="Decided before")).to_be_visible()
    note = page.locator(".precedent-note")
    page.locator("button[value=approve]").hover()
    page.locator("button[value=approve]").focus()
    expect(note).to_have_count(0)
    page.locator("summary.button-bad").hover()
    expect(note).to_have_text(SENTENCE)
    expect(page.locator("#live")).to_have_text(SENTENCE)
    window.fits("precedents beside the queue")
    window.picture("precedents-desk")
    page.emulate_media(color_scheme="dark")
    window.picture("precedents-desk-dark")
    page.reload()
    window.in_panel()
    expect(note).to_have_count(0)
    page.keyboard.press("r")
    expect(note).to_have_text(SENTENCE)
    window.picture("precedents-dialog")
    page.keyboard.press("0")  # it stops nothing
    eventually(database, CommentStatus.REJECTED, 2)


def test_on_a_phone_the_sentence_is_beside_the_reasons(opens: Opens, comment: Comment) -> None:
    window = opens(viewport={"width": 390, "height": 844})
    page: Page = window.goto(PATH + comment.id)
    window.picture("precedents-phone")
    page.locator("summary.button-bad").click()
    expect(page.locator(".precedent-note")).to_have_text(SENTENCE)
    expect(page.locator(".precedent-note")).to_be_in_viewport()
    page.emulate_media(color_scheme="dark")
    window.fits("precedents on a phone")
    window.picture("precedents-phone-dark")
