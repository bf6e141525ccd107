"""The pages of a replay: a lead lists, picks, applies and undoes; a stale page says why nothing was done."""

import re

import pytest
from playwright.sync_api import Page, expect

from service.db import Database
from service.installation.settings import Settings
from service.models import Site
from service.queues import Queues
from service.vocabulary import Verdict
from tests.service.console.conftest import Opens
from tests.support.console import Person, text_of
from tests.support.replays import MILDER, STRICTER, Past

PAGE = "/console/sites/gazette/policy/replays"


@pytest.fixture
def past(database: Database, site: Site, settings: Settings, queues: Queues) -> Past:
    return Past(database, site, settings, queues)


def begin(lea: Person) -> str:
    return str(lea.post(PAGE, {"days": "7"}).headers["Location"])


def test_a_lead_sees_the_list_and_puts_one_into_the_queue(past: Past, lea: Person) -> None:
    ids = past.comments([0.05, 0.25, 0.29])
    past.comments([0.25], verdict=Verdict.REJECT)
    past.activate(STRICTER)
    where = begin(lea)
    assert "Looking at past comments" in text_of(lea.get(where).text)
    past.work()
    page = text_of(lea.get(where).text)
    assert "4 comments were judged again; 2 would differ" in page
    assert "1 comment that a moderator decided is not on the list" in page
    assert "approved → becomes held 2" in page
    assert "Remark 1 on the old bridge" in page
    assert "freigegeben → wird zu zurückgehalten 2" in text_of(lea.get(where, headers={"Accept-Language": "de"}).text)
    answer = lea.post(f"{where}/apply", {"pick": "some", "comment": ids[1], "act": "hold", "based_on": "1"})
    assert answer.status_code == 303
    past.work()
    assert past.statuses(ids) == ["approved", "held", "approved"]
    assert "1 comment was put into the review queue" in text_of(lea.get(where).text)
    history = lea.get(f"/console/sites/gazette/comments/{ids[1]}").text
    assert "judged again by version 1 of the policy, applied to past comments by Lea Brandt" in text_of(history)
    assert where in history
    assert where in lea.get("/console/sites/gazette/audit").text
    lea.post(f"{where}/undo")
    past.work()
    assert past.statuses(ids) == ["approved"] * 3
    assert "1 comment has the earlier status again" in text_of(lea.get(where).text)


def test_a_stale_page_says_why_nothing_was_done(past: Past, lea: Person) -> None:
    (comment,) = past.comments([0.25])
    past.activate(STRICTER)
    where = begin(lea)
    past.work()
    past.activate(MILDER)
    assert "Version 2 of the policy is in force by now" in text_of(lea.get(where).text)
    answer = lea.post(f"{where}/apply", {"pick": "all", "act": "apply", "based_on": "1"})
    assert answer.status_code == 409
    assert "this list was made by version 1" in text_of(answer.text)
    assert past.statuses([comment]) == ["approved"]


@pytest.mark.one_database
def test_a_form_without_a_choice_is_refused_with_a_sentence(past: Past, lea: Person) -> None:
    past.comments([0.25])
    past.activate(STRICTER)
    where = begin(lea)
    past.work()
    for form, words in (
        ({"pick": "all", "based_on": "1"}, "Say what to do"),
        ({"act": "apply", "based_on": "1"}, "Say which comments"),
        ({"pick": "some", "act": "hold", "based_on": "1"}, "Tick at least one"),
        ({"pick": "all", "act": "hold"}, "which version"),
    ):
        answer = lea.post(f"{where}/apply", form)
        assert (answer.status_code, words in text_of(answer.text)) == (422, True)
        assert ("act" in form) == bool(re.search(r'name="act" value="\w+" required checked', answer.text))


@pytest.mark.one_database
def test_progress_is_polled_and_the_page_reloads_at_the_end(past: Past, lea: Person) -> None:
    past.comments([0.25])
    past.activate(STRICTER)
    where = begin(lea)
    htmx = {"HX-Request": "true"}
    polled = lea.get(where, headers=htmx)
    assert ("HX-Refresh" in polled.headers, "Looking at past comments" in polled.text) == (False, True)
    past.work()
    assert lea.get(where, headers=htmx).headers["HX-Refresh"] == "true"


@pytest.mark.one_database
@pytest.mark.parametrize(
    "look", [{"color_scheme": "light"}, {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}]
)
def test_from_a_change_of_the_policy_to_its_undoing_by_keyboard(
    past: Past, opens: Opens, tries: None, database: Database, look: dict[str, object]
) -> None:
    ids = past.comments([0.05, 0.25, 0.29, 0.7])
    window = opens("lea@gazette.example", **look)
    name = "phone" if "viewport" in look else "desk"
    page = window.goto("/console/sites/gazette/policy")
    page.locator("[name=hold_toxicity]").fill("0.2")
    page.locator("[name=reject_toxicity]").fill("0.6")
    expect(page.get_by_text("verdicts change")).to_be_visible()
    press(page, "Activate…")
    expect(page.get_by_role("heading", name="2 changes")).to_be_visible()
    window.fits("the changes before they are activated")
    window.picture(f"policy-confirm-{name}")
    press(page, "Activate version 1")
    page.get_by_role("link", name="Apply to past comments").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Apply the policy to past comments")).to_be_visible()
    window.fits("the replays")
    window.picture(f"policy-replays-{name}")
    press(page, "List them")
    expect(page.get_by_text("3 comments were judged again; 2 would differ")).to_be_visible()
    window.fits("the list of a replay")
    window.picture(f"policy-replay-{name}")
    page.get_by_role("checkbox").last.focus()
    page.keyboard.press("Space")
    for label in ("Only those that I tick below", "Give them the new outcome"):
        page.get_by_label(label).focus()
        page.keyboard.press("Space")
    press(page, "Apply")
    expect(page.get_by_text("1 comment was given the new outcome")).to_be_visible()
    window.fits("a replay that was applied")
    window.picture(f"policy-replay-applied-{name}")
    assert sorted(past.statuses(ids)) == ["approved", "approved", "held", "held"]
    press(page, "Undo this replay")
    expect(page.get_by_text("1 comment has the earlier status again")).to_be_visible()
    assert sorted(past.statuses(ids)) == ["approved", "approved", "approved", "held"]


def press(page: Page, name: str) -> None:
    """Press a button by the keyboard."""
    page.get_by_role("button", name=name, exact=True).focus()
    page.keyboard.press("Enter")
