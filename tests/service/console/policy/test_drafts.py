"""A draft outlives the page, begins from a preset, and shows its changes before it is in force."""

import html
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from service.clock import utc_now
from service.console.policy import form as policy_form
from service.db import Database
from service.models import Site
from service.moderation.policy import drafts, policies, presets
from service.moderation.policy.rules import Rules
from service.vocabulary import Attribute
from tests.service.console.conftest import Opens
from tests.support.console import Person, text_of
from tests.support.history import History

PAGE = "/console/sites/gazette/policy"
SLOWLY = """() => {
  const asks = window.fetch;
  const later = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  window.fetch = (...given) => later(500).then(() => asks(...given));
}"""


def form(**changes: str) -> dict[str, str]:
    return policy_form.fields_of(Rules()) | {"based_on": "0", "days": "7"} | changes


def test_a_draft_is_there_after_leaving_the_page_and_its_owners_alone(lea: Person, ada: Person) -> None:
    assert lea.post(f"{PAGE}/draft", form(minimum_length="77", hold_insult="not a number")).status_code == 204
    page = lea.get(PAGE).text
    assert 'value="77"' in page
    assert 'value="not a number"' in page
    assert "This is your draft" in text_of(page)
    assert "This is your draft" not in text_of(ada.get(PAGE).text)
    seen = mark_in(page)
    assert lea.post(f"{PAGE}/draft/discard", {"sure": "on", "seen": seen}).status_code == 303
    assert "This is your draft" not in text_of(lea.get(PAGE).text)
    assert 'value="77"' not in lea.get(PAGE).text


def test_a_shadow_keeps_the_form_and_activating_ends_the_draft(lea: Person, database: Database, site: Site) -> None:
    lea.post(f"{PAGE}/shadow", form(minimum_length="77"))
    assert 'value="77"' in lea.get(PAGE).text
    lea.post(f"{PAGE}/activate", form(minimum_length="77"))
    with database.read() as session:
        assert drafts.find(session, site.id, lea.moderator.id) is None
        assert policies.active(session, site.id).rules.minimum_length == 77


def test_activating_shows_the_changes_first_also_those_to_a_newer_version(
    lea: Person, database: Database, site: Site
) -> None:
    with database.write() as session:
        policies.activate(session, site.id, Rules(link_limit=1), author="Ben")
    page = lea.post(f"{PAGE}/confirm", form(minimum_length="77"))
    told = text_of(page.text)
    assert "Minimum length 50 77" in told
    assert "Links allowed 1 3" in told  # what Ben set would be lost
    assert "Version 1 came into force after you began this draft" in told
    assert 'name="based_on" value="1"' in page.text
    with database.read() as session:
        assert policies.active(session, site.id).version == 1
    assert lea.post(f"{PAGE}/confirm", form(minimum_length="?")).status_code == 422


def test_a_form_discards_only_the_draft_that_its_page_shows(lea: Person) -> None:
    lea.post(f"{PAGE}/draft", form(minimum_length="77"))
    discard = {"sure": "on", "seen": mark_in(lea.get(PAGE).text)}
    newest = lea.post(f"{PAGE}/draft", form(minimum_length="88")).headers["Draft-Mark"]
    for sent in (discard, {"sure": "on"}):
        assert lea.post(f"{PAGE}/draft/discard", sent).status_code == 409
        assert 'value="88"' in lea.get(PAGE).text
    assert mark_in(lea.get(PAGE).text) == newest
    assert lea.post(f"{PAGE}/draft/discard", discard | {"seen": newest}).status_code == 303
    assert lea.post(f"{PAGE}/draft/discard", discard | {"seen": newest}).status_code == 409


