"""What other rooms say in English reaches a moderator in their language; what people wrote stays as they wrote it."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.support import Translations
from flask import Flask, g
from flask_babel import get_babel
from werkzeug.datastructures import MultiDict

from service.clock import utc_now
from service.console.formats import ago, decimal, moderators_words, number, percentage
from service.console.insight.figures import duration
from service.console.languages import DOMAIN
from service.console.policy import override_form
from service.console.policy.override_words import of_record
from service.console.saying import language_name, reason_text, said
from service.db import Database
from service.models import Site
from service.moderation.policy.differences import differences
from service.moderation.policy.overrides import API, Override, ReplacedRules, Target
from service.moderation.policy.rules import Rules
from service.moderation.policy.timetable import DAYS
from service.sentences import Grouped, counted, worded
from tests.support.console import Person, text_of
from tests.support.held import hold

BASE = "/console/sites/gazette"
GERMAN = {"Accept-Language": "de"}
CATALOGUE: dict[str | tuple[str, str], str | tuple[str, str]] = {
    "contains a term on the site's suspect list": "enthält ein Wort von der Liste der verdächtigen Wörter",
    "on the suspect list: %(terms)s": "auf der Liste der verdächtigen Wörter: %(terms)s",
    "%(attribute)s %(score)s, hold from %(threshold)s": "%(attribute)s %(score)s, zurückgehalten ab %(threshold)s",
    "severe toxicity": "schwere Toxizität",
    "written by staff; not held for: %(reasons)s": "vom eigenen Haus; nicht zurückgehalten für: %(reasons)s",
    "contains personal data: %(kinds)s": "enthält personenbezogene Daten: %(kinds)s",
    "e-mail address": "E-Mail-Adresse",
    "written in %(language)s, which no classifier here knows": (
        "geschrieben auf %(language)s, das hier kein Modell kennt"
    ),
    "%(rules)s, %(rule)s": "%(rules)s, %(rule)s",
    "%(rule)s: %(value)s": "%(rule)s: %(value)s",
    "%(rule)s %(value)s": "%(rule)s %(value)s",
    "%(attribute)s: hold from": "%(attribute)s: zurückhalten ab",
    "Minimum length": "Mindestlänge",
    "off": "aus",
    "Insults a person": "Beleidigt eine Person",
    ("reported by %(count)s reader: %(kinds)s", "reported by %(count)s readers: %(kinds)s"): (
        "von %(count)s Leser gemeldet: %(kinds)s", "von %(count)s Lesern gemeldet: %(kinds)s",
    ),
    ("Approved %(count)s comment.", "Approved %(count)s comments."): (
        "%(count)s Kommentar freigegeben.", "%(count)s Kommentare freigegeben.",
    ),
    "Saved the view “%(name)s”.": "Ansicht „%(name)s“ gespeichert.",
    "This page needs the role %(role)s at %(site)s. Your role there is %(own)s.": (
        "Diese Seite verlangt die Rolle %(role)s bei %(site)s. Dort sind Sie %(own)s."
    ),
    "lead": "Leitung",
    "Not allowed with these credentials": "Nicht erlaubt",
    ("%(count)s link, %(limit)s allowed", "%(count)s links, %(limit)s allowed"): (
        "%(count)s Link, %(limit)s erlaubt", "%(count)s Links, %(limit)s erlaubt"
    ),
    ("%(count)s minute", "%(count)s minutes"): ("%(count)s Minute", "%(count)s Minuten"),
    "Stricter rules for %(target)s, %(when)s": "Strengere Regeln für %(target)s, %(when)s",
    "the section “%(name)s”": "die Rubrik „%(name)s“",
    "every night %(begin)s to %(end)s": "jede Nacht %(begin)s bis %(end)s",
    "%(days)s %(begin)s to %(end)s": "%(days)s %(begin)s bis %(end)s",
    "%(first)s to %(last)s": "%(first)s bis %(last)s",
    "Comments closed for %(target)s": "Kommentare geschlossen für %(target)s",
    "all that comes by the API": "alles, was über die API kommt",
    "until %(moment)s": "bis %(moment)s",
    "Review": "Prüfen",
}  # fmt: skip


@pytest.fixture
def app(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application, with a German catalogue of what these tests look at."""
    catalogue, compiled = Catalog(locale="de", domain=DOMAIN), BytesIO()
    for english, german in CATALOGUE.items():
        catalogue.add(english, german)
    write_mo(compiled, catalogue)
    compiled.seek(0)
    with app.app_context():
        cache = get_babel().instance.domain_instance.cache
        monkeypatch.setitem(cache, ("de", DOMAIN), Translations(compiled, DOMAIN))
    return app


@pytest.fixture
def in_german(app: Flask) -> Iterator[None]:
    """Within a request of a browser that asks for German."""
    request: AbstractContextManager[object] = app.test_request_context("/console/sign-in", headers=GERMAN)
    with request:
        yield


