"""The commands do what an operator expects: readable by default, JSON on demand, one line for each thing wrong."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from click import Context, Group
from click.testing import CliRunner, Result
from sqlalchemy import select, text

from service.accounts import passwords
from service.accounts.keys import KeyCache
from service.cli import main as cli
from service.clock import utc_now
from service.db import Database
from service.models import AuditEntry, Membership, Moderator, Site
from service.models.moderator import Role
from service.vocabulary import Scope
from tests.support.comments import classify, submit

Run = Callable[..., Result]


@pytest.fixture
def run(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Run:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    def invoke(*arguments: str, given: str | None = None) -> Result:
        return CliRunner().invoke(cli.main, arguments, input=given, catch_exceptions=False)

    return invoke


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_site_that_was_created_is_listed(run: Run) -> None:
    created = answer(run("site", "create", "gazette", "--name", "The Gazette", "--json"))
    assert answer(run("site", "list", "--json")) == [created[0] | {"weight": 1.0}]
    assert "gazette  The Gazette" in run("site", "list").stdout


def test_a_second_site_of_the_same_name_is_refused_in_words(run: Run) -> None:
    run("site", "create", "gazette")
    again = run("site", "create", "gazette")
    assert (again.exit_code, again.stderr) == (1, "The site 'gazette' already exists.\n")


@pytest.mark.parametrize("slug", ["Gazette", "two words", "-x", "x--y", "", "x" * 61])
def test_a_slug_that_would_not_do_in_an_address_is_refused(run: Run, slug: str) -> None:
    refused = run("site", "create", "--", slug)
    assert refused.exit_code == 1
    assert "must be at most 60 of a-z, 0-9 and single hyphens" in refused.stderr


def test_a_key_works_until_it_is_revoked(run: Run, database: Database) -> None:
    run("site", "create", "gazette")
    key = answer(run("keys", "create", "gazette", "--name", "cms", "--json"))["api_key"]
    verified = KeyCache(database).verify(key)
    assert verified is not None
    assert verified.name == "cms"
    assert run("keys", "revoke", "gazette", verified.id).exit_code == 0
    assert KeyCache(database).verify(key) is None


def test_the_list_of_keys_shows_no_secret(run: Run) -> None:
    run("site", "create", "gazette")
    key = run("keys", "create", "gazette").stdout.strip()
    (listed,) = answer(run("keys", "list", "gazette", "--json"))
    assert listed["id"] in key
    assert key.split("_")[-1] not in run("keys", "list", "gazette").stdout


def test_an_unknown_site_is_answered_with_those_there_are(run: Run) -> None:
    run("site", "create", "gazette")
    refused = run("keys", "create", "gazete")
    assert (refused.exit_code, refused.stderr) == (1, "There is no site 'gazete'; the sites are: gazette.\n")


def test_a_key_has_the_scopes_and_the_lifetime_that_it_was_made_with(run: Run, database: Database) -> None:
    run("site", "create", "gazette")
    key = run("keys", "create", "gazette", "--scope", "submit", "--scope", "read", "--expires", "90d").stdout.strip()
    verified = KeyCache(database).verify(key)
    assert verified is not None
    assert verified.scopes == {Scope.SUBMIT, Scope.READ}
    (listed,) = answer(run("keys", "list", "gazette", "--json"))
    assert listed["scopes"] == "submit read"
    assert 89 <= (datetime.fromisoformat(listed["expires"]) - utc_now()).days <= 90


@pytest.mark.parametrize("lifetime", ["90", "d", "0d", "-1d", "1.5d", "90 days", "11y", "9" * 5_000 + "d", "١d"])
def test_a_lifetime_that_is_none_is_refused(run: Run, lifetime: str) -> None:
    refused = run("keys", "create", "gazette", "--expires", lifetime)
    assert (refused.exit_code, "such as 90d" in refused.stderr) == (2, True)


def test_moderators_are_listed_given_a_role_a_password_and_removed(run: Run, database: Database) -> None:
    run("site", "create", "gazette")
    given = "correct horse battery\n"
    run("moderator", "add", "ann@example.org", "--site", "gazette", "--password-stdin", given=given)

    def ann() -> dict[str, Any]:
        (found,) = answer(run("moderator", "list", "--json"))
        return dict(found)

    assert (ann()["email"], ann()["site"], ann()["role"]) == ("ann@example.org", "gazette", "moderator")
    assert run("moderator", "role", "ann@example.org", "viewer", "--site", "gazette").exit_code == 0
    assert ann()["role"] == "viewer"
    given = "another horse battery\n"
    assert run("moderator", "passwd", "ann@example.org", "--password-stdin", given=given).exit_code == 0
    with database.read() as session:
        assert passwords.verify(session.scalars(select(Moderator)).one().password_hash, given.strip())
    assert run("moderator", "remove", "ann@example.org").exit_code == 0
    assert (ann()["site"], ann()["role"], ann()["removed"] is not None) == (None, None, True)
    refused = run("moderator", "role", "nobody@example.org", "viewer", "--site", "gazette")
    assert (refused.exit_code, "There is no moderator" in refused.stderr) == (1, True)


def test_a_moderator_is_added_with_a_password_that_is_kept_as_argon2id(run: Run, database: Database) -> None:
    run("site", "create", "gazette")
    added = run(
        "moderator", "add", "Ann@Example.org", "--site", "gazette", "--password-stdin", given="correct horse battery\n"
    )
    assert added.stdout == "ann@example.org is moderator at gazette.\n"
    with database.read() as session:
        person = session.scalars(select(Moderator)).one()
        assert (person.password_hash or "").startswith("$argon2id$")
        assert passwords.verify(person.password_hash, "correct horse battery")
        assert not passwords.verify(person.password_hash, "correct horse")


def test_a_known_moderator_changes_role_and_keeps_the_password(run: Run, database: Database) -> None:
    run("site", "create", "gazette")
    given = "correct horse battery\n"
    run("moderator", "add", "ann@example.org", "--site", "gazette", "--password-stdin", given=given)
    run("moderator", "add", "ann@example.org", "--site", "gazette", "--role", "lead", "--keep-password")
    with database.read() as session:
        assert session.scalars(select(Membership)).one().role is Role.LEAD
        assert passwords.verify(session.scalars(select(Moderator)).one().password_hash, given.strip())


def test_a_short_password_is_refused_with_the_length_that_is_needed(run: Run, database: Database) -> None:
    run("site", "create", "gazette")
    refused = run("moderator", "add", "ann@example.org", "--site", "gazette", "--password-stdin", given="short\n")
    assert refused.exit_code == 1
    assert "5 of at least 12 characters" in refused.stderr
    with database.read() as session:
        assert session.scalars(select(Moderator)).all() == []


def test_wrong_settings_end_with_status_78_and_a_line_each(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "0")
    monkeypatch.setenv("MODERATO_BATCHSIZE", "8")
    refused = run("site", "list")
    assert refused.exit_code == 78
    unknown, port = refused.stderr.splitlines()
    assert unknown.startswith("MODERATO_BATCHSIZE: is not a setting")
    assert "PORT='0': input should be greater than or equal to 1" in port


def test_the_settings_in_force_are_shown_with_secrets_masked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "the-secret-of-this-test")
    monkeypatch.setenv("PORT", "8123")
    shown = {row["setting"]: row for row in answer(run("settings", "--json"))}
    assert shown["PORT"] == {"setting": "PORT", "value": 8123, "given": True}
    assert shown["SECRET_KEY"]["value"] == "(set, not shown)"
    assert shown["HOST"]["given"] is False
    assert "the-secret-of-this-test" not in run("settings").stdout


def test_the_schema_is_brought_up_to_date_once_and_left_alone_then(run: Run) -> None:
    for _ in range(2):
        assert run("db", "upgrade").stdout == "The schema is up to date.\n"


def test_without_a_worker_a_score_is_refused_and_not_made_up(run: Run) -> None:
    refused = run("score", "a text")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "No answer from an interactive worker" in refused.stderr


def test_every_command_says_what_it_is_for() -> None:
    context = Context(cli.main)
    commands = [(name, cli.main.get_command(context, name)) for name in cli.main.list_commands(context)]
    for name, command in commands:
        assert command is not None
        assert command.help, name
        if isinstance(command, Group):
            commands += command.commands.items()


def test_figures_that_differ_are_corrected_and_that_is_on_record(run: Run, database: Database, site: Site) -> None:
    assert run("db", "recount").stdout == "Every figure is that of the rows.\n"
    submit(database, site.id)
    classify(database)
    with database.write() as session:
        session.execute(text("UPDATE figure_change SET amount = 3 WHERE name = 'verdicts'"))
    assert "verdicts approve from" in run("doctor", "--audit").stdout
    assert "3 kept, 1 counted" in run("db", "recount").stdout
    assert run("db", "recount").stdout == "Every figure is that of the rows.\n"
    with database.read() as session:
        assert session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)).all()[-1] == "figures.recount"
