"""The doctor: says what is wrong, by name, and ends with a status that a script can use."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from service import migrations
from service.cli.doctor import doctor
from service.db import Database
from service.models import Site
from service.moderation import audit_log
from service.moderation.actors import SERVICE
from service.queues import connect
from tests.support.comments import classify, submit


def run(environ: dict[str, str], *arguments: str) -> tuple[int, list[dict[str, object]]]:
    result = CliRunner(env=environ).invoke(doctor, [*arguments, "--json"])
    return result.exit_code, json.loads(result.output)


def test_it_is_a_command_of_moderato(environ: dict[str, str]) -> None:
    from service.cli.main import main

    result = CliRunner(env=environ).invoke(main, ["doctor", "--audit"])
    assert (result.exit_code, "every promise holds" in result.output) == (0, True), result.output


def grades(findings: list[dict[str, object]], check: str) -> set[object]:
    return {finding["grade"] for finding in findings if finding["check"] == check}


def test_a_sound_installation_has_no_failure(environ: dict[str, str], database: Database, site: Site) -> None:
    submit(database, site.id)
    classify(database)
    status, findings = run(environ, "--audit")
    assert status == 0, findings
    assert {finding["check"] for finding in findings} >= {"settings", "database", "redis", "workers", "models", "audit"}
    assert grades(findings, "audit") == {"ok"}


def test_a_broken_promise_fails_and_names_the_rows(environ: dict[str, str], database: Database, site: Site) -> None:
    comment = submit(database, site.id)
    classify(database)
    with database.write() as session:
        session.execute(text("DELETE FROM decision"))
    status, findings = run(environ, "--audit")
    assert status == 1
    (found,) = [finding for finding in findings if finding["check"] == "audit" and "without a decision" in str(finding)]
    assert found["ids"] == [comment.id]
    assert run(environ)[0] == 0, "without --audit the record is not read"


def test_an_audit_log_that_was_cut_fails_against_a_head_noted_before(
    environ: dict[str, str], database: Database
) -> None:
    for _ in range(3):
        with database.write() as session:
            audit_log.record(session, "site.create", SERVICE)
    with database.read() as session:
        noted = audit_log.head(session)
    assert noted in str(run(environ, "--audit")[1]), "the doctor names the head, to be noted"
    assert run(environ, "--against", noted)[0] == 0
    with database.write() as session:
        session.execute(text("DELETE FROM audit_entry WHERE number = 3"))
        session.execute(
            text("UPDATE audit_head SET number = 2, hash = (SELECT hash FROM audit_entry WHERE number = 2)")
        )
    assert run(environ, "--audit")[0] == 0
    status, findings = run(environ, "--audit", "--against", noted)
    assert status == 1
    assert [finding["ids"] for finding in findings if finding["grade"] == "failed"] == [[noted]]
    refused = CliRunner(env=environ).invoke(doctor, ["--against", "nonsense"])
    assert (refused.exit_code, "as in 17:9f3c" in refused.output + refused.stderr) == (2, True)


def test_a_signed_audit_log_fails_when_its_key_is_gone(environ: dict[str, str], database: Database) -> None:
    with database.write() as session:
        audit_log.record(session, "site.create", SERVICE)
    (Path(environ["MODERATO_DATA_DIR"]) / "encryption_key").unlink()
    status, findings = run(environ, "--audit")
    assert (status, "the key that signed it is missing" in str(findings)) == (1, True)


def test_redis_that_does_not_answer_fails(environ: dict[str, str], tmp_path: Path) -> None:
    status, findings = run(environ | {"REDIS_URL": f"unix://{tmp_path}/none.sock"})
    assert (status, grades(findings, "redis")) == (1, {"failed"})


def test_redis_that_evicts_is_a_warning_that_says_what_is_lost(environ: dict[str, str]) -> None:
    redis = connect(environ["REDIS_URL"])
    redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        status, findings = run(environ)
    finally:
        redis.config_set("maxmemory-policy", "noeviction")
        redis.close()
    assert status == 0
    assert any("noeviction" in str(finding["detail"]) for finding in findings if finding["grade"] == "warning")


@pytest.mark.parametrize(
    ("name", "value"), [("MODERATO_CALLBACK_ALLOW_PRIVATE", "everything"), ("MODERATO_LEASE_SECONDS", "-1")]
)
def test_settings_that_are_wrong_end_with_a_sentence(environ: dict[str, str], name: str, value: str) -> None:
    result = CliRunner(env=environ | {name: value}).invoke(doctor, [])
    assert result.exit_code in (1, 78)
    assert name in result.output + result.stderr


def test_a_database_without_schema_fails_and_says_what_to_run(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    result = CliRunner(env=environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/empty.db"}).invoke(doctor, [])
    assert result.exit_code == 1
    assert "moderato db upgrade" in result.output


def test_postgresql_without_trigrams_is_a_warning_that_the_search_is_slow(
    empty_database_url: str, environ: dict[str, str]
) -> None:
    """Where the migration may not create the extension, it goes on without the index."""
    environ = environ | {"DATABASE_URL": empty_database_url}
    database = Database(empty_database_url)
    migrations.upgrade(database)
    slow = "no pg_trgm index"
    assert slow not in CliRunner(env=environ).invoke(doctor, []).output
    if not database.is_sqlite:
        with database.write() as session:
            session.execute(text("DROP EXTENSION pg_trgm CASCADE"))
        assert slow in CliRunner(env=environ).invoke(doctor, []).output
    database.dispose()


def test_files_that_others_can_open_are_a_fault(environ: dict[str, str], tmp_path: Path) -> None:
    folder = Path(environ["MODERATO_DATA_DIR"])
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "moderato.log").touch()
    (folder / "moderato.log").chmod(0o644)
    assert grades(run(environ)[1], "files") == {"ok"}, "nobody passes the folder"
    folder.chmod(0o755)
    status, findings = run(environ)
    assert (status, grades(findings, "files")) == (1, {"failed"})
    (found,) = [finding["detail"] for finding in findings if finding["check"] == "files"]
    assert str(folder) in found
    assert "moderato.log" in found
