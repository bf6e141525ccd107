"""Writing a comment: the counter, the button and its reason, the draft, the hint, and what the server refuses."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.integrations.form.comments_server import Script
from tests.integrations.form.conftest import LONG, Opens

SEED = "The old bridge was closed last winter."  # 38 characters
RUDE = "Only an idiot would close both bridges 🚧 in the same winter, and you know it."
IDIOT = {"id": "h1", "attributes": ["insult"], "words": [{"start": 8, "end": 13, "word": "idiot"}]}
HINT = "This may read as disrespectful: you can still send it."


def button(page: Page) -> Any:
    return page.get_by_role("button", name="Post comment")


def field(page: Page) -> Any:
    return page.get_by_role("textbox", name="Your comment")


def post(page: Page, text: str = LONG) -> None:
    field(page).fill(text)
    button(page).click()


def test_a_comment_that_is_too_short_cannot_be_sent_and_the_button_says_why(page: Page, script: Script) -> None:
    expect(page.get_by_text("0/50", exact=True)).to_be_visible()
    field(page).fill(SEED)
    expect(page.get_by_text("38/50", exact=True)).to_be_visible()
    expect(button(page)).to_have_attribute("aria-disabled", "true")
    expect(button(page)).to_have_accessible_description("12 more characters to go.")
    button(page).click(force=True)
    expect(field(page)).to_be_focused()
    field(page).fill(LONG)
    expect(page.get_by_text("74 characters", exact=True)).to_be_visible()
    expect(button(page)).to_have_attribute("aria-disabled", "false")
    assert script.sent == []


def test_filler_is_no_comment_and_too_much_is_counted(opens: Opens, script: Script) -> None:
    script.settings["maximum_length"] = 100
    page = opens().open()
    field(page).fill("." * 60)
    expect(page.get_by_text("3/50", exact=True)).to_be_visible()
    expect(button(page)).to_have_accessible_description(re.compile("Repeated characters count three times"))
    field(page).fill(LONG + " " + LONG[:40])
    expect(page.get_by_text("115/100", exact=True)).to_be_visible()
    expect(button(page)).to_have_accessible_description("15 characters too many.")


def test_the_server_says_how_long_a_comment_is_and_what_it_welcomes(opens: Opens, script: Script) -> None:
    script.settings |= {"minimum_length": 10, "guidance": "Please sign with your real name."}
    page = opens().open()
    expect(page.get_by_text("Please sign with your real name.")).to_be_visible()
    expect(page.get_by_text("At least 10 characters")).to_be_visible()
    field(page).fill(SEED)
    expect(button(page)).to_have_attribute("aria-disabled", "false")


def test_what_is_read_aloud_changes_only_at_milestones(page: Page) -> None:
    page.evaluate(
        """() => {
          const root = document.querySelector("moderato-comments").shadowRoot;
          window.heard = [];
          const region = root.querySelector("form [role=status]");
          new MutationObserver(() => heard.push(region.textContent)).observe(region, { childList: true });
        }"""
    )
    field(page).press_sequentially(LONG)
    assert page.evaluate("heard") == ["25 more characters to go.", "Your comment is long enough to post."]


def test_a_draft_survives_a_reload_until_it_is_sent(page: Page, script: Script) -> None:
    field(page).fill(SEED)
    page.get_by_label("Your name").fill("Ada Holm")
    page.reload()
    expect(field(page)).to_have_value(SEED)
    expect(page.get_by_label("Your name")).to_have_value("Ada Holm")
    expect(page.get_by_text("38/50", exact=True)).to_be_visible()
    post(page)
    expect(page.get_by_text("Received. Your comment is being checked.")).to_be_focused()
    expect(field(page)).to_have_value("")
    assert page.evaluate("localStorage.length") == 0
    assert script.sent[0]["author"] == {"name": "Ada Holm"}


def test_the_form_works_where_the_browser_forbids_storage(opens: Opens, script: Script) -> None:
    reader = opens()
    reader.context.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, { get() { throw new DOMException('forbidden', 'SecurityError'); } });"
    )
    page = reader.open()
    post(page)
    expect(page.get_by_text("Received. Your comment is being checked.")).to_be_visible()
    assert script.sent[0]["text"] == LONG


def test_what_is_sent(page: Page, script: Script) -> None:
    post(page, "\x0bA line,\r\n" + LONG + "\x00")
    expect(page.get_by_text("Received.")).to_be_visible()
    assert script.sent == [
        {
            "article": {
                "id": "bridge-reopens",
                "title": "The bridge reopens in May",
                "url": "https://gazette.example/bridge-reopens",
            },
            "author": {"name": ""},
            "text": "\nA line,\n" + LONG,
            "parent": None,
            "language": "en",
            "website": "",
            "hint": None,
        }
    ]


@pytest.mark.parametrize(("text", "outcome"), [(RUDE, "sent_anyway"), (RUDE.replace("idiot", "enemy"), "edited")])
def test_a_hint_names_the_words_and_its_effect_goes_with_the_comment(
    opens: Opens, script: Script, text: str, outcome: str
) -> None:
    script.settings["hints"], script.hint = True, IDIOT
    page = opens().open()
    post(page, RUDE)
    expect(page.get_by_text(HINT)).to_be_visible()
    expect(page.get_by_text("The words in question: “idiot”.")).to_be_visible()
    expect(page.locator("mark")).to_have_text("idiot")
    expect(page.get_by_role("group", name=HINT)).to_be_focused()
    assert script.sent == []
    if text == RUDE:
        page.get_by_role("button", name="Send anyway").click()
    else:
        page.get_by_role("button", name="Edit").click()
        expect(field(page)).to_be_focused()
        post(page, text)
    expect(page.get_by_text("Received.")).to_be_visible()
    assert (script.sent[0]["text"], script.sent[0]["hint"]) == (text, {"id": "h1", "outcome": outcome})
    assert script.hinted == [{"article": "bridge-reopens", "text": RUDE, "language": "en"}]


def test_a_hint_that_fails_is_late_or_is_none_does_not_keep_the_comment_back(opens: Opens, script: Script) -> None:
    script.settings["hints"], script.hint, script.hint_seconds = True, IDIOT, 1.5
    page = opens(refusals=True).open()
    post(page)
    expect(page.get_by_text("Received.")).to_be_visible()
    script.hint_seconds, script.hint_status = 0.0, 429
    post(page, LONG + " Twice.")
    expect(page.get_by_text("Received.")).to_have_count(2)
    script.hint, script.hint_status = None, 200
    post(page, LONG + " Three times.")
    expect(page.get_by_text("Received.")).to_have_count(3)
    assert [sent["hint"] for sent in script.sent] == [None, None, None]


REFUSALS = [
    (
        (422, {"code": "comment_too_short", "length": 74, "minimum": 80}, {}),
        "Your comment has 74 of at least 80 characters. Please write a little more.",
    ),
    ((422, {"code": "comment_too_long", "maximum": 70}, {}), "Your comment is longer than 70 characters."),
    ((422, {"code": "invalid"}, {}), "Your comment could not be accepted like this."),
    ((403, {"code": "origin_not_allowed"}, {}), "Comments cannot be sent from this page."),
    ((429, {}, {"Retry-After": "40"}), "please try again in 40 seconds."),
    ((429, {}, {"Retry-After": "300"}), "please try again in 5 minutes."),
    ((429, {}, {}), "Comments cannot be accepted at the moment."),
    ((503, {}, {}), "Comments cannot be accepted at the moment."),
    ((500, {}, {}), "Your comment could not be sent."),
]


def test_every_refusal_is_a_sentence_and_the_text_stays(opens: Opens, script: Script) -> None:
    reader = opens(refusals=True)
    page = reader.open()
    for refusal, sentence in REFUSALS:
        script.settings["minimum_length"] = 50
        script.refusals.append(refusal)
        post(page, LONG)
        expect(page.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
        expect(field(page)).to_have_value(LONG)
        if "minimum" in refusal[1]:
            page.reload()
    button(page).click()
    expect(page.get_by_text("Received.")).to_be_visible()
    assert [fault for fault in reader.faults if "status of 50" not in fault] == []
    reader.faults.clear()


def test_without_a_network_the_text_is_kept_and_can_be_sent_again(opens: Opens, script: Script) -> None:
    reader = opens()
    page = reader.open()
    reader.context.set_offline(True)
    post(page)
    expect(page.get_by_role("alert").filter(has_text="There is no connection.")).to_be_visible()
    expect(field(page)).to_have_value(LONG)
    reader.context.set_offline(False)
    button(page).click()
    expect(page.get_by_text("Received.")).to_be_visible()
    assert len(script.sent) == 1
    reader.faults.clear()  # the browser logs that it was offline


def test_without_javascript_the_plain_form_posts_to_the_server(opens: Opens, script: Script) -> None:
    page = opens(java_script_enabled=False).goto("/article")
    page.get_by_label("Your name").fill("Ada Holm")
    page.get_by_label("Your comment").fill(LONG)
    page.get_by_role("button", name="Post comment").click()
    expect(page.get_by_role("heading", name="Received")).to_be_visible()
    expect(page).to_have_url(re.compile("/comments/r1/page$"))
    assert script.sent == [
        {
            "article": "bridge-reopens",
            "article_title": "The bridge reopens in May",
            "article_url": "https://gazette.example/bridge-reopens",
            "back": "https://gazette.example/bridge-reopens",
            "language": "en",
            "author": "Ada Holm",
            "text": LONG,
            "website": "",
        }
    ]


def test_a_browser_that_is_too_old_keeps_the_plain_form(opens: Opens, script: Script) -> None:
    reader = opens()
    reader.context.add_init_script("delete AbortSignal.any")
    page = reader.goto("/article")
    page.get_by_label("Your comment").fill(LONG)
    page.get_by_role("button", name="Post comment").click()
    expect(page.get_by_role("heading", name="Received")).to_be_visible()
    assert script.sent[0]["text"] == LONG


def test_the_component_works_from_another_origin_under_a_strict_policy(
    opens: Opens, script: Script, address: str
) -> None:
    script.settings |= {"guidance": None, "hints": True}
    script.hint = IDIOT
    reader = opens()
    other = address.replace("127.0.0.1", "localhost")
    reader.page.goto(f"{other}/article?server={address}&lang=de")
    page = reader.page
    page.get_by_role("textbox", name="Ihr Kommentar").fill(RUDE)
    page.get_by_role("button", name="Kommentar absenden").click()
    page.get_by_role("button", name="Trotzdem absenden").click()
    expect(page.get_by_text("Eingegangen. Ihr Kommentar wird gerade geprüft.")).to_be_visible()


def test_closed_comments_say_until_when_and_keep_what_was_written(opens: Opens, script: Script) -> None:
    page = opens(refusals=True).open()
    script.refusals = [(409, {"code": "comments_closed", "until": "2030-01-31T18:00:00.000Z"}, {})]
    post(page)
    expect(page.get_by_text("Comments are closed here until January 31, 2030").first).to_be_visible()
    expect(field(page)).to_have_value(LONG)
    expect(button(page)).to_have_attribute("aria-disabled", "true")
    script.settings |= {"closed": True, "closed_until": None}
    field(page).fill("")
    page.reload()
    expect(page.get_by_text("Comments are closed here.", exact=True).first).to_be_visible()
    expect(field(page)).to_be_hidden()
    expect(button(page)).to_be_hidden()
