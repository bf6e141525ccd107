"""What each contract answers while nothing can be scored: an error of its own, or no opinion; never "all is well"."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from service.api.compat import openai
from service.context import EXTENSION
from service.models import SuggestedScore
from service.moderation.intake.suggested_scores import subject_of
from service.queues import Queues
from tests.service.api.compat.conftest import Perspective
from tests.support.quicker import application

TEXT = "A comment that is as long as the site wants it to be, about the bridge."
SECRET = "a secret that Coral has made"


@pytest.fixture
def unscored(perspective: Perspective, tmp_path: Path) -> Iterator[FlaskClient]:
    """A client of the same service, whose Redis is away."""
    app = perspective.client.application
    dead = Queues(f"unix://{tmp_path}/no-redis.sock")
    yield application(app.extensions[EXTENSION].settings, perspective.database, dead).test_client()
    dead.redis.close()


def bearer(service: Perspective) -> dict[str, str]:
    return {"Authorization": f"Bearer {service.key}"}


def test_openai_gets_an_error_that_its_clients_repeat(perspective: Perspective, unscored: FlaskClient) -> None:
    answer = unscored.post("/v1/moderations", json={"input": TEXT}, headers=bearer(perspective))
    assert (answer.status_code, answer.get_json()["error"]["type"]) == (503, "server_error")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("fault", "status"), [(OperationalError("SELECT", {}, Exception("locked")), 503), (ZeroDivisionError(), 500)]
)
def test_openai_gets_its_own_shape_of_error_whatever_goes_wrong(
    perspective: Perspective, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int
) -> None:
    def fail(*_given: Any) -> None:
        raise fault

    monkeypatch.setattr(openai.policies, "active", fail)
    answer = perspective.client.post("/v1/moderations", json={"input": TEXT}, headers=bearer(perspective))
    assert (answer.status_code, answer.get_json()["error"]["type"]) == (status, "server_error")
    assert TEXT not in answer.text


def test_akismet_gets_neither_spam_nor_ham_and_a_moderators_word_is_kept(
    perspective: Perspective, unscored: FlaskClient
) -> None:
    form = {"api_key": perspective.key, "comment_content": TEXT}
    answer = unscored.post("/1.1/comment-check", data=form)
    assert (answer.status_code, answer.text) == (503, "error")
    assert answer.headers["Retry-After"]
    assert unscored.post("/1.1/submit-spam", data=form).text.startswith("Thanks")
    with perspective.database.read() as session:
        kept = session.scalars(select(SuggestedScore).where(SuggestedScore.subject == subject_of(TEXT, None))).one()
    assert (kept.value, kept.score) == (1.0, None)


def test_discourse_gets_a_problem(perspective: Perspective, unscored: FlaskClient) -> None:
    answer = unscored.post("/api/v1/classify", json={"content": TEXT}, headers={"X-API-KEY": perspective.key})
    assert (answer.status_code, answer.get_json()["code"]) == (503, "unavailable")


def test_coral_gets_no_opinion(perspective: Perspective, unscored: FlaskClient) -> None:
    source = {"name": "Coral", "style": "coral", "preset": "coral", "secret": SECRET}
    address = unscored.post("/v1/webhook-sources", json=source, headers=bearer(perspective)).get_json()["address"]
    phase = {"action": "NEW", "comment": {"body": TEXT}, "author": {"id": "u"}, "story": {"id": "s"}}
    body = json.dumps(phase).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    answer = unscored.post(address, data=body, headers={"X-Coral-Signature": f"sha256={signature}"})
    assert (answer.status_code, answer.data) == (204, b"")
