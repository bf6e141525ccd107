"""After sending: what became of a comment, without a reload and over one; appeals; published comments and reports."""

import pytest
from playwright.sync_api import Page, expect

from tests.integrations.form.comments_server import Script
from tests.integrations.form.conftest import LONG, Opens
from tests.integrations.form.test_writing import button, field, post

RECEIVED = "Received. Your comment is being checked."
HELD = "Received. A moderator will read your comment before it is published."
REJECTED = "Your comment was not published."
SENTENCE = "Please stick to the topic and avoid personal attacks."
PUBLISHED = "Your comment is published."


def send(page: Page) -> None:
    """Post a comment and wait until the server has it."""
    post(page)
    expect(page.get_by_text(RECEIVED)).to_be_focused()


def test_the_state_follows_the_moderators_without_a_reload(page: Page, script: Script) -> None:
    page.evaluate(
        "window.events = [];"
        "for (const name of ['moderato-sent', 'moderato-status'])"
        " addEventListener(name, (event) => events.push([name, event.detail]));"
    )
    send(page)
    script.decide(status="held")
    expect(page.get_by_text(HELD).first).to_be_visible()
    script.approve()
    expect(page.get_by_text(PUBLISHED).first).to_be_visible()
    expect(page.get_by_role("article").filter(has_text=LONG)).to_contain_text("Your comment")
    expect(page.get_by_text(LONG).filter(visible=True)).to_have_count(1)
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()
    assert page.evaluate("events") == [
        ["moderato-sent", {"id": "own1", "receipt": "r1", "status": "pending"}],
        ["moderato-status", {"id": "own1", "status": "held"}],
        ["moderato-status", {"id": "own1", "status": "approved"}],
    ]


def test_a_rejected_comment_shows_the_readers_sentence_and_survives_a_reload(opens: Opens, script: Script) -> None:
    page = opens(refusals=True).open()
    send(page)
    script.decide(status="rejected", message=SENTENCE)
    expect(page.get_by_text(REJECTED, exact=True)).to_be_visible()
    expect(page.get_by_text(SENTENCE, exact=True)).to_be_visible()
    expect(page.get_by_role("status").filter(has_text=f"{REJECTED} {SENTENCE}")).to_have_count(1)
    page.reload()
    expect(page.get_by_text(REJECTED, exact=True)).to_be_visible()
    expect(page.get_by_text(LONG)).to_be_visible()
    script.receipts.clear()  # erased
    page.reload()
    expect(page.get_by_text(REJECTED)).to_have_count(0)
    assert page.evaluate("sessionStorage.getItem('moderato:receipts:bridge-reopens')") == "[]"


@pytest.mark.parametrize("status", ["pending", "held"])
def test_the_questions_become_rare_while_nothing_changes(page: Page, script: Script, status: str) -> None:
    gaps = page.evaluate(
        """async (status) => {
          const { ownComments } = await import("/embed/own.js");
          const { sentences } = await import("/embed/strings.js");
          const gaps = [];
          const life = new AbortController();
          const real = window.setTimeout;
          window.setTimeout = (act, milliseconds) => {
            gaps.push(milliseconds);
            if (gaps.length === 9) life.abort();
            return real(act, 0);
          };
          const own = ownComments({
            t: await sentences("en"),
            server: { receipt: async () => ({ status, message: null, appeal: null }) },
            signal: life.signal,
            announce() {},
            changed() {},
            receipts: { read: () => [], write() {} },
          });
          own.add({ receipt: "r", id: "1", status, message: null, text: "", author: "" });
          await new Promise((resolve) => life.signal.addEventListener("abort", resolve));
          return gaps;
        }""",
        status,
    )
    assert gaps == [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000, 30000]