@pytest.mark.parametrize(
    ("code", "english", "german"),
    [
        ("suspect_term", "on the suspect list: 50 %, %(count)s, {x}",
         "auf der Liste der verdächtigen Wörter: 50 %, %(count)s, {x}"),
        ("suspect_term", "contains a term on the site's suspect list",
         "enthält ein Wort von der Liste der verdächtigen Wörter"),
        ("toxic", "severe toxicity 0.91, hold from 0.50", "schwere Toxizität 0,91, zurückgehalten ab 0,50"),
        ("personal_data", "contains personal data: e-mail address, e-mail address",
         "enthält personenbezogene Daten: E-Mail-Adresse, E-Mail-Adresse"),
        ("author_staff", "written by staff; not held for: severe toxicity 0.55, hold from 0.50",
         "vom eigenen Haus; nicht zurückgehalten für: schwere Toxizität 0,55, zurückgehalten ab 0,50"),
        ("author_staff", "written by staff; not held for: on the suspect list: a; lead; ",
         "vom eigenen Haus; nicht zurückgehalten für: auf der Liste der verdächtigen Wörter: a; lead; "),
        ("language_unsupported", "written in fr, which no classifier here knows",
         "geschrieben auf Französisch, das hier kein Modell kennt"),
        ("reported", "reported by 1 reader: rude", "von 1 Leser gemeldet: rude"),
        ("reported", "reported by 1,200 readers: rude", "von 1.200 Lesern gemeldet: rude"),
        ("too_many_links", "1 link, 0 allowed", "1 Link, 0 erlaubt"),
        ("too_many_links", "5 links, 3 allowed", "5 Links, 3 erlaubt"),
        ("too_many_links", "1 links, 0 allowed", "1 Link, 0 erlaubt"),  # of an earlier version
        ("suspect_term", "written by another version", "written by another version"),
        ("our_own", "on the suspect list: x", "on the suspect list: x"),
    ],
)  # fmt: skip
@pytest.mark.one_database
@pytest.mark.usefixtures("in_german")
def test_a_stored_reason_is_said_in_the_visitors_language(code: str, english: str, german: str) -> None:
    assert reason_text({"code": code, "text": english}) == german


@pytest.mark.one_database
@pytest.mark.parametrize("text", ["on the suspect list: x", "severe toxicity 0.91, hold from 0.50"])
def test_in_english_a_stored_reason_is_what_is_stored(app: Flask, text: str) -> None:
    with app.test_request_context("/console/sign-in", headers={"Accept-Language": "en-GB"}):
        assert reason_text({"code": "suspect_term", "text": text}) == text


@pytest.mark.one_database
def test_a_stored_reason_names_the_language_in_english_too(app: Flask) -> None:
    with app.test_request_context("/console/sign-in", headers={"Accept-Language": "en"}):
        stored = {"code": "language_unsupported", "text": "written in fr, which no classifier here knows"}
        assert reason_text(stored) == "written in French, which no classifier here knows"


@pytest.mark.one_database
@pytest.mark.usefixtures("in_german")
def test_the_rules_of_an_override_are_said_in_the_visitors_language() -> None:
    rules = {"minimum_length": 100, "thresholds": {"severe_toxicity": {"hold_at": 0.25}, "insult": {"hold_at": None}}}
    override = Override.model_validate({"target": {"section": "Sport"}, "rules": rules})
    (change,) = differences(Rules(), Rules(overrides=[override]))
    assert change.before == "–"
    assert said(change.after) == (
        "Mindestlänge: 100, schwere Toxizität: zurückhalten ab 0,25, insult: zurückhalten ab aus"
    )


@pytest.mark.one_database
@pytest.mark.usefixtures("in_german")
@pytest.mark.parametrize("typed", ["aus", "Aus", "off"])
def test_a_limit_is_switched_off_in_the_visitors_language(typed: str) -> None:
    sent = MultiDict({"section": "Sport", "minimum_length": "1", "link_limit": typed})
    override = override_form.read(sent, "UTC").override
    assert override is not None
    assert override.rules.link_limit is None
    assert override_form.fields_of(override, "UTC")["link_limit"] == "aus"


@pytest.mark.one_database
@pytest.mark.usefixtures("in_german")
def test_a_label_is_translated_unless_the_site_has_worded_it() -> None:
    assert moderators_words({"label": "Insults a person", "text": "Please be kind."}) == "Beleidigt eine Person"
    assert moderators_words({"label": "Review", "text": "Please be kind."}) == "Review"


