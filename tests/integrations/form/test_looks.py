"""How it looks and is used: axe, light and dark, phone width, right to left, the keyboard alone. Pictures are kept."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.integrations.form.comments_server import Script
from tests.integrations.form.conftest import LONG, Opens
from tests.integrations.form.test_writing import IDIOT, RUDE, field, post

DESK = {"viewport": {"width": 1200, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}}
SMALL = {"viewport": {"width": 320, "height": 700}}
LOOKS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "desk-light": (DESK, {}),
    "phone-dark": (PHONE | {"color_scheme": "dark"}, {}),
    "phone-right-to-left": (PHONE, {"lang": "ar", "dir": "rtl"}),
    "small": (SMALL, {"lang": "fr"}),
}
ARABIC = {
    "leaveAComment": "اكتب تعليقًا",
    "guidance": "نرحب بالنقاشات المدروسة من قرائنا. يرجى الالتزام بالاحترام وبموضوع المقال.",
    "name": "اسمك",
    "optional": "اختياري",
    "text": "تعليقك",
    "post": "نشر التعليق",
    "reply": "رد",
    "report": "إبلاغ",
}


@pytest.fixture
def full(script: Script) -> Script:
    """An article with a discussion, where everything is offered."""
    script.settings |= {"appeals": True, "reports": ["abuse", "spam", "illegal", "other"], "hints": True}
    script.hint = IDIOT
    script.publish("I cross it every day.\n\nTwo winters of detours were enough; thanks to everybody who worked on it.")
    script.publish("Will the cycle lane be open from the first day?", author="Ben Okafor", parent="c1")
    script.publish("Yes, says the council: page four of the plan.", author="Cleo Marchetti-Vandenbroucke", parent="c2")
    script.publish("جسر جميل، لكنه تأخر كثيرًا.", author="ليلى")
    script.publish("Page four says “by autumn”.", author="", parent="c3")
    script.publish("That was last year’s plan.", author="Cleo Marchetti-Vandenbroucke", parent="c5")
    return script


@pytest.mark.parametrize("look", LOOKS)
def test_every_state_fits_the_window_and_has_no_fault_that_axe_finds(opens: Opens, full: Script, look: str) -> None:
    options, query = LOOKS[look]
    reader = opens(**options)
    page = reader.open(own=ARABIC if query.get("lang") == "ar" else None, **query)
    text = page.locator("#text")
    page.locator("#name").fill("Ada Holm")
    text.fill(RUDE)
    page.locator("form.writer .first").last.click()
    page.locator("mark").wait_for()
    reader.fits("hint")
    reader.picture(f"form-{look}-hint")
    page.locator(".hint .second").click()
    page.locator(".own").wait_for()
    full.decide(status="rejected", message="Please stick to the topic and avoid personal attacks.", appeal="possible")
    page.locator(".own [data-status=rejected]").wait_for()
    page.locator("article footer .link").first.click()
    text.fill(LONG[:38])
    reader.fits("rejected, and a reply")
    reader.picture(f"form-{look}")
    page.locator("article footer .link").nth(1).click()
    reader.fits("dialog")
    reader.picture(f"form-{look}-dialog", whole=False)


def test_the_keyboard_alone_is_enough(opens: Opens, full: Script) -> None:
    page = opens().open()

    def tab() -> str:
        page.keyboard.press("Tab")
        return str(page.evaluate(FOCUSED))

    assert tab() == "Your name"
    page.keyboard.type("Ada")
    tab()
    page.keyboard.type(RUDE)
    assert tab() == "Post comment"
    page.keyboard.press("Enter")
    expect(page.locator(".hint")).to_be_focused()
    tab()
    assert tab() == "Send anyway"
    page.keyboard.press("Enter")
    expect(page.get_by_text("Received.")).to_be_focused()
    full.decide(status="rejected", appeal="possible")
    page.get_by_role("button", name="Ask for a second look").wait_for()
    assert tab() == "Ask for a second look"
    assert tab() == "Reply"
    page.keyboard.press("Enter")
    expect(field(page)).to_be_focused()


def test_what_has_the_focus_is_outlined(page: Page) -> None:
    for _ in range(3):
        page.keyboard.press("Tab")
        style = page.evaluate(
            "(() => { const style = getComputedStyle(document.activeElement.shadowRoot.activeElement);"
            " return [style.outlineStyle, parseFloat(style.outlineWidth)]; })()"
        )
        assert style == ["solid", 3]


def test_the_page_sets_its_font_direction_and_colours(opens: Opens) -> None:
    css = "moderato-comments{--moderato-accent:rgb(122,31,31);--moderato-heading-font:Arial;--moderato-radius:9px}"
    page = opens().open(more=css, dir="rtl", lang="ar", own=ARABIC)
    style = page.evaluate(
        """() => {
          const root = document.querySelector("moderato-comments").shadowRoot;
          const of = (selector, name) => getComputedStyle(root.querySelector(selector))[name];
          root.querySelector(".first").setAttribute("aria-disabled", "false");
          return [of("#text", "fontFamily").split(",")[0], of("h2", "fontFamily"), of("#text", "direction"),
                  of(".first", "backgroundColor"), of("#text", "borderTopLeftRadius"), of("#text", "fontSize")];
        }"""
    )
    assert style == ["Charter", "Arial", "rtl", "rgb(122, 31, 31)", "9px", "18px"]


def test_the_page_does_not_break_it_with_rules_of_its_own(opens: Opens) -> None:
    page = opens().open(more="button,textarea,form{display:none!important}")
    post(page)
    expect(page.get_by_text("Received.")).to_be_visible()


FOCUSED = """() => {
  const element = document.activeElement.shadowRoot?.activeElement ?? document.activeElement;
  return (element.labels?.[0]?.firstChild ?? element).textContent.trim();
}"""
