"""Which language an answer of the console speaks, and how numbers in it are said."""

import json
import re
from html import unescape
from typing import Any

import pytest
from babel.support import Translations
from flask import Flask, render_template_string

from service.console import languages
from service.console.words import KNOWN
from service.db import Database
from service.models import Preference
from service.models.appeal import AppealState
from service.models.delivery import DeliveryState
from service.models.moderator import Role
from service.models.report import ReportOutcome
from service.vocabulary import AttemptOutcome, CommentStatus, Reason, Source, Standing, Verdict
from tests.support.console import Person, text_of

OUT_OF_DATE = "This page is out of date. Reload it and try again."
GERMAN = Translations.load(languages.TRANSLATIONS, ["de"], languages.DOMAIN)


def language_of(page: str) -> str:
    found = re.search(r'<html lang="([^"]+)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("accepts", "speaks"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE", "de"),
        ("de-AT, en;q=0.9", "de"),
        ("de;q=0, fr;q=0.1", "fr"),
        ("pt-BR, fr;q=0.7, en;q=0.5", "fr"),
        ("es-MX", "es"),
        ("ja", "en"),
        ("en-GB, de;q=0.9", "en"),
        ("*", "en"),
    ],
)
@pytest.mark.one_database
def test_the_sign_in_page_speaks_what_the_browser_asks_for(app: Flask, accepts: str, speaks: str) -> None:
    page = app.test_client().get("/console/sign-in", headers={"Accept-Language": accepts}).text
    assert language_of(page) == speaks


@pytest.mark.one_database
def test_pages_speak_the_language(app: Flask) -> None:
    page = app.test_client().get("/console/sign-in", headers={"Accept-Language": "de"}).text
    assert GERMAN.gettext("Sign in to Moderato") != "Sign in to Moderato"
    assert GERMAN.gettext("Sign in to Moderato") in text_of(page)
    assert "Sign in to Moderato" not in page


def test_a_moderators_own_choice_comes_before_the_browsers(ana: Person) -> None:
    asks = {"Accept-Language": "fr"}
    assert language_of(ana.get("/console/preferences", headers=asks).text) == "fr"
    saved = ana.post("/console/preferences", {"language": "de"}, headers=asks, follow_redirects=True).text
    assert language_of(saved) == "de"
    assert '<option value="de" lang="de" selected>Deutsch</option>' in saved
    assert f"<p>{GERMAN.gettext('Saved.')}</p>" in saved
    assert language_of(ana.post("/console/preferences", {"language": "en"}, follow_redirects=True).text) == "en"
    ana.post("/console/preferences", {"language": ""})
    assert language_of(ana.get("/console/preferences", headers=asks).text) == "fr"


@pytest.mark.one_database
@pytest.mark.parametrize("stored", ["tlh", "", None, 7, ["de"], {"de": 1}])
def test_a_stored_choice_that_is_none_is_no_choice(ana: Person, database: Database, stored: Any) -> None:
    with database.write() as session:
        session.add(Preference(moderator_id=ana.moderator.id, choices={"language": stored}))
    assert language_of(ana.get("/console/preferences", headers={"Accept-Language": "es"}).text) == "es"


