"""`moderato alerts test` says whether a message was taken, and what is in the way where it was not."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import alerts
from service.cli import main as cli
from service.db import Database
from service.installation.settings import Settings, load
from service.models import Site, SiteAlerts
from service.queues import Queues
from tests.support.mailbox import mailbox
from tests.support.receiver import receiving
from workers import alerts as worker
from workers.runtime import Runtime

pytestmark = pytest.mark.one_database


@pytest.fixture
def run(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: CliRunner().invoke(cli.main, ["alerts", "test", *arguments], catch_exceptions=False)


def test_a_mail_is_taken_or_the_fault_is_one_line(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "set MODERATO_SMTP_HOST" in run("--to", "ana@gazette.example").stderr
    with mailbox(tmp_path) as box:
        for name, value in box.environ().items():
            monkeypatch.setenv(name, value)
        refused = run("--to", "ana@gazette.example")
        assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
        assert "is not trusted" in refused.stderr
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        assert "has taken the e-mail to ana@gazette.example" in run("--to", "ana@gazette.example").stdout
        assert box.messages[0]["Subject"] == "Moderato: This is a test"


def test_a_chat_gets_its_message_from_the_worker(
    run: Callable[..., Result], database: Database, site: Site, settings: Settings, environ: dict[str, str],
    queues: Queues, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert "has no chat" in run("--site", "gazette").stderr
    monkeypatch.setattr(alerts, "PATIENCE_SECONDS", 0.0)
    with receiving() as chat:
        with database.write() as session:
            session.add(SiteAlerts(site_id=site.id, secrets=[settings.keyring.seal(f"{chat.url}/hook")]))
        assert "No upkeep worker has tried" in run("--site", "gazette").stderr
        here = load(environ | {"MODERATO_CALLBACK_ALLOW_PRIVATE": "127.0.0.0/8"})
        sending = Runtime(here, "upkeep", database, queues, None)
        monkeypatch.setattr(alerts, "PATIENCE_SECONDS", 20.0)
        stop = threading.Event()
        thread = threading.Thread(target=lambda: [worker.send(sending) for _ in iter(lambda: stop.wait(0.05), True)])
        thread.start()
        try:
            assert "The chat of gazette has taken the message.\n" in run("--site", "gazette").stdout
        finally:
            stop.set()
            thread.join()
        assert b"this is a test" in chat.requests[-1].body


def test_where_to_must_be_said(run: Callable[..., Result]) -> None:
    assert "--to ADDRESS" in run().stderr
