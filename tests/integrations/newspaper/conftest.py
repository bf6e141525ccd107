"""The newspaper in this process, beside a receiver in Moderato's place that answers what a test wants."""

import importlib.util
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.outside.signatures import new_secret, sign
from tests.support.receiver import Receiver, receiving
from tests.support.services import REPOSITORY

FOLDER = REPOSITORY / "integrations/newspaper"
SOURCE = "0123456789abcdef0123456789abcdef"
TEXT = "My neighbours in Mill Lane wonder when the crossing that was promised will be built."


@dataclass
class Newspaper:
    """The newspaper's code, a reader's browser, and what has been sent to Moderato."""

    code: ModuleType
    reader: FlaskClient
    moderato: Receiver
    secret: str  # of its source
    callback_secret: str
    file: Path  # where it keeps comments

    def post(self, text: str = TEXT, **more: Any) -> TestResponse:
        return self.reader.post("/comments", json={"text": text, "author": {"name": "Ruth"}} | more)

    def form(self, text: str, **more: str) -> TestResponse:
        return self.reader.post("/comments", data={"text": text, "author": "Ruth", "article": "…", **more})

    def published(self) -> list[dict[str, Any]]:
        return list(self.reader.get("/comments?article=high-street-saturdays").get_json()["comments"])

    def receipt(self, receipt: str) -> dict[str, Any]:
        return dict(self.reader.get(f"/comments/{receipt}").get_json())

    def steps(self, receipt: str) -> str:
        return self.reader.get(f"/comments/{receipt}/steps").text

    def send_all(self) -> list[dict[str, Any]]:
        """Send what waits, each once; return the events."""
        before = len(self.moderato.requests)
        while (webhook := self.code.comments.next_webhook()) is not None and self.code.send(webhook):
            pass
        return [json.loads(request.body) for request in self.moderato.requests[before:]]

    def call_back(
        self, comment_id: str, status: str, *, secret: str | None = None, age: float = 0, **more: Any
    ) -> TestResponse:
        """Send a callback about a comment's verdict."""
        verdict = {"approved": "approve", "held": "hold", "rejected": "reject"}[status]
        data = {
            "comment_id": comment_id, "source": SOURCE, "sequence": 2, "revision": 1, "status": status,
            "verdict": verdict, "reasons": [], "decided_by": {"source": "policy"},
        } | more  # fmt: skip
        return self.send_event(f"comment.{status}", data, secret=secret, age=age)

    def send_event(
        self, event: str, data: dict[str, Any], *, secret: str | None = None, age: float = 0
    ) -> TestResponse:
        """Send a callback as Moderato signs it."""
        body = json.dumps({"type": event, "data": data}).encode()
        moment = datetime.fromtimestamp(time.time() - age, UTC)
        signed = sign([secret or self.callback_secret], "msg_1", moment, body)
        return self.reader.post("/moderato", data=body, headers=signed, content_type="application/json")


@pytest.fixture
def newspaper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Newspaper]:
    with receiving() as moderato:
        secret, callback_secret = new_secret(), new_secret()
        file = tmp_path / "newspaper.db"
        monkeypatch.setenv("NEWSPAPER_DATABASE", str(file))
        monkeypatch.setenv("MODERATION_WEBHOOK", f"{moderato.url}/v1/webhooks/{SOURCE}")
        monkeypatch.setenv("MODERATION_SECRET", secret)
        monkeypatch.setenv("CALLBACK_SECRET", callback_secret)
        code = loaded(monkeypatch)
        yield Newspaper(code, code.app.test_client(), moderato, secret, callback_secret, file)


def loaded(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Run newspaper.py as a program runs: what is beside it can be imported."""
    monkeypatch.syspath_prepend(str(FOLDER))
    for name in ("comments", "length", "moderation"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    spec = importlib.util.spec_from_file_location("newspaper_in_a_test", FOLDER / "newspaper.py")
    assert spec is not None
    assert spec.loader is not None
    code = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, code)  # where Flask looks for the folder of its templates
    spec.loader.exec_module(code)
    return code
