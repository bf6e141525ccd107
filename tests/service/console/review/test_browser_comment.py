"""A comment's own page by keys: each key that is shown works, and nothing is decided by mistake."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from service.db import Database
from service.models import Comment, Decision, Moderator, Preference, Site
from service.vocabulary import Attribute, CommentStatus, Source, Verdict
from tests.service.console.conftest import Opens
from tests.support.browser import Window
from tests.support.comments import moderate, reread
from tests.support.held import SAID, Said, eventually, hold

pytestmark = pytest.mark.one_database
COMMENTS = "/console/sites/gazette/comments"
THREAT = Said(SAID[2].text, "night_owl_77", {Attribute.THREAT: 0.7})


def alone(window: Window, comment: Comment) -> Page:
    """Open the comment's own page, and wait until keys are taken for it."""
    page = window.goto(f"{COMMENTS}/{comment.id}")
    page.wait_for_timeout(300)
    return page


def rejected_for(database: Database) -> object:
    with database.read() as session:
        made = select(Decision.reasons).where(Decision.source == Source.MODERATOR)
        return session.scalars(made).one()[0]["code"]


def test_the_shown_keys_approve_skip_write_and_lead_on(opens: Opens, database: Database, site: Site) -> None:
    comments = [hold(database, site.id, number) for number in range(4)]
    window = opens()
    page = alone(window, comments[0])
    shown = page.locator("kbd[data-act]").evaluate_all("all => all.map((one) => one.textContent).sort().join('')")
    assert shown == "aenors"
    window.picture("comment-keys", whole=False)
    page.keyboard.press("n")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("as e r o n")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.locator("#escalate-note")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#escalate-note")).to_be_hidden()
    page.keyboard.press("o")
    page.wait_for_url("**/author?*")
    page = alone(window, comments[0])
    page.keyboard.press("a")
    eventually(database, CommentStatus.APPROVED, 1)
    assert reread(database, comments[0].id).status is CommentStatus.APPROVED
    page = alone(window, comments[1])
    with page.expect_navigation():
        page.keyboard.press("s")
    page = alone(window, comments[1])
    page.keyboard.press("e")
    page.keyboard.type("Is this libel?")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert reread(database, comments[1].id).escalated_at is not None
    window.settle()


@pytest.mark.parametrize(("then", "code"), [("Enter", "threat"), ("1", None), ("0", "moderator_decision")])
def test_a_rejection_takes_the_suggested_reason_or_a_number(
    opens: Opens, database: Database, site: Site, then: str, code: str | None
) -> None:
    comment = hold(database, site.id, 0, said=THREAT)
    window = opens()
    page = alone(window, comment)
    offered = page.locator(".reject-choices [name=reason]").evaluate_all("all => all.map((one) => one.value)")
    page.keyboard.press("r")
    expect(page.locator(".reject-choices [value=threat]")).to_be_focused()
    window.picture("comment-reject-by-key", whole=False)
    page.keyboard.press(then)
    eventually(database, CommentStatus.REJECTED, 1)
    assert rejected_for(database) == (offered[0] if code is None else code)
    window.settle()


def test_without_a_suggestion_enter_rejects_nothing(opens: Opens, database: Database, site: Site) -> None:
    plain = Said(SAID[6].text, "Iris Moor", {Attribute.SEXUAL_EXPLICIT: 0.7})
    comment = hold(database, site.id, 0, said=plain)
    window = opens()
    page = alone(window, comment)
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")  # to the last reason
    page.keyboard.press("Enter")
    eventually(database, CommentStatus.REJECTED, 1)
    assert rejected_for(database)
    window.settle()


@pytest.mark.parametrize("where", ["panel", "page"])
@pytest.mark.parametrize("scripts", [True, False])
def test_enter_in_the_note_of_a_rejection_rejects(
    opens: Opens, database: Database, site: Site, where: str, scripts: bool
) -> None:
    comment = hold(database, site.id, 0, said=THREAT)
    window = opens(java_script_enabled=scripts)
    by_itself = where == "page" or not scripts
    page = window.goto(f"{COMMENTS}/{comment.id}") if by_itself else window.in_panel()
    page.locator(".reject-menu summary").click()
    page.locator("#ruling-note").fill("Third time this week.")
    page.locator("#ruling-note").press("Enter")
    eventually(database, CommentStatus.REJECTED, 1)
    if scripts:
        window.settle()


def test_a_key_does_nothing_for_a_decided_comment_one_of_another_moderator_and_when_keys_are_off(
    opens: Opens, database: Database, site: Site
) -> None:
    decided, reserved = (hold(database, site.id, number) for number in range(2))
    moderate(database, decided, Verdict.APPROVE)
    other = opens("ben@gazette.example")
    alone(other, reserved)
    window = opens()
    page = alone(window, decided)
    page.keyboard.press("r")
    page.keyboard.press("0")
    page = alone(window, reserved)
    for key in "ar0e":  # to skip is allowed
        page.keyboard.press(key)
    with database.write() as session:
        ana = session.scalars(select(Moderator.id).where(Moderator.email == "ana@gazette.example")).one()
        session.add(Preference(moderator_id=ana, choices={"keys_on": False}))
    page = alone(window, hold(database, site.id, 2))
    assert page.locator("kbd[data-act]:visible").count() == 0
    for key in "ar0es":
        page.keyboard.press(key)
    page.locator(".verdict .button-good").click()  # by now whatever a key had done would be there
    eventually(database, CommentStatus.APPROVED, 2)
    assert reread(database, reserved.id).status is CommentStatus.HELD
    assert reread(database, decided.id).status is CommentStatus.APPROVED
    window.settle()
    other.settle()
