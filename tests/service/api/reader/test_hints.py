"""A hint says which words may read as disrespectful, in JavaScript's places, and nothing where scoring is away."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from service.api import keeper
from service.api.reader import hints, shapes
from service.db import Database
from service.installation.settings import Settings
from service.models import Comment, HintCount, Score, Site
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules, Threshold
from service.queues import Queues
from service.vocabulary import Attribute
from tests.service.api.conftest import LONG_ENOUGH
from tests.service.api.reader.conftest import Reader, form_key
from tests.support.classifiers import ScriptedClassifiers
from tests.support.interactive import worker
from tests.support.quicker import application
from workers.classifiers.base import ClassifierError, Span, Subject

pytestmark = pytest.mark.one_database
RUDE = "😀 You idiot"  # the emoji has two UTF-16 code units


class Classifiers(ScriptedClassifiers):
    """Finds "idiot" rude, and says where it is."""

    def __init__(self, failure: ClassifierError | None = None) -> None:
        super().__init__(script=self.score)
        self.failure = failure

    def score(self, subject: Subject) -> float:
        if self.failure:
            raise self.failure
        return 0.8 if "idiot" in subject.text else 0.05

    def explain(self, text: str, attributes: Any, /, *, budget: Any = None) -> tuple[Span, ...]:
        start = text.index("idiot")
        return (Span(start=start, end=start + 5, attribute=attributes[0], weight=1.0),)


@pytest.fixture
def app(settings: Settings, database: Database, queues: Queues, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A service whose deadline leaves a busy machine time."""
    monkeypatch.setattr(hints, "MILLISECONDS", 10_000)
    return application(settings.model_copy(update={"score_deadline_ms": 10_000}), database, queues)


@pytest.fixture
def asked(reader: Reader, settings: Settings, database: Database, queues: Queues) -> Iterator[Reader]:
    """A reader, with a worker that scores."""
    with worker(settings, database, queues, Classifiers()):
        yield reader


def hint(reader: Reader, text: str, **fields: Any) -> Any:
    answer = reader("POST", "/hints", json={"article": "bridge", "text": text, "language": "en"} | fields)
    assert answer.status_code == 200, answer.text
    shapes.HintAnswer.model_validate_json(answer.text)
    answer.close()  # what is counted is counted after the answer
    return answer.get_json()["hint"]


def counted(database: Database) -> tuple[int, int, int]:
    with database.read() as session:
        sums = (func.sum(HintCount.shown), func.sum(HintCount.edited), func.sum(HintCount.sent_anyway))
        return tuple(value or 0 for value in session.execute(select(*sums)).one())  # type: ignore[return-value]


def test_a_hint_names_the_words_where_javascript_finds_them_and_stores_no_text(
    asked: Reader, database: Database
) -> None:
    found = hint(asked, RUDE)
    assert (found["attributes"], found["words"]) == (["toxicity"], [{"start": 7, "end": 12, "word": "idiot"}])
    assert RUDE.encode("utf-16-le")[2 * 7 : 2 * 12].decode("utf-16-le") == "idiot"
    assert "0.8" not in str(found), "a number would help to write around it"
    assert hint(asked, "Thank you.") is None
    assert counted(database) == (1, 0, 0)
    with database.read() as session:
        assert session.scalars(select(Comment)).all() == session.scalars(select(Score)).all() == []


def test_no_places_are_given_in_a_text_that_is_read_otherwise_than_it_was_sent(asked: Reader) -> None:
    found = hint(asked, f"\x07{RUDE}")
    assert (found["attributes"], found["words"]) == (["toxicity"], [])