@pytest.mark.one_database
def test_an_error_page_speaks_it_too_and_the_api_stays_english(app: Flask, ana: Person) -> None:
    asks = {"Accept-Language": "de"}
    assert language_of(ana.get("/console/there-is-no-such-page", headers=asks).text) == "de"
    client = app.test_client()
    english, german = (client.get("/v1/comments", headers=headers) for headers in ({}, asks))
    assert english.status_code == german.status_code == 401
    assert (english.json or {}).get("detail") == (german.json or {}).get("detail")


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("path", "headers", "size", "english"),
    [
        ("/console/nowhere", {}, 1, "The console has no such page."),
        ("/console/preferences", {}, 1, OUT_OF_DATE),
        ("/console/preferences", {"Accept": "application/json"}, 1, OUT_OF_DATE),
        ("/console/preferences", {"HX-Request": "true"}, 1, OUT_OF_DATE),
        ("/console/preferences", {"Sec-Fetch-Site": "cross-site"}, 1,
         "The form was sent from another site. Open the console itself and try again."),
        ("/console/preferences", {}, 20_000_000, "The form, or the file in it, is too large. Nothing was saved."),
    ],
)  # fmt: skip
def test_what_is_refused_before_any_view_looks_speaks_the_chosen_language(
    ana: Person, path: str, headers: dict[str, str], size: int, english: str
) -> None:
    ana.post("/console/preferences", {"language": "de"})
    send = ana.client.get if path.endswith("nowhere") else ana.client.post
    answer = send(path, data={"note": "x" * size}, headers={"Accept-Language": "fr"} | headers)
    assert answer.status_code >= 400
    assert GERMAN.gettext(english) != english
    assert GERMAN.gettext(english) in (answer.json or {"detail": unescape(answer.text)})["detail"]


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("accepts", "count", "said"),
    [("en", 1, "1 comment"), ("en", 1234, "1,234 comments"), ("de", 1234, "1.234"), ("fr", 0, None)],
)
def test_plurals_follow_the_language_and_so_do_their_numbers(
    app: Flask, accepts: str, count: int, said: str | None
) -> None:
    with app.test_request_context("/console/sign-in", headers={"Accept-Language": accepts}):
        source = "{% trans num=count %}{{ num }} comment{% pluralize %}{{ num }} comments{% endtrans %}"
        shown = render_template_string(source, count=count)
        called = render_template_string('{{ ngettext("%(num)s comment", "%(num)s comments", count) }}', count=count)
    assert shown == called
    assert shown.startswith(said or f"{count} ")


@pytest.mark.one_database
def test_a_value_in_a_translated_text_is_escaped_and_the_text_is_not(app: Flask) -> None:
    with app.test_request_context("/console/sign-in"):
        assert render_template_string('{{ _("It’s <b>%(who)s</b>", who="<i>") }}') == "It’s <b>&lt;i&gt;</b>"
        assert render_template_string("{% trans who='<i>' %}Is <b>{{ who }}</b>{% endtrans %}") == "Is <b>&lt;i&gt;</b>"


def test_pages_carry_what_their_scripts_say_but_not_in_english(ana: Person) -> None:
    assert "data-texts" not in ana.get("/console/preferences").text
    page = ana.get("/console/preferences", headers={"Accept-Language": "de"}).text
    found = re.search(r'data-texts="([^"]+)"', page)
    assert found
    texts = json.loads(unescape(found[1]))
    assert texts["Approved"] == GERMAN.gettext("Approved")
    assert set(texts["Decide on %(num)s ticked"]) == {"one", "other"}


def test_scripts_name_each_text_in_a_way_that_is_found() -> None:
    """What is not a plain text, such as one that is put together, would be missing in every language."""
    for script in (languages.HERE / "static").glob("*.js"):
        calls = re.findall(r"moderato\.tn?\((?!text|one)\s*(.)", script.read_text())
        assert set(calls) <= {'"'}, script.name


def test_every_text_of_a_script_is_found() -> None:
    """One within a template literal is not."""
    known = {text if isinstance(text, str) else text[0] for text in languages.texts_of_scripts()}
    for script in (languages.HERE / "static").glob("*.js"):
        called = re.findall(r'moderato\.tn?\(\s*"((?:[^"\\]|\\.)*)"', script.read_text())
        assert set(called) <= known, script.name


@pytest.mark.parametrize(
    "kind",
    [CommentStatus, Verdict, Standing, Role, Source, AppealState, ReportOutcome, DeliveryState, AttemptOutcome, Reason],
)
def test_every_stored_word_that_pages_show_is_known(kind: Any) -> None:
    assert {word.value.replace("_", " ") for word in kind} <= KNOWN