def mark_in(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found
    return html.unescape(found[1])


@pytest.mark.one_database
@pytest.mark.usefixtures("tries")
def test_a_preset_fills_the_form_and_activates_nothing(lea: Person, database: Database, site: Site) -> None:
    page = lea.post(f"{PAGE}/preset", form(minimum_length="77", preset="strict"))
    assert 'value="77"' in page.text
    assert f'value="{presets.STRICT.thresholds["threat"].hold_at}"' in page.text
    with database.read() as session:
        assert policies.active(session, site.id).version == 0
    assert lea.post(f"{PAGE}/preset", form(preset="harsh")).status_code == 422


@pytest.mark.one_database
@pytest.mark.usefixtures("tries")
def test_presets_are_explained_by_the_sites_own_last_weeks(lea: Person, database: Database, site: Site) -> None:
    assert "nothing can be said about your site yet" in text_of(lea.get(f"{PAGE}/presets").text)


@pytest.mark.one_database
@pytest.mark.usefixtures("tries")
def test_presets_say_the_shares_and_what_they_rest_on(lea: Person, database: Database, site: Site) -> None:
    with database.write() as session:
        history = History(session, site)
        for number, score in enumerate((0.05, 0.25, 0.4, 0.95)):
            history.comment(utc_now() - timedelta(hours=number + 1), scores={Attribute.TOXICITY: score})
    told = text_of(lea.get(f"{PAGE}/presets").text)
    assert "All 4 comments of the last 28 days" in told
    assert "cautious 75 % 25 % 0 %" in told
    assert "balanced 50 % 50 % 0 %" in told
    assert "strict 50 % 25 % 25 %" in told


@pytest.mark.one_database
def test_what_was_typed_is_there_after_leaving_by_a_link(opens: Opens, tries: None) -> None:
    window = opens("lea@gazette.example")
    page = window.goto(PAGE)
    page.get_by_label("Minimum length", exact=True).fill("77")
    page.get_by_role("link", name="Dashboard").click()
    page.wait_for_url("**/dashboard")
    expect_draft(window.goto(PAGE))
    page.get_by_text("Begin with a preset").click()
    expect(page.get_by_text("nothing can be said about your site yet")).to_be_visible()
    window.fits("the policy page with a draft and presets")
    window.picture("policy-draft-desk")
    page.get_by_role("button", name="Strict").click()
    expect(page.locator("[name=hold_toxicity]")).to_have_value("0.3")
    expect(page.get_by_label("Minimum length", exact=True)).to_have_value("77")


@pytest.mark.one_database
def test_who_comes_back_before_the_draft_has_arrived_finds_it(opens: Opens, tries: None) -> None:
    window = opens("lea@gazette.example")
    page = window.goto(PAGE)
    page.evaluate("navigator.sendBeacon = () => true")  # what is sent on leaving is still on its way
    page.get_by_label("Minimum length", exact=True).fill("77")
    page.get_by_role("link", name="Dashboard").click()
    page.wait_for_url("**/dashboard")
    expect_draft(window.goto(PAGE))


def expect_draft(page: Page) -> None:
    expect(page.get_by_text("This is your draft")).to_be_visible()
    expect(page.get_by_label("Minimum length", exact=True)).to_have_value("77")


@pytest.mark.one_database
def test_a_draft_that_was_typed_further_on_its_page_is_discarded_there(opens: Opens, tries: None) -> None:
    window = opens("lea@gazette.example")
    page = window.goto(PAGE)
    with page.expect_response("**/policy/draft"):
        page.get_by_label("Minimum length", exact=True).fill("77")
    page = window.goto(PAGE)
    with page.expect_response("**/policy/draft"):
        page.get_by_label("Minimum length", exact=True).fill("88")
    notice = page.locator(".draft-notice")
    notice.get_by_text("Discard the draft").first.click()
    notice.get_by_role("checkbox").check()
    notice.get_by_role("button", name="Discard the draft").click()
    expect(page.get_by_label("Minimum length", exact=True)).to_have_value("50")
    expect(page.get_by_text("This is your draft")).to_have_count(0)


@pytest.mark.one_database
def test_what_was_typed_before_signing_out_is_not_the_next_moderators(opens: Opens, tries: None) -> None:
    window = opens("lea@gazette.example", refusals=True)  # a preview may be under way
    page = window.goto(PAGE)
    page.get_by_label("Minimum length", exact=True).fill("77")
    page.get_by_text("Lea Brandt").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in*")
    window.sign_in("ada@gazette.example").goto(PAGE)
    window.settle()
    expect(page.get_by_label("Minimum length", exact=True)).to_have_value("50")
    expect(page.get_by_text("This is your draft")).to_have_count(0)
    assert page.evaluate("sessionStorage.getItem('moderato-draft')") is None


@pytest.mark.one_database
@pytest.mark.parametrize("sends", ["at once", "while it is being saved", "without an event"])
def test_a_draft_that_is_typed_on_and_discarded_at_once_stays_discarded(opens: Opens, tries: None, sends: str) -> None:
    window = opens("lea@gazette.example")
    page = window.goto(PAGE)
    with page.expect_response("**/policy/draft"):
        page.get_by_label("Minimum length", exact=True).fill("77")
    page = window.goto(PAGE)
    discards = page.locator(".draft-notice form")
    page.get_by_label("Minimum length", exact=True).fill("88")
    if sends == "while it is being saved":
        page.evaluate(SLOWLY)
        page.wait_for_timeout(1_100)
    submit = "submit" if sends == "without an event" else "requestSubmit"
    with page.expect_navigation():
        discards.evaluate(f"form => {{ form.elements.sure.checked = true; form.{submit}(); }}")
    for _ in range(2):
        window.settle()
        expect(page.get_by_label("Minimum length", exact=True)).to_have_value("50")
        expect(page.get_by_text("This is your draft")).to_have_count(0)
        page = window.goto(PAGE)


def test_what_is_sent_on_leaving_brings_no_discarded_draft_back(lea: Person) -> None:
    mark = lea.post(f"{PAGE}/draft", form(minimum_length="77")).headers["Draft-Mark"]
    assert lea.post(f"{PAGE}/draft", form(minimum_length="88", typed_on=mark)).headers["Draft-Mark"] != mark
    newest = mark_in(lea.get(PAGE).text)
    assert lea.post(f"{PAGE}/draft/discard", {"sure": "on", "seen": newest}).status_code == 303
    late = lea.post(f"{PAGE}/draft", form(minimum_length="99", typed_on=mark))
    assert (late.status_code, "Draft-Mark" in late.headers) == (204, False)
    assert "This is your draft" not in lea.get(PAGE).text
    assert "Draft-Mark" in lea.post(f"{PAGE}/draft", form(minimum_length="99")).headers  # typed on after discarding
