"""A reader reports a published comment from the form: once for each address, and at its rate."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from service.api.reader import door
from service.db import Database
from service.installation.settings import Settings
from service.models import Comment, Report, Reporter, Site
from service.moderation.reporters import marks
from service.vocabulary import CommentStatus, Verdict
from tests.service.api.conftest import Caller
from tests.service.api.reader.conftest import Reader
from tests.support.comments import classify, reread

pytestmark = pytest.mark.one_database


@pytest.fixture
def published(call: Caller, database: Database) -> Comment:
    call.send("c1", article={"id": "bridge"})
    (comment_id,) = classify(database)
    return reread(database, comment_id)


def kept(database: Database) -> list[Report]:
    with database.read() as session:
        return list(session.scalars(select(Report)))


def test_a_form_learns_the_kinds_and_reports_once_for_each_address(
    reader: Reader, database: Database, published: Comment
) -> None:
    assert reader.comments()["reports"] == ["abuse", "spam", "illegal", "other"]
    body = {"kind": "spam", "text": "The third today."}
    answers = [reader("POST", "/c1/reports", json=body) for _ in range(2)]
    answers.append(replace(reader, address="192.0.2.8")("POST", "/c1/reports", json=body))
    said = [(answer.status_code, answer.get_json()["report"]) for answer in answers]
    assert said == [(201, "taken"), (200, "known"), (201, "taken")]
    reports = kept(database)
    assert [(report.from_form, report.words, report.reporter_id) for report in reports] == [
        (True, "The third today.", None)
    ] * 2
    assert "192.0.2" not in str([vars(report) for report in reports])


def test_an_address_with_a_record_brings_a_comment_back(
    app: Flask, reader: Reader, database: Database, settings: Settings, site: Site, published: Comment
) -> None:
    with app.test_request_context(environ_overrides={"REMOTE_ADDR": reader.address}):
        mark = marks.of_address(settings.keyring, site.id, door.address())
    with database.write() as session:
        session.add(Reporter(site_id=site.id, mark=mark, upheld=8, not_upheld=2))
    reader("POST", "/c1/reports", json={"kind": "abuse"})
    assert reread(database, published.id).status is CommentStatus.HELD


@pytest.mark.parametrize("verdict", [Verdict.HOLD, Verdict.REJECT])
def test_what_readers_do_not_see_cannot_be_reported(
    call: Caller, reader: Reader, database: Database, verdict: Verdict
) -> None:
    call.send("c1")
    classify(database, verdict)
    assert reader("POST", "/c1/reports", json={"kind": "spam"}).status_code == 404
    assert reader("POST", "/c2/reports", json={"kind": "spam"}).status_code == 404


def test_a_program_that_fills_the_hidden_field_gets_a_persons_answer_and_stores_nothing(
    reader: Reader, database: Database, published: Comment
) -> None:
    answer = reader("POST", "/c1/reports", json={"kind": "spam", "website": "https://pills.example"})
    assert (answer.status_code, answer.get_json()) == (201, {"report": "taken"})
    assert kept(database) == []


def test_a_kind_that_the_site_does_not_take_is_refused(reader: Reader, published: Comment) -> None:
    assert reader("POST", "/c1/reports", json={"kind": "boring"}).get_json()["kinds"] == [
        "abuse", "spam", "illegal", "other",
    ]  # fmt: skip


class TestRate:
    @pytest.fixture
    def environ(self, environ: dict[str, str]) -> dict[str, str]:
        return environ | {"MODERATO_READER_COMMENTS_PER_MINUTE": "2"}

    def test_one_address_reports_at_its_rate(self, reader: Reader, published: Comment) -> None:
        statuses = [reader("POST", "/c1/reports", json={"kind": "spam"}).status_code for _ in range(4)]
        assert statuses[0] == 201
        assert 429 in statuses
