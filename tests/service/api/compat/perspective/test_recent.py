"""Equal texts within a minute are scored once, unless the client forbids it; what differs is never mixed up."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from service.accounts import keys
from service.api.recent_scores import RecentScores
from service.db import Database
from service.installation.settings import Settings
from service.models import Site
from service.queues import Queues
from tests.support.classifiers import ScriptedClassifiers
from tests.support.interactive import worker
from tests.support.quicker import application
from workers.classifiers.base import ClassifierError, Subject

pytestmark = pytest.mark.one_database
ARTICLE = {"entries": [{"text": "A bridge is closed.\nRust was found."}]}


@dataclass(frozen=True)
class Scene:
    """A service whose classifiers remember what they have seen."""

    app: Flask
    classifiers: ScriptedClassifiers
    key: str

    def analyze(self, text: str = "Thank you.", *, key: str = "", **fields: Any) -> Any:
        wanted = {"TOXICITY": {}, "OFF_TOPIC": {}} if "context" in fields else {"TOXICITY": {}}
        body = {"comment": {"text": text}, "requestedAttributes": wanted} | fields
        path = f"/v1alpha1/comments:analyze?key={key or self.key}"
        return self.app.test_client().post(path, data=json.dumps(body))


@pytest.fixture
def scene(settings: Settings, database: Database, queues: Queues, site: Site) -> Iterator[Scene]:
    patient = settings.model_copy(update={"score_deadline_ms": 10_000})
    classifiers = ScriptedClassifiers(script=_fails_on_poison)
    with database.write() as session:
        key = keys.create(session, site.id, "perspective")
    with worker(settings, database, queues, classifiers):
        yield Scene(application(patient, database, queues), classifiers, key)


def _fails_on_poison(subject: Subject) -> float | None:
    if "poison" in subject.text:
        raise ClassifierError("cannot")
    return None


def test_an_equal_text_is_scored_once_whatever_else_is_asked(scene: Scene) -> None:
    first, again = scene.analyze(), scene.analyze(clientToken="t", sessionId="s")
    assert len(scene.classifiers.seen) == 1
    assert again.get_json()["attributeScores"] == first.get_json()["attributeScores"]


def test_another_text_context_language_or_sentence_is_scored_anew(scene: Scene) -> None:
    for fields in ({}, {"context": ARTICLE}, {"languages": ["en"]}, {"text": "Thank you!"}):
        scene.analyze(**fields)
    assert len(scene.classifiers.seen) == 4
    assert len(scene.classifiers.indexed) == 1
    scene.analyze("Another comment.", context=ARTICLE)
    assert len(scene.classifiers.indexed) == 1  # the article has been read before


def test_what_must_not_be_stored_is_scored_anew_and_leaves_nothing(scene: Scene) -> None:
    for _ in range(2):
        assert scene.analyze(doNotStore=True, context=ARTICLE).status_code == 200
    assert len(scene.classifiers.seen) == len(scene.classifiers.indexed) == 2
    scene.analyze(context=ARTICLE)
    assert len(scene.classifiers.seen) == 3


def test_another_site_gets_nothing_that_was_kept(scene: Scene, database: Database, other_site: Site) -> None:
    with database.write() as session:
        key = keys.create(session, other_site.id, "perspective")
    scene.analyze()
    scene.analyze(key=key)
    assert len(scene.classifiers.seen) == 2


def test_a_reply_of_earlier_classifiers_is_not_found_again() -> None:
    recent, request = RecentScores(), {"text": "Thank you."}
    recent.keep("site", request, {"versions": {"compact": "1"}, "score": 1})
    assert recent.find("site", request) is not None
    recent.keep("site", {"text": "Another."}, {"versions": {"compact": "2"}})
    assert recent.find("site", request) is None


def test_a_classifier_that_fails_is_an_error_in_googles_shape_and_no_score(scene: Scene) -> None:
    answer = scene.analyze("poison")
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (503, 503, "UNAVAILABLE")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_suggestion_is_kept_also_when_no_classifier_answers(scene: Scene) -> None:
    body = {"comment": {"text": "poison"}, "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}}}
    answer = scene.app.test_client().post(f"/v1alpha1/comments:suggestscore?key={scene.key}", data=json.dumps(body))
    assert (answer.status_code, answer.get_json()) == (200, {})