def test_a_hint_begins_where_the_site_holds_and_tells_nothing_of_its_lists(
    asked: Reader, database: Database, site: Site
) -> None:
    for threshold, is_hinted in ((0.8, True), (0.81, False), (None, False)):
        thresholds = {Attribute.TOXICITY: Threshold(hold_at=threshold)}
        rules = Rules(thresholds=thresholds, blocked_terms=["bridge"], suspect_terms=["winter"])
        with database.write() as session:
            policies.activate(session, site.id, rules, author="ada")
        assert (hint(asked, RUDE) is not None) is is_hinted
    assert hint(asked, "The bridge in winter.") is None


def test_hints_have_places_and_time_of_their_own(
    asked: Reader, app: Flask, queues: Queues, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    callers: list[tuple[str, float]] = []

    def ask(request: Any, *, caller: str, weight: float, **given: Any) -> Any:
        callers.append((caller, weight))
        return Queues.ask(queues, request, caller=caller, weight=weight, **given)

    monkeypatch.setattr(queues, "ask", ask)
    while keeper.of(app).scores.take(site.id):
        pass
    assert hint(asked, RUDE), "what takes the places of scores by key leaves those of hints"
    ((caller, weight),) = callers
    assert caller != site.id
    assert weight < 1


def test_what_became_of_a_hint_is_counted_once_its_comment_comes_in(asked: Reader, database: Database) -> None:
    for number, outcome in enumerate(("edited", "sent_anyway")):
        shown = hint(asked, RUDE)
        assert asked.send("Short.", hint={"id": shown["id"], "outcome": outcome}).status_code == 422
        asked.sent(f"{LONG_ENOUGH} {number}", hint={"id": shown["id"], "outcome": outcome})
    assert counted(database) == (2, 1, 1)


def test_a_hint_counts_once_however_often_its_id_is_sent(asked: Reader, database: Database) -> None:
    shown = [hint(asked, RUDE)["id"] for _ in range(3)]
    for number in range(8):
        asked.sent(f"{LONG_ENOUGH} {number}", hint={"id": shown[0], "outcome": "edited"})
    asked.sent(f"{LONG_ENOUGH} other", hint={"id": shown[1], "outcome": "sent_anyway"})
    assert counted(database) == (3, 1, 1)


def test_the_outcome_of_a_hint_that_nobody_was_given_counts_nothing(
    asked: Reader, app: Flask, database: Database, other_site: Site
) -> None:
    receipt = asked.sent()["receipt"]
    for _ in range(3):
        assert hint(asked, RUDE)  # without an outcome
    stranger = Reader(app, form_key(database, other_site))
    others = hint(stranger, RUDE)["id"]
    with time_machine.travel("2026-11-22T12:00:30+00:00", tick=False):
        old = hint(replace(asked, address="192.0.2.9"), RUDE)["id"]
    for number, given in enumerate(("x", "0" * 96, receipt, others, old)):
        asked.sent(f"{LONG_ENOUGH} {number}", hint={"id": given, "outcome": "edited"})
    assert counted(database)[1:] == (0, 0)


def test_a_classifier_that_fails_gives_no_hint(
    reader: Reader, settings: Settings, database: Database, queues: Queues
) -> None:
    with worker(settings, database, queues, Classifiers(ClassifierError())):
        assert hint(reader, RUDE) is None


def test_without_a_worker_there_is_no_hint_within_the_deadline(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints, "MILLISECONDS", 50)
    assert hint(reader, RUDE) is None
    assert reader.send().status_code == 202


def test_above_the_rate_of_an_address_there_is_no_hint_and_no_score(
    settings: Settings, database: Database, queues: Queues, site: Site
) -> None:
    tight = application(settings.model_copy(update={"reader_comments_per_minute": 1}), database, queues)
    reader = Reader(tight, form_key(database, site))
    classifiers = Classifiers()
    with worker(settings, database, queues, classifiers):
        for _ in range(8):
            hint(reader, RUDE)
    assert len(classifiers.seen) <= 5


def test_a_text_that_cannot_be_a_comment_gets_no_hint(reader: Reader) -> None:
    assert [hint(reader, text) for text in ("", " ", "\n", "x" * 20_000)] == [None] * 4