@pytest.mark.one_database
@pytest.mark.usefixtures("in_german")
def test_an_error_is_said_with_its_values_as_they_are() -> None:
    refusal = worded(
        "This page needs the role %(role)s at %(site)s. Your role there is %(own)s.",
        role=worded("lead"), site="lead %(own)s {x} 5 %", own=worded("viewer"),
    )  # fmt: skip
    assert said(refusal) == "Diese Seite verlangt die Rolle Leitung bei lead %(own)s {x} 5 %. Dort sind Sie viewer."
    assert said(counted("%(count)s minute", "%(count)s minutes", 1)) == "1 Minute"
    assert said(counted("%(count)s minute", "%(count)s minutes", 1_500)) == "1.500 Minuten"
    assert said(worded("at most %(most)s", most=Grouped(10_000))) == "at most 10.000"
    assert said("nobody has translated this") == "nobody has translated this"
    assert said(None) == said("") == ""


@pytest.mark.one_database
@pytest.mark.usefixtures("in_german")
def test_numbers_and_times_are_written_as_the_language_writes_them() -> None:
    assert ago(utc_now() - timedelta(minutes=5)) == "vor 5 Min."
    assert ago(utc_now() - timedelta(minutes=80)) == "vor 80 Min."
    assert (number(12_345), decimal(0.5), percentage(0.874)) == ("12.345", "0,50", "87\xa0%")
    assert duration(12_600) == "3,5 Std."
    assert language_name("fr") == "Französisch"


def test_outside_a_request_and_in_english_they_are_as_before() -> None:
    assert ago(utc_now() - timedelta(minutes=5)) == "5 min ago"
    assert (number(12_345), decimal(0.5), percentage(0.874)) == ("12,345", "0.50", "87\u202f%")
    assert duration(12_600) == "3.5 h"
    assert language_name("fr") == "French"


@pytest.mark.one_database
def test_an_override_is_said_with_what_a_person_named(app: Flask) -> None:
    override = Override.model_validate(
        {
            "target": {"section": "Review, until %(x)s"},
            "rules": {"link_limit": 0},
            "when": {
                "hours": [
                    {"days": list(DAYS), "begin": "22:00", "end": "06:00"},
                    {"days": ["sat", "sun"], "begin": "08:00", "end": "12:00"},
                    {"days": ["tue", "wed", "thu"], "begin": "08:00", "end": "09:00"},
                ],
                "until": "2026-12-01T01:00:00Z",
            },
        }
    )
    stored = json.loads(json.dumps(override.as_applied("Europe/Madrid")))
    with app.test_request_context(f"{BASE}/review", headers=GERMAN):
        g.source_names = {}
        assert of_record(stored) == (
            "Strengere Regeln für die Rubrik „Review, until %(x)s“, jede Nacht 22:00 bis 06:00; Samstag, Sonntag 08:00 "
            "bis 12:00; Dienstag bis Donnerstag 08:00 bis 09:00 (Europe/Madrid), "
            "bis 1. Dezember 2026 02:00 (Europe/Madrid)"
        )
        first = {"target": stored["target"], "text": stored["text"]}  # as decisions of November kept it
        assert of_record(first) == stored["text"]
        assert of_record(Override(target=Target(source=API), rules=ReplacedRules(closed=True)).as_applied("UTC")) == (
            "Kommentare geschlossen für alles, was über die API kommt"
        )


def test_pages_and_notices_speak_german_and_keep_what_people_typed(ana: Person, site: Site, database: Database) -> None:
    comment = hold(database, site.id, 3)
    page = f"{BASE}/comments/{comment.id}"
    assert "auf der Liste der verdächtigen Wörter: crock" in text_of(ana.get(page, headers=GERMAN).text)
    assert "on the suspect list: crock" in text_of(ana.get(page).text)
    ana.post(f"{BASE}/review/views", {"name": "<b>%(count)s</b> {x} %", "query": ""}, headers=GERMAN)
    shown = ana.get(f"{BASE}/review", headers=GERMAN).text
    assert "Ansicht „&lt;b&gt;%(count)s&lt;/b&gt; {x} %“ gespeichert." in shown
    assert ">Prüfen</a>" in shown
    picked = f"{comment.id}:{comment.version}"
    ana.post(f"{BASE}/review/bulk/decision", {"verdict": "approve", "picked": picked}, headers=GERMAN)
    assert "1 Kommentar freigegeben." in ana.get(f"{BASE}/review", headers=GERMAN).text


def test_a_refusal_is_a_german_page_and_english_without_a_language(ana: Person) -> None:
    german = text_of(ana.get(f"{BASE}/policy/replays", headers=GERMAN).text)
    assert "Diese Seite verlangt die Rolle Leitung bei The Gazette. Dort sind Sie moderator." in german
    assert "Nicht erlaubt" in german
    english = text_of(ana.get(f"{BASE}/policy/replays").text)
    assert "This page needs the role lead at The Gazette. Your role there is moderator." in english
