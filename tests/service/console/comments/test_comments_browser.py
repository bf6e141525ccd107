"""Finding a decided comment and taking it back, by keyboard alone, on a desk and on a phone in the dark."""

import re

import pytest

from service.db import Database
from service.models import Moderator, Site
from service.moderation.review import actions
from service.moderation.review.deciding import Ruling
from service.vocabulary import CommentStatus, Verdict
from tests.service.console.conftest import Opens
from tests.support.comments import reread
from tests.support.held import hold
from tests.support.searching import read_all

PAGE = "/console/sites/gazette/comments"
LOOKS = {
    "light": {},
    "phone-dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}


@pytest.mark.one_database
@pytest.mark.parametrize("look", LOOKS)
def test_a_decision_is_found_by_words_and_overturned_by_keyboard(
    opens: Opens, database: Database, site: Site, look: str
) -> None:
    comments = [hold(database, site.id, number) for number in range(6)]
    window = opens("ana@gazette.example", **LOOKS[look])
    with database.write() as session:
        ana = session.query(Moderator).filter_by(email="ana@gazette.example").one()
        for comment, reason, seconds in ((comments[0], "insult", 0), (comments[1], "off_topic", 600)):
            ruling = Ruling(verdict=Verdict.REJECT, reason=reason, statement={"label": reason.replace("_", " ")})
            actions.decide(session, site.id, ana, comment.id, comment.version, ruling, undo_seconds=seconds)
    read_all(database)
    page = window.goto(PAGE)
    page.get_by_role("link", name="My decisions").click()
    page.get_by_role("button", name="Undo", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_text("Undone: 1 comment").wait_for()
    window.fits("my decisions")
    window.picture(f"my-decisions-{look}")
    page.get_by_role("link", name="← All comments").click()
    page.get_by_role("searchbox").focus()
    page.keyboard.type(comments[0].text[:24].upper())
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("text="))
    window.fits("found comments")
    page.locator("summary", has_text="Filters").press("Enter")
    window.picture(f"comments-{look}")
    row = page.get_by_role("list", name="Comments, newest first").get_by_role("link").first
    row.press("Enter")
    page.get_by_role("button", name="Overturn: approve").press("Enter")
    page.get_by_text("Approved.").wait_for()
    assert reread(database, comments[0].id).status is CommentStatus.APPROVED
    assert reread(database, comments[1].id).status is CommentStatus.HELD


@pytest.mark.one_database
@pytest.mark.parametrize("width", [390, 1_360])
def test_a_name_without_a_place_to_break_fits_the_window(
    opens: Opens, database: Database, site: Site, width: int
) -> None:
    comment = hold(database, site.id, 1, author_name="N" * 200)
    window = opens("ana@gazette.example", viewport={"width": width, "height": 844})
    for path in (f"{PAGE}/{comment.id}", f"{PAGE}?text={'N' * 200}&author={'N' * 200}"):
        window.goto(path)
        assert window.beyond() <= 0, path
