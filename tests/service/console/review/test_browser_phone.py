"""The review queue on a phone, in every language: what is to be pressed lies free, and the search leads somewhere."""

import pytest
from playwright.sync_api import expect

from service.console import languages
from tests.service.console.conftest import Opens

pytestmark = pytest.mark.one_database
REVIEW = "/console/sites/gazette/review"
LOOKS = {
    "desk": {"viewport": {"width": 1_360, "height": 900}},
    "desk-dark": {"viewport": {"width": 1_360, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}},
    "phone-dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
    "small": {"viewport": {"width": 320, "height": 640}},
}
# What lies on the middle of something that can be pressed, where it is neither that nor a part of it.
COVERED = """() => [...document.querySelectorAll(".queue-bar :is(a, button, summary, select, input)")]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().width > 1)
    .flatMap((one) => {
      one.scrollIntoView({ block: "center" });
      const { left, right, top, height } = one.getBoundingClientRect();
      const at = [0.1, 0.5, 0.9].map((part) => left + (right - left) * part)
        .map((x) => document.elementFromPoint(x, top + height / 2));
      return at.every((found) => one.contains(found)) ? [] : [one.textContent.trim() || one.name];
    })"""


@pytest.mark.parametrize(
    ("language", "look"),
    [
        *((language, look) for language in languages.offered() for look in ("phone", "small")),
        ("de", "desk"),
        ("es", "desk-dark"),
        ("fr", "phone-dark"),
    ],
)
def test_nothing_above_the_list_covers_anything_else(opens: Opens, language: str, look: str) -> None:
    window = opens("lea@gazette.example", held=3, locale=language, **LOOKS[look])
    page = window.settle()
    assert page.evaluate(COVERED) == []
    page.locator(".row-check input").first.check()
    assert page.evaluate(COVERED) == [], "with one selected"
    page.evaluate("scrollTo(0, 0)")
    window.picture(f"queue-{look}-{language}", whole=False)
    page.locator(".filters-more summary").click()
    assert page.evaluate(COVERED) == [], "with the filters open"
    page.evaluate("scrollTo(0, 0)")
    window.fits(f"queue {look} {language}")
    window.picture(f"queue-filters-{look}-{language}", whole=False)


@pytest.mark.parametrize("look", ["desk", "phone-dark"])
def test_a_search_without_a_match_leads_to_all_comments(opens: Opens, look: str) -> None:
    window = opens(held=1, **LOOKS[look])
    page = window.goto(f"{REVIEW}?text=zeppelin")
    window.fits(f"nothing {look}")
    window.picture(f"queue-nothing-{look}", whole=False)
    page.get_by_role("link", name="Search decided comments too").click()
    page.wait_for_url("**/comments?text=zeppelin")
    expect(page.get_by_text("Nothing matches.")).to_be_visible()
    window.settle()
