"""No form of the console ends on a page without it: what is refused comes back with what was typed and why.

Every form of every page is sent with its fields blank, and again with more than any field holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import pytest
from flask import Flask
from lxml import html
from werkzeug.test import TestResponse

from service.accounts import keys
from service.clock import utc_now
from service.db import Database
from service.models import Site, WorkerBeat
from service.models.moderator import Role
from service.vocabulary import Scope
from tests.support.console import Person, add_moderator, enter
from tests.support.full_site import fill
from tests.support.held import SAID, hold
from tests.support.pages import PAGES_OFF_SITE, Stage

SITE = "/console/sites/gazette"
BLANK, BLANKS, LONG = "", "   ", "Too long for any field. " * 900
LEFT_OUT = ("/console/sign-out",)  # ends the visit
NOT_SHOWN_AGAIN = ("secret",)  # what a source signs with is never put into a page


@dataclass(frozen=True)
class Form:
    """A form as a page shows it."""

    page: str
    action: str
    kept: dict[str, str]  # hidden values, and what is chosen
    typed: tuple[str, ...]  # names of the fields for words, which take any words


@pytest.fixture
def ada(app: Flask, database: Database, site: Site, other_site: Site) -> Person:
    """An admin at the Gazette, signed in."""
    person = add_moderator(database, "ada@gazette.example", "Ada Holm", gazette=Role.ADMIN, herald=Role.VIEWER)
    return enter(app.test_client(), person)


@pytest.fixture
def stage(database: Database, site: Site, ada: Person, tries: None) -> Stage:
    ben = add_moderator(database, "ben@gazette.example", "Ben Okafor", gazette=Role.MODERATOR)
    with database.write() as session:
        session.add(WorkerBeat(role="delivery", host="box", pid=7, started_at=utc_now(), seen_at=utc_now()))
    texts = [said.text for said in SAID] + [f"{said.text} So it was said again." for said in SAID[:3]]
    return fill(database, site, ada.moderator, ben, texts)


def forms_of(person: Person, page: str) -> Iterator[Form]:
    """Yield every form of the page that changes something, once for each address that its buttons send it to."""
    document = html.document_fromstring(person.get(page).text)
    for form in posts(document):
        fields = fields_of(document, form)
        kept = {field.get("name"): value for field in fields if (value := chosen(field)) is not None}
        typed = tuple(field.get("name") for field in fields if is_typed(field))
        for action in actions_of(document, form, page):
            yield Form(page, action, kept, typed)


def posts(document: Any) -> list[Any]:
    found: list[Any] = document.xpath('//form[@method="post"]')
    return found


def actions_of(document: Any, form: Any, page: str) -> list[str]:
    given = [form.get("action") or page, *(field.get("formaction") for field in fields_of(document, form))]
    return list(dict.fromkeys(urljoin(page, one).partition("#")[0] for one in given if one))


def fields_of(document: Any, form: Any) -> list[Any]:
    inside = [field for field in form.iter("input", "textarea", "select", "button") if field.get("form") is None]
    elsewhere = document.xpath("//*[@form=$own]", own=form.get("id")) if form.get("id") else []
    return [field for field in [*inside, *elsewhere] if field.get("name") or field.get("formaction")]


def is_typed(field: Any) -> bool:
    return field.tag == "textarea" or (
        field.tag == "input" and (field.get("type") or "text") in ("text", "email", "url", "search")
    )


def chosen(field: Any) -> str | None:
    """Return what the field sends untouched; None for what is typed, not chosen, or the token of the page."""
    kind = field.get("type")
    if is_typed(field) or field.get("name") == "csrf_token" or kind in ("password", "file") or field.tag == "button":
        return None
    if field.tag == "select":
        options = field.xpath("./option[@selected]") or field.xpath("./option")
        return str(options[0].get("value", options[0].text_content())) if options else None
    if kind in ("checkbox", "radio") and "checked" not in field.attrib:
        return None
    return str(field.get("value", ""))


def has(page: str, sent: Form) -> bool:
    """Whether a page has a form with this action."""
    document = html.document_fromstring(page)
    return any(sent.action in actions_of(document, form, sent.page) for form in posts(document))


def missing(person: Person, page: str, sent: Form, words: str) -> list[str]:
    """Return what a page lacks that answers a refused form; its form only if that is still where it came from."""
    document = html.document_fromstring(page)
    lacks = [] if has(page, sent) or not has(person.get(sent.page).text, sent) else ["the form"]
    if not document.xpath('//*[@role="alert"][normalize-space()] | //*[contains(@class, "fault")]'):
        lacks.append("the message")
    for name in sent.typed if words is LONG and has(page, sent) else ():
        areas = [area.text_content() for area in document.xpath("//textarea[@name=$name]", name=name)]
        held = [*areas, *document.xpath("//input[@name=$name]/@value", name=name)]
        if name not in NOT_SHOWN_AGAIN and not any(words[:20] in " ".join(value.split()) for value in held):
            lacks.append(f"what was typed as {name}")
    return lacks


@pytest.mark.timeout(300)
@pytest.mark.one_database
@pytest.mark.parametrize("words", [BLANK, BLANKS, LONG], ids=["nothing", "blanks", "too long"])
def test_every_refused_form_comes_back_with_what_was_typed(ada: Person, stage: Stage, words: str) -> None:
    pages = [PAGES_OFF_SITE["console.preferences"], PAGES_OFF_SITE["console.account"], *stage.addresses()]
    forms = {(form.action, *sorted(form.kept.items())): form for page in pages for form in forms_of(ada, page)}
    refused, lost = set(), {}
    for form in reversed(forms.values()):  # a list of a replay is of use until the policy changes
        if form.action in LEFT_OUT:
            continue
        data = {**form.kept, **dict.fromkeys(form.typed, words)}
        answer = ada.post(form.action, data, headers={"Referer": f"http://localhost{form.page}"})
        if answer.status_code < 400:
            continue
        refused.add(form.action)
        if lacks := missing(ada, answer.text, form, words):
            lost[f"{form.action} from {form.page}"] = answer.status_code, lacks
    assert lost == {}
    assert len(refused) > 30


def author_form(person: Person, author: str, **typed: str) -> TestResponse:
    page = html.document_fromstring(person.get(f"{SITE}/author?id={author}").text)
    stamp = page.xpath('//input[@name="stamp"]/@value')[0]
    return person.post(
        f"{SITE}/author",
        {"id": author, "stamp": stamp} | typed,
        headers={"Referer": f"http://localhost{SITE}/author?id={author}"},
    )


def held_in(answer: TestResponse, name: str) -> list[str]:
    return [str(value) for value in html.document_fromstring(answer.text).xpath(f"//input[@name='{name}']/@value")]


def test_a_form_that_a_colleague_overtook_shows_the_present_state_and_keeps_what_was_typed(
    lea: Person, site: Site, database: Database
) -> None:
    hold(database, site.id, 0, author_id="tom")
    assert author_form(lea, "tom", standing="blocked", reason="Adverts").status_code == 303
    late = author_form(lea, "tom", standing="trusted", reason="<b>Known</b>\nto us", stamp="")
    assert late.status_code == 409
    page = html.document_fromstring(late.text)
    assert page.xpath('//textarea[@name="reason"]')[0].text.lstrip("\n") == "<b>Known</b>\nto us"
    assert page.xpath('//input[@name="standing"][@checked]/@value') == ["trusted"]
    assert held_in(late, "stamp") != [""]
    assert "Adverts" in late.text


def test_a_refused_form_stays_in_its_filter(lea: Person, site: Site, database: Database) -> None:
    address = f"{SITE}/comments/{hold(database, site.id, 0).id}"
    for sent in ({}, {"from_page": f"{address}?order=severe"}):  # of the page, and of the same page shown again
        came_from = {} if sent else {"Referer": f"http://localhost{address}?order=severe"}
        answer = lea.post(f"{address}/notes", {"note": " ", **sent}, headers=came_from)
        form = html.document_fromstring(answer.text).xpath('//form[contains(@action, "/notes")]')[0]
        assert (answer.status_code, form.fields["query"]) == (422, "order=severe")


def test_what_was_selected_for_bulk_is_never_mixed_with_what_the_page_shows_now(
    ana: Person, site: Site, database: Database
) -> None:
    first, second = (hold(database, site.id, number) for number in range(2))
    every = {"Referer": f"http://localhost{SITE}/review/bulk?all=1"}
    answer = ana.post(f"{SITE}/review/bulk/decision", {"verdict": "reject", "picked": f"{first.id}:1"}, headers=every)
    assert answer.status_code == 422
    assert set(held_in(answer, "picked")) == {f"{one.id}:{one.version}" for one in (first, second)}


def test_a_button_of_a_row_that_is_gone_is_not_answered_in_another_row(
    ada: Person, site: Site, database: Database
) -> None:
    with database.write() as session:
        keys.create(session, site.id, "Form", scopes=(Scope.SUBMIT,))
        keys.create(session, site.id, "Shop", scopes=(Scope.SUBMIT,))
    answer = ada.post(f"{SITE}/keys/{'0' * 32}/revoke", headers={"Referer": f"http://localhost{SITE}/keys"})
    page = html.document_fromstring(answer.text)
    assert answer.status_code == 422
    assert page.xpath('//form//*[@role="alert"]') == []
    assert page.xpath('//main//*[@role="alert"]') != []


@pytest.mark.parametrize(
    "address", ["https://evil.example/console/preferences", "//evil.example/console/", "/v1/comments", "/console/none"]
)
def test_a_form_names_no_page_but_one_of_the_console(lea: Person, site: Site, database: Database, address: str) -> None:
    hold(database, site.id, 0, author_id="tom")
    answer = author_form(lea, "tom", standing="blocked", from_page=address)
    assert answer.status_code == 422
    assert "evil" not in answer.text


def test_a_page_of_another_site_is_not_shown(lea: Person, site: Site, other_site: Site, database: Database) -> None:
    hold(database, site.id, 0, author_id="tom")
    answer = author_form(lea, "tom", standing="blocked", from_page="/console/sites/herald/review")
    assert (answer.status_code, "Herald" in answer.text) == (422, False)


def test_a_script_gets_its_refusal_as_before(lea: Person, site: Site, database: Database) -> None:
    comment = hold(database, site.id, 0)
    address, asks = f"{SITE}/comments/{comment.id}/notes", {"Accept": "application/json"}
    assert lea.post(address, {"note": ""}, headers=asks).get_json()["detail"] == "The note is empty."
    fragment = lea.post(address, {"note": ""}, headers={"HX-Request": "true"}).text
    assert fragment.startswith('<div class="notice notice-bad" role="alert">')
