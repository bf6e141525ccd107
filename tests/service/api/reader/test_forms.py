"""The form without JavaScript: the same comment, a page that says what became of it, everything escaped."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from sqlalchemy import select

from service.api.reader.words import SENTENCES
from service.app import CONTENT_SECURITY_POLICY
from service.db import Database
from service.installation.settings import Settings
from service.models import Comment, Site
from service.queues import Queues
from service.vocabulary import Verdict
from tests.service.api.conftest import LONG_ENOUGH
from tests.service.api.reader.conftest import ORIGIN, Reader, form_key
from tests.support.comments import classify, submit
from tests.support.quicker import application

pytestmark = pytest.mark.one_database
SCRIPT = '"><script>alert(1)</script>'


class Tags(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag == name]

    @property
    def reloads(self) -> bool:
        return any(attributes.get("http-equiv") == "refresh" for attributes in self.all("meta"))


def test_a_form_becomes_the_same_comment_and_leads_to_its_page(reader: Reader, database: Database, site: Site) -> None:
    submit(database, site.id, "parent", f"{LONG_ENOUGH} Parent.", article_id="bridge")
    classify(database)
    back = f"{ORIGIN}/bridge"
    fields = {"article_title": "The bridge", "article_url": back, "parent": "parent", "language": "en", "website": ""}
    answer = reader.submit_form(back=back, **fields)
    assert answer.status_code == 303
    with database.read() as session:
        comment = session.scalars(select(Comment).order_by(Comment.received_at.desc())).first()
    assert comment is not None
    told = (comment.text, comment.author_name, comment.parent_external_id, comment.author_is_claimed)
    assert told == (LONG_ENOUGH, "Ada", "parent", True)
    address = urlsplit(answer.headers["Location"])
    assert address.path.startswith("/v1/reader/comments/")
    assert parse_qs(address.query) == {"key": [reader.key], "back": [back], "language": ["en"]}

    pending = reader.visit(answer.headers["Location"])
    page = Tags(pending.text)
    assert pending.status_code == 200
    assert page.reloads
    assert [link["href"] for link in page.all("a")] == [back]
    assert pending.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert (page.all("script"), page.all("style"), pending.headers["Cache-Control"]) == ([], [], "no-store")
    classify(database, Verdict.REJECT)
    rejected = reader.visit(answer.headers["Location"])
    assert SENTENCES["en"]["rejected"] in rejected.text
    assert "Your comment insults a person or a group." in rejected.text
    assert not Tags(rejected.text).reloads


def test_the_page_says_what_became_of_the_comment(reader: Reader, database: Database) -> None:
    for verdict, what in ((Verdict.APPROVE, "approved"), (Verdict.HOLD, "held")):
        address = reader.submit_form(language="de-AT", text=f"{LONG_ENOUGH} {what}").headers["Location"]
        assert SENTENCES["de"]["pending"] in reader.visit(address).text
        classify(database, verdict)
        page = reader.visit(address).text
        assert SENTENCES["de"][what] in page
        assert '<html lang="de">' in page


def test_the_page_links_back_only_to_an_origin_on_the_keys_list(reader: Reader) -> None:
    for back in (
        "https://evil.example/", f"{ORIGIN}.evil/", f"{ORIGIN}@evil.example/", "javascript:alert(1)", "//evil.example",
        "/path", "https://[", f"{ORIGIN}/{'x' * 3_000}", f"{ORIGIN[:-1]}",
    ):  # fmt: skip
        answer = reader.submit_form(back=back, website="filled, so that nothing is stored")
        address = urlsplit(answer.headers["Location"])
        assert "back" not in parse_qs(address.query)
        forged = reader("GET", address.path.removeprefix("/v1/reader/comments"), query=f"&back={back}")
        assert (forged.status_code, Tags(forged.text).all("a")) == (200, []), back


def test_what_a_reader_wrote_is_escaped_and_given_back_where_it_is_refused(reader: Reader, database: Database) -> None:
    text = f"</textarea>{SCRIPT}"
    answer = reader.submit_form(text=text, language="es", author=SCRIPT, back=f"{ORIGIN}/{SCRIPT}")
    page = Tags(answer.text)
    assert (answer.status_code, answer.content_type) == (422, "text/html; charset=utf-8")
    assert "al menos 50 caracteres" in answer.text
    assert (page.all("script"), len(page.all("textarea"))) == ([], 1)
    assert "&lt;/textarea&gt;" in answer.text
    with database.read() as session:
        assert session.scalars(select(Comment)).all() == []


def test_a_form_of_a_strange_page_is_refused_with_a_page(reader: Reader) -> None:
    answer = replace(reader, origin="https://evil.example").submit_form()
    assert answer.status_code == 403
    assert "moderato keys origins" in answer.text
    assert LONG_ENOUGH in Tags(answer.text).texts
    assert answer.content_type == "text/html; charset=utf-8"


def test_who_is_refused_at_the_door_keeps_text_and_language(reader: Reader) -> None:
    for browser, status in ((replace(reader, key="cm_live_wrong"), 401), (replace(reader, origin="null"), 403)):
        answer = browser.submit_form(language="fr", back=f"{ORIGIN}/bridge")
        page = Tags(answer.text)
        assert (answer.status_code, SENTENCES["fr"]["not_sent"] in answer.text) == (status, True)
        assert LONG_ENOUGH in page.texts
        assert page.all("a") == []


def test_a_refused_form_leads_back_to_the_article(reader: Reader) -> None:
    for back, links in ((f"{ORIGIN}/bridge", [f"{ORIGIN}/bridge"]), ("https://evil.example/", [])):
        page = Tags(reader.submit_form(text="Short.", back=back).text)
        assert [link["href"] for link in page.all("a")] == links
        assert int(page.all("textarea")[0]["cols"] or 99) <= 32, "it fits a telephone without a stylesheet"


def test_the_page_shows_nothing_that_its_address_says(reader: Reader) -> None:
    receipt = reader.sent()["receipt"]
    for path, key in ((f"/{receipt}/page", reader.key), ("/none/page", reader.key), ("/none/page", "cm_live_wrong")):
        answer = replace(reader, key=key)("GET", path, query="&text=Call+this+number&message=Call&detail=Call")
        assert "Call" not in answer.text


def test_a_form_that_will_not_do_is_refused_with_a_page(reader: Reader) -> None:
    bad: tuple[tuple[dict[str, str], int], ...] = (
        ({"article": ""}, 422), ({"article": "a\nb"}, 422), ({"article_url": "javascript:alert(1)"}, 422),
        ({"author": "x" * 201}, 422), ({"text": "\0"}, 422), ({f"f{number}": "" for number in range(60)}, 400),
    )  # fmt: skip
    for fields, status in bad:
        answer = reader.submit_form(**fields)
        assert (answer.status_code, answer.content_type) == (status, "text/html; charset=utf-8"), fields
        assert SENTENCES["en"]["not_sent"] in answer.text


def test_bytes_that_are_no_text_are_refused_with_a_page(reader: Reader) -> None:
    for raw in (b"text=%ff", b"text=\xff", b"text=%ed%a0%80"):
        answer = reader("POST", data=raw, content_type="application/x-www-form-urlencoded")
        assert (answer.status_code, answer.content_type) == (400, "text/html; charset=utf-8"), raw


def test_a_form_too_many_is_told_to_wait_and_gets_its_text_back(
    settings: Settings, database: Database, queues: Queues, site: Site
) -> None:
    tight = application(settings.model_copy(update={"reader_comments_per_minute": 1}), database, queues)
    reader = Reader(tight, form_key(database, site))
    with time_machine.travel("2026-11-22T12:00:30+00:00", tick=False):
        assert reader.submit_form().status_code == 303
        answer = reader.submit_form(language="fr")
    assert (answer.status_code, LONG_ENOUGH in answer.text) == (429, True)
    assert SENTENCES["fr"]["too_many_requests"] in answer.text
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_program_that_fills_the_hidden_field_gets_a_page_that_waits(reader: Reader, database: Database) -> None:
    address = reader.submit_form(website="https://pills.example").headers["Location"]
    page = reader.visit(address)
    assert (page.status_code, Tags(page.text).reloads) == (200, True)
    with database.read() as session:
        assert session.scalars(select(Comment)).all() == []


def test_the_page_of_no_receipt_says_so(reader: Reader) -> None:
    answer = reader("GET", "/none/page", query="&language=hi")
    assert (answer.status_code, SENTENCES["hi"]["gone"] in answer.text) == (404, True)


def test_every_language_has_every_sentence() -> None:
    assert {frozenset(sentences) for sentences in SENTENCES.values()} == {frozenset(SENTENCES["en"])}
    assert set(SENTENCES) == {"en", "es", "fr", "de", "hi"}


def test_the_form_of_the_documentation_sends_utf_8_from_a_page_in_any_encoding() -> None:
    page = Path(__file__).parents[4] / "docs" / "integrators" / "form.md"
    (form,) = Tags(page.read_text(encoding="utf-8")).all("form")[:1]
    assert form["accept-charset"] == "utf-8"