def test_an_appeal_is_sent_once_from_a_dialog(opens: Opens, script: Script) -> None:
    page = opens(refusals=True).open()
    send(page)
    script.decide(status="rejected", message=SENTENCE, appeal="possible")
    appeal = page.get_by_role("button", name="Ask for a second look")
    appeal.click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(appeal).to_be_focused()
    appeal.click()
    page.get_by_role("dialog").get_by_label("Your reasons").fill("It quotes the mayor.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("A moderator is taking a second look at your comment.").first).to_be_visible()
    expect(appeal).to_be_hidden()
    assert script.appeals == [{"text": "It quotes the mayor."}]
    script.approve()
    script.decide(appeal="overturned")
    expect(page.get_by_text("A moderator took a second look and changed the decision.").first).to_be_visible()
    expect(page.get_by_text(PUBLISHED).first).to_be_visible()


def test_an_appeal_that_is_too_late_is_explained_in_the_dialog(opens: Opens, script: Script) -> None:
    script.outcome = {"status": "rejected", "message": SENTENCE}
    page = opens(refusals=True).open()
    post(page)
    expect(page.get_by_text(REJECTED)).to_be_focused()
    script.decide(appeal="possible")
    page.reload()
    page.get_by_role("button", name="Ask for a second look").click()
    script.decide(appeal="upheld")
    page.get_by_label("Your reasons").fill("It quotes the mayor.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_have_text("This can no longer be done.")


def test_published_comments_are_threaded_text_with_their_line_breaks(opens: Opens, script: Script) -> None:
    markup = "<img src=x onerror=alert(1)> <b>bold</b>\n\nA second paragraph, also by Ada."
    parent = script.publish(markup)
    for depth in range(5):
        parent = script.publish(f"Answer {depth}", author=f"Reader {depth}", parent=parent)
    page = opens().open(lang="de")
    first = page.get_by_role("article").first
    assert first.locator("p.text").inner_text() == markup
    expect(first.locator("time")).to_have_attribute("datetime", "2026-11-22T10:07:00Z")
    expect(first.locator("time")).to_contain_text("22. November 2026")
    expect(page.get_by_role("heading", name="6 Kommentare")).to_be_visible()
    expect(page.locator("ol.replies ol.replies ol.replies > li")).to_have_count(3)
    expect(page.locator("ol.replies ol.replies ol.replies ol.replies > li")).to_have_count(0)
    expect(page.get_by_text("als Antwort an Reader 2")).to_be_visible()


def test_a_reply_is_written_under_its_comment_and_goes_back_when_cancelled(opens: Opens, script: Script) -> None:
    script.publish("The ferry should go on, too.")
    page = opens().open()
    reply = page.get_by_role("button", name="Reply: Ada Holm")
    reply.click()
    expect(page.get_by_role("article").get_by_role("heading", name="Reply to Ada Holm")).to_be_visible()
    expect(field(page)).to_be_focused()
    page.get_by_role("button", name="Cancel reply").click()
    expect(reply).to_be_focused()
    expect(page.get_by_role("heading", name="Leave a comment")).to_be_visible()
    reply.click()
    field(page).fill(LONG)
    page.reload()
    expect(page.get_by_role("article").get_by_role("heading", name="Reply to Ada Holm")).to_be_visible()
    button(page).click()
    expect(page.get_by_text(RECEIVED)).to_be_focused()
    assert script.sent[0]["parent"] == "c1"
    expect(page.get_by_role("heading", name="Leave a comment")).to_be_visible()


def test_the_list_is_refreshed_quietly_and_keeps_the_reply_that_is_being_written(opens: Opens, script: Script) -> None:
    script.publish("The ferry should go on, too.")
    script.publish("It was never late.", author="Ben Okafor")
    reader = opens()
    reader.page.clock.install()
    page = reader.open()
    page.get_by_role("button", name="Reply: Ben Okafor").click()
    field(page).fill("But")
    page.clock.run_for(31_000)
    reader.settle()
    assert script.lists[-1][1] == 304, "nothing new: the browser asked with If-None-Match"
    script.publish("It was, twice.", author="Cleo", parent="c2")
    script.published.pop(0)
    page.clock.run_for(31_000)
    expect(page.get_by_text("It was, twice.")).to_be_visible()
    expect(page.get_by_text("The ferry should go on, too.")).to_have_count(0)
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_value("But")
    script.published.clear()
    page.clock.run_for(31_000)
    expect(page.get_by_text("No comments yet.")).to_be_visible()
    expect(field(page)).to_have_value("But")
    expect(page.get_by_role("heading", name="Leave a comment")).to_be_visible()


def test_more_comments_are_shown_on_demand(opens: Opens, script: Script) -> None:
    script.page_size = 2
    for number in range(5):
        script.publish(f"Comment {number}", parent="c1" if number == 4 else None)
    page = opens().open()
    expect(page.get_by_role("article")).to_have_count(2)
    more = page.get_by_role("button", name="Show more comments")
    more.click()
    expect(page.get_by_role("article")).to_have_count(4)
    more.click()
    expect(page.get_by_role("article")).to_have_count(5)
    expect(more).to_be_hidden()
    expect(page.locator("ol.replies p.text")).to_have_text(["Comment 4"])


def test_a_list_that_fails_can_be_asked_for_again_and_the_form_works(opens: Opens, script: Script) -> None:
    script.list_status = 503
    script.publish("The ferry should go on, too.")
    reader = opens()
    page = reader.open()
    expect(page.get_by_text("The comments could not be loaded.")).to_be_visible()
    expect(field(page)).to_be_editable()
    script.list_status = 200
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("The ferry should go on, too.")).to_be_visible()
    expect(page.get_by_text("The comments could not be loaded.")).to_be_hidden()
    reader.faults.clear()  # the browser logs the 503


@pytest.mark.parametrize("kinds", [[], ["abuse", "spam", "illegal", "other"]])
def test_a_comment_can_be_reported_where_the_server_takes_reports(
    opens: Opens, script: Script, kinds: list[str]
) -> None:
    script.settings["reports"] = kinds
    script.publish("Buy my pills.", author="Spammer")
    page = opens().open()
    report = page.get_by_role("button", name="Report: Spammer")
    if not kinds:
        expect(report).to_have_count(0)
        return
    report.click()
    page.keyboard.press("Escape")
    expect(report).to_be_focused()
    report.press("Enter")
    dialog = page.get_by_role("dialog", name="Report this comment")
    dialog.get_by_label("It is advertising or spam").check()
    dialog.get_by_label("Anything our moderators should know").fill("The third today.")
    dialog.get_by_role("button", name="Send").click()
    expect(page.get_by_role("article").get_by_text("Thank you. Our moderators will look at it.")).to_be_visible()
    assert script.reports == [("c1", {"kind": "spam", "text": "The third today.", "website": ""})]
