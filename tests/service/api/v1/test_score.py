"""Rules of scoring at once: through the interactive queue, nothing stored, no answer in time is a 503."""

import time

import pytest
from sqlalchemy import func, select

from service.api.shapes import answers
from service.db import Database
from service.installation.settings import Settings
from service.models import Comment, Score, Site
from service.queues import INTERACTIVE, LATE, Queues, answer_key, request_key
from tests.service.api.conftest import LONG_ENOUGH, Caller, caller
from tests.support.classifiers import ScriptedClassifiers
from tests.support.interactive import worker
from tests.support.quicker import application
from workers import interactive
from workers.classifiers.base import ClassifierError
from workers.runtime import Runtime


@pytest.fixture
def patient_call(settings: Settings, database: Database, queues: Queues, site: Site) -> Caller:
    """A caller of a service whose deadline leaves a busy machine time."""
    patient = settings.model_copy(update={"score_deadline_ms": 10_000})
    return caller(application(patient, database, queues), database, site)


def test_a_text_is_scored_without_being_stored(
    patient_call: Caller, settings: Settings, database: Database, queues: Queues
) -> None:
    with worker(settings, database, queues, ScriptedClassifiers(toxicity=0.25)):
        answer = patient_call("POST", "/v1/score", json={"text": "You did not read it."})
    body = answer.get_json()
    assert answer.status_code == 200
    answers.ScoreAnswer.model_validate(body)
    assert body["scores"] == {"toxicity": {"value": 0.25, "classifier": "scripted", "version": "1"}}
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Comment)) == 0
        assert session.scalar(select(func.count()).select_from(Score)) == 0


def test_off_topic_is_scored_only_with_an_article(
    patient_call: Caller, settings: Settings, database: Database, queues: Queues
) -> None:
    with worker(settings, database, queues, ScriptedClassifiers()):
        with_article = patient_call("POST", "/v1/score", json={"text": LONG_ENOUGH, "article": {"title": "Bridge"}})
        without = patient_call("POST", "/v1/score", json={"text": LONG_ENOUGH})
    assert "off_topic" in with_article.get_json()["scores"]
    assert "off_topic" not in without.get_json()["scores"]
    assert patient_call("POST", "/v1/score", json={"text": LONG_ENOUGH, "article": {}}).status_code == 422


def test_only_the_attributes_asked_for_are_answered(
    patient_call: Caller, settings: Settings, database: Database, queues: Queues
) -> None:
    body = {"text": LONG_ENOUGH, "article": {"title": "Bridge"}, "attributes": ["off_topic"]}
    with worker(settings, database, queues, ScriptedClassifiers()):
        assert set(patient_call("POST", "/v1/score", json=body).get_json()["scores"]) == {"off_topic"}
    assert patient_call("POST", "/v1/score", json={**body, "attributes": ["rudeness"]}).status_code == 422


def test_a_classifier_that_fails_is_a_503_and_no_score(
    patient_call: Caller, settings: Settings, database: Database, queues: Queues
) -> None:
    def fail(_subject: object) -> float:
        raise ClassifierError("cannot")

    with worker(settings, database, queues, ScriptedClassifiers(script=fail)):
        answer = patient_call("POST", "/v1/score", json={"text": LONG_ENOUGH})
    assert answer.status_code == 503
    assert "scores" not in answer.get_json()


def test_no_answer_in_time_is_a_503_at_the_deadline(call: Caller, settings: Settings) -> None:
    started = time.monotonic()
    answer = call("POST", "/v1/score", json={"text": LONG_ENOUGH})
    waited = time.monotonic() - started
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert settings.score_deadline_ms / 1000 - 0.05 <= waited < 60


def test_no_blocking_read_can_end_after_the_deadline(
    settings: Settings, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, ends = [], []

    def blpop(_keys: list[str], timeout: float) -> None:
        began.append(time.monotonic())
        ends.append(began[-1] + timeout + LATE)  # as late as Redis may end it
        time.sleep(timeout)

    monkeypatch.setattr(queues.steady, "blpop", blpop)
    assert queues.ask({"text": "x"}, deadline_seconds=0.4, keyring=settings.keyring) is None
    assert ends
    assert max(ends) <= began[0] + 0.4 + LATE / 2  # what lies between asking the time and asking Redis


def test_neither_the_text_nor_its_answer_can_be_read_in_redis(
    settings: Settings, database: Database, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues.steady, "delete", lambda *_names: None)  # what nobody has answered in time
    assert queues.ask({"text": "zinnober"}, deadline_seconds=0.01, keyring=settings.keyring) is None
    (key,) = queues.redis.keys(request_key("*"))
    sealed = queues.redis.get(key)
    assert isinstance(sealed, bytes)
    assert b"zinnober" not in sealed
    assert 1 <= queues.redis.ttl(key) <= 10
    runtime = Runtime(settings, INTERACTIVE, database, queues, ScriptedClassifiers())
    queues.redis.set(request_key("1"), sealed)
    interactive.answer(runtime, queues.redis, "1")
    (answer,) = queues.redis.lrange(answer_key("1"), 0, -1)
    assert isinstance(answer, bytes)
    assert b"toxicity" not in answer
    assert "toxicity" in settings.keyring.open(answer.decode())
    assert 1 <= queues.redis.ttl(answer_key("1")) <= 10
