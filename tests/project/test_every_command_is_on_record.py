"""Whatever a command changes is in the audit log, with the user of the system who ran it.

A command that is new and not listed here fails the test: say what it does, or why it is no act.
"""

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from service.cli import main as cli
from service.db import Database
from service.models import AuditEntry, Site
from service.moderation import actors
from service.moderation.intake import suggested_scores
from service.vocabulary import Attribute
from tests.support.audited import Record

# Commands that read, that run a part of the service, or that send what anybody may send. What `calibrate --key` writes
# is tried in tests/workers/evaluate/test_calibrate.py.
NO_COMMANDS = {
    "alerts test", "alive", "calibrate", "demo-traffic", "doctor",
    "evaluate relevance", "evaluate toxicity", "keys list",
    "labels precision", "models compile", "models list", "models show", "moderator list", "openapi", "score",
    "settings", "site list", "up", "version", "web", "worker",
}  # fmt: skip


@pytest.mark.one_database
def test_every_change_from_the_command_line_is_on_record_with_the_system_user(
    environ: dict[str, str], database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LOGNAME", "olga")
    monkeypatch.setenv("SUDO_USER", "pat")
    assert (actors.operator().id, actors.operator().name) == ("olga", "olga for pat")
    record, tried = Record(database), set()

    def run(command: str, *arguments: str, given: str | None = None) -> str:
        done = CliRunner().invoke(cli.main, [*command.split(), *arguments], input=given, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        with database.read() as session:
            site_id = session.scalar(select(Site.id).where(Site.slug == "gazette"))
        site_id = None if command == "moderator passwd" else site_id  # an account belongs to no site
        record.expect(command, "command line", "olga", site_id)
        tried.add(command)
        return str(done.stdout).strip()

    run("site create", "gazette")
    run("site weight", "gazette", "2")
    run("site retention", "gazette", "400")
    key = run("keys create", "gazette", "--name", "cms", "--scope", "submit")
    with database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "key.create")).one()
        told = {"name": "cms", "scopes": ["submit"], "expires": None}
        assert (entry.subject_id, entry.detail) == (key[8:16], told)  # the id, never the secret
    run("keys perspective", "gazette", key[8:16], "--unknown", "drop")
    run("keys origins", "gazette", key[8:16], "--origin", "https://news.example")
    run("keys revoke", "gazette", key[8:16])
    with database.write() as session:
        said = {Attribute.INSULT: 1.0}
        suggested_scores.keep(session, entry.site_id, "Text.", said, token="c-1", ours={}, key_name="cms")
    file = tmp_path / "comments.jsonl"
    file.write_text('{"id": "c-1", "text": "The bridge is old.", "status": "approved"}\n')
    run("import", str(file))
    run("export", str(tmp_path / "out.jsonl"))
    run("labels decisions", "gazette")
    run("labels export", "gazette")
    run("labels forget", "gazette", "c-1")
    run(
        "moderator add", "mia@gazette.example", "--site", "gazette", "--password-stdin",
        given="correct horse battery\n",
    )  # fmt: skip
    run("moderator role", "mia@gazette.example", "viewer", "--site", "gazette")
    run("moderator remove", "mia@gazette.example", "--site", "gazette")
    run("moderator passwd", "mia@gazette.example", "--password-stdin", given="another horse battery\n")
    assert set(commands(cli.main)) - tried - NO_COMMANDS == {
        "db upgrade",
        "db reseal",
        "db recount",
    }  # have nothing to do here; see below, test_sealing and test_commands
    record.ends_well()


def commands(command: click.Command, before: tuple[str, ...] = ()) -> list[str]:
    """Return the names of all commands below, groups left out."""
    if not isinstance(command, click.Group):
        return [" ".join(before)]
    context = click.Context(command)
    below = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
    return [found for name, one in below if one for found in commands(one, (*before, name))]


def test_a_new_schema_is_on_record_and_the_same_again_is_not(
    environ: dict[str, str], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/new.db"}).items():
        monkeypatch.setenv(name, value)
    for _ in range(2):
        assert CliRunner().invoke(cli.main, ["db", "upgrade"], catch_exceptions=False).exit_code == 0
    database = Database(f"sqlite:///{tmp_path}/new.db")
    with database.read() as session:
        (entry,) = session.scalars(select(AuditEntry)).all()
    assert (entry.action, entry.actor_kind, entry.detail["from"]) == ("database.upgrade", "command line", None)
    database.dispose()
