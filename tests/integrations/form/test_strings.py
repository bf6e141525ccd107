"""Every language has every sentence, with the same values and with its plural forms."""

import json
import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.integrations.form.comments_server import FORM
from tests.integrations.form.conftest import Opens

LANGUAGES = sorted(file.stem.removeprefix("strings-") for file in FORM.glob("strings-*.js"))
READ = """async (languages) => Object.fromEntries(await Promise.all(languages.map(async (language) => {
  const { default: texts } = await import(`/embed/strings-${language}.js`);
  return [language, texts];
})))"""

CHOOSE = """async (tags) => {
  const { sentences } = await import("/embed/strings.js");
  const all = await Promise.all(tags.map((tag) => sentences(tag)));
  return all.map((t) => [t.tag, t("leaveAComment"), t("tooLong", { n: 1234 })]);
}"""


def test_the_component_knows_the_languages_that_have_a_file() -> None:
    listed = re.search(r"LANGUAGES = (\[.*\]);", (FORM / "strings.js").read_text())
    assert listed is not None
    assert sorted(json.loads(listed[1])) == LANGUAGES == ["de", "en", "es", "fr", "hi"]


def test_every_language_has_every_sentence_with_its_values(blank: Page) -> None:
    read = blank.evaluate(READ, LANGUAGES)
    english = read["en"]
    for language, found in read.items():
        assert list(found) == list(english), language
        for name, text in found.items():
            assert values(text) == values(english[name]), (language, name)
            assert isinstance(text, str) or list(text) == ["one", "other"], (language, name)


def test_every_sentence_is_used_and_every_sentence_used_exists(blank: Page) -> None:
    english = blank.evaluate(READ, ["en"])["en"]
    code = "".join(file.read_text() for file in FORM.glob("*.js") if not file.name.startswith("strings"))
    statuses = {"pending", "held", "approved"}
    used = {name for name in english if f'"{name}"' in code or name.startswith("kind_")}
    assert used | statuses == set(english)
    assert set(re.findall(r'\bt\("(\w+)"', code)) <= set(english)


def test_the_tag_chooses_language_and_numbers(blank: Page) -> None:
    chosen = blank.evaluate(CHOOSE, ["es-MX", "fr", "de-AT", "hi", "nl", "not a tag"])
    assert chosen == [
        ["es-MX", "Deje un comentario", "Sobran 1,234 caracteres."],
        ["fr", "Laissez un commentaire", "1\u202f234 caractères de trop."],
        ["de-AT", "Kommentar schreiben", "1\u00a0234 Zeichen zu viel."],
        ["hi", "टिप्पणी लिखें", "1,234 अक्षर ज़्यादा हैं।"],
        ["en", "Leave a comment", "1,234 characters too many."],
        ["en", "Leave a comment", "1,234 characters too many."],
    ]


def test_a_site_has_sentences_of_its_own(opens: Opens) -> None:
    own = {"leaveAComment": "Praat mee", "more": {"one": "Nog {n} teken.", "other": "Nog {n} tekens."}}
    page = opens().open(lang="nl", own=own)
    expect(page.get_by_role("heading", name="Praat mee")).to_be_visible()
    page.get_by_label("Your comment").fill("x" * 3 + "y")
    expect(page.get_by_text("Nog 46 tekens.")).to_be_visible()


def values(text: Any) -> set[str]:
    forms = [text] if isinstance(text, str) else text.values()
    return {value for form in forms for value in re.findall(r"\{(\w+)\}", form)}
