"""`moderato site retention`: a shorter time says first what it erases, and has to be confirmed."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from service.cli import main as cli
from service.clock import utc_now
from service.db import Database
from service.models import AuditEntry, Comment, Site
from service.vocabulary import CommentStatus
from tests.support.held import hold

pytestmark = pytest.mark.one_database


@pytest.fixture
def run(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    def invoke(*arguments: str, given: str | None = None) -> Result:
        command = ["site", "retention", *arguments]
        return CliRunner().invoke(cli.main, command, input=given, catch_exceptions=False)

    return invoke


def test_texts_are_kept_for_another_time_once_it_is_confirmed(
    run: Callable[..., Result], database: Database, site: Site
) -> None:
    hold(database, site.id, 0)
    with database.write() as session:
        then = utc_now() - timedelta(days=40)
        session.execute(update(Comment).values(status=CommentStatus.APPROVED, decided_at=then))

    def kept() -> list[dict[str, object]]:
        return json.loads(run("gazette", "--json").stdout)

    assert kept() == [{"slug": "gazette", "days": 90, "own": False}]
    refused = run("gazette", "30", given="n\n")
    assert "begins to erase 1 text." in refused.stderr
    assert (refused.exit_code, kept()[0]["days"]) == (1, 90)
    assert run("gazette", "30", given="y\n").exit_code == 0
    assert kept() == [{"slug": "gazette", "days": 30, "own": True}]
    assert "must be between 1 and 36,500 days" in run("gazette", "0").stderr
    assert run("gazette", "--default", "--yes").exit_code == 0
    assert kept()[0]["own"] is False
    with database.read() as session:
        told = session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "site.retention")).all()
    assert told == [{"from": None, "to": 30, "erases": 1}, {"from": 30, "to": None, "erases": 0}]
