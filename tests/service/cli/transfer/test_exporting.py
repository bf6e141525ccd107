"""`moderato export`: what it writes, `moderato import` reads, and nothing is lost on the way."""

import csv
import gzip
import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from service.cli import main as cli
from service.db import Database
from service.models import Comment, Decision, Score, Site
from service.moderation.erasure import erasing
from service.moderation.intake import articles, intake
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.policy.rules import Rules
from service.moderation.review.queue import held_tally
from service.moderation.transfer import batches, exporting, storing
from service.moderation.transfer.formats import files, jsonl
from service.moderation.transfer.formats.rows import Options
from service.moderation.upkeep import invariants
from service.vocabulary import Attribute, Verdict
from tests.support import exports
from tests.support.actors import CMS
from tests.support.comments import TEXT, classify, moderate, reread, submit
from tests.support.services import REPOSITORY

Run = Callable[..., Result]
TIMES = st.datetimes(datetime(1970, 1, 2), datetime(2025, 1, 1)).map(
    lambda at: f"{at.isoformat(timespec='milliseconds')}Z"
)

BY_API = ("", "")  # the id spaces of what comes by the API


@pytest.fixture
def run(environ: dict[str, str], site: Site, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: CliRunner().invoke(cli.main, list(map(str, arguments)), catch_exceptions=False)


def live_through_much(database: Database, site: Site) -> None:
    """Comments in every state that a comment can be in."""
    with database.write() as session:
        articles.put(session, site.id, ArticleSubmission(id="a/1", title="The bridge", url="https://news.example/1"))
    submit(database, site.id, "approved", f"{TEXT} 1", article_id="a/1", author_id="ada", author_name="Ada")
    classify(database)
    held = submit(database, site.id, "held ☃", f'{TEXT} 2\n\nOr "was" it?', parent_id="approved", language="en")
    overturned = submit(database, site.id, "overturned", f"{TEXT} 3", parent_id="not here")
    edited = submit(database, site.id, "edited", f"{TEXT} 4", author_name="Only a name")
    classify(database, Verdict.HOLD)
    moderate(database, reread(database, overturned.id), Verdict.APPROVE)
    moderate(database, reread(database, overturned.id), Verdict.REJECT)
    with database.write() as session:
        for comment in (held, overturned):
            session.add(
                Score(
                    site_id=site.id, comment_id=comment.id, revision=1, attribute=Attribute.INSULT, value=0.7,
                    classifier="scripted", version="1",
                )
            )  # fmt: skip
        intake.edit(session, site.id, edited.external_id, f"{TEXT} 5", Rules())
    submit(database, site.id, "erased", f"{TEXT} 6", author_id="ben", article_id="a/1", parent_id="approved")
    with database.write() as session:
        erasing.erase_comment(session, site.id, "erased", by=CMS)


def test_an_export_imported_into_an_empty_database_is_exported_as_the_same(
    run: Run, database: Database, site: Site, tmp_path: Path
) -> None:
    live_through_much(database, site)
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    assert run("export", first).stdout == "5 comments\n"
    with database.read() as session:
        tally = held_tally.of_site(session, site.id).held
    with database.write() as session:
        session.execute(delete(Site))
    with database.write() as session:
        session.add(Site(slug="gazette", name="The Gazette"))
    done = run("import", first)
    assert (done.exit_code, "Row" in done.stderr) == (0, False)
    run("export", second)
    assert second.read_text().splitlines() == first.read_text().splitlines()
    with database.read() as session:
        assert invariants.audit(session) == []
        new_site = session.scalars(select(Site.id)).one()
        assert held_tally.of_site(session, new_site).held == tally
        assert session.scalar(select(func.count()).select_from(Decision)) == 7


def test_the_file_is_its_users_alone_and_none_is_overwritten(
    run: Run, database: Database, site: Site, tmp_path: Path
) -> None:
    submit(database, site.id)
    file = tmp_path / "out.jsonl.gz"
    assert json.loads(run("export", file, "--json").stdout) == {"comments": 1, "file": str(file)}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(gzip.decompress(file.read_bytes()))["text"] == TEXT
    again = run("export", file)
    assert (again.exit_code, again.stderr) == (1, f"{file} exists; remove it, or choose another name.\n")
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == [file.name]


@pytest.mark.one_database
def test_a_place_that_cannot_be_written_to_is_one_sentence(run: Run, site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for file, sentence in [
        (tmp_path / "missing/out.jsonl", f"{tmp_path}/missing is no folder; create it first, or choose another one.\n"),
        (tmp_path / "file/out.jsonl", f"{tmp_path}/file is no folder; create it first, or choose another one.\n"),
        (tmp_path, f"{tmp_path} exists; remove it, or choose another name.\n"),
        (tmp_path / ("x" * 300), f"{tmp_path / ('x' * 300)}: File name too long.\n"),
    ]:
        done = run("export", file)
        assert (done.exit_code, done.stderr) == (1, sentence)


@pytest.mark.one_database
def test_standard_output_that_takes_no_more_is_one_sentence_and_one_without_reader_is_none(
    environ: dict[str, str], database: Database, site: Site
) -> None:
    submit(database, site.id)
    command = [sys.executable, "-m", "service.cli.main", "export", "-"]
    reads, writes = os.pipe()
    os.close(reads)
    for output, said in [
        (os.open("/dev/full", os.O_WRONLY), "Standard output: No space left on device. The export is not complete.\n"),
        (writes, ""),
    ]:
        done = subprocess.run(
            command, env=os.environ | environ, cwd=REPOSITORY, stdout=output, stderr=subprocess.PIPE, text=True
        )
        os.close(output)
        assert (done.returncode, done.stderr) == (1, said)


def test_a_site_is_exported_page_by_page_in_the_order_of_time(
    run: Run, database: Database, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PAGE", 50)
    submit(database, site.id, "newest")
    file = tmp_path / "many.jsonl"
    file.write_text(exports.many(130, status="approved"))
    run("import", file)
    rows = [json.loads(line) for line in run("export", "-").stdout.splitlines()]
    times = [row["received_at"] for row in rows]
    assert (len(rows), len({row["id"] for row in rows}), rows[-1]["id"]) == (131, 131, "newest")
    assert times == sorted(times)


def test_since_and_status_choose(run: Run, database: Database, site: Site, tmp_path: Path) -> None:
    old = tmp_path / "old.jsonl"
    old.write_text(exports.many(4, status="rejected"))
    run("import", old)
    submit(database, site.id, "new")

    def ids(*arguments: str) -> set[str]:
        return {json.loads(line)["id"] for line in run("export", "-", *arguments).stdout.splitlines()}

    assert ids("--since", "2026-01-01") == {"new"}
    assert ids("--status", "rejected") == {"m-0", "m-1", "m-2", "m-3"}
    assert ids("--since", "2026-01-01", "--status", "rejected") == set()


@pytest.mark.one_database
def test_a_table_has_no_formulas_and_is_read_again(run: Run, database: Database, site: Site, tmp_path: Path) -> None:
    submit(database, site.id, "=1", f"=HYPERLINK(1) {TEXT}", author_name="+Ada")
    submit(database, site.id, "2", f'{TEXT}\n"And, so" on')
    classify(database)
    file = tmp_path / "out.csv"
    run("export", file, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    assert [(row["id"], row["author_name"], row["status"]) for row in rows] == [
        ("'=1", "'+Ada", "approved"), ("2", "", "approved"),
    ]  # fmt: skip
    with database.write() as session:
        session.execute(delete(Comment))
    assert "2 approved" in run("import", file).stdout


@pytest.mark.one_database
@how(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"id": st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=40),
             "text": st.text(min_size=1, max_size=80).filter(lambda text: text.strip() and text.isprintable())},
            optional={"status": st.sampled_from(["approved", "rejected"]),
                      "created_at": TIMES},
        ), max_size=8, unique_by=lambda one: one["id"],
    )
)  # fmt: skip
def test_whatever_comes_in_goes_out_the_same(
    database: Database, site: Site, tmp_path: Path, rows: list[dict[str, Any]]
) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(exports.lines(*rows))
    with database.write() as session, files.opened(file) as source:
        session.execute(delete(Comment))
        for batch in batches.of_file(source, jsonl.FORMAT, Options(), after=0, maximum_length=10_000, spaces=BY_API):
            storing.store(session, site.id, batch.arrivals, known_articles=storing.ArticleIds(10))
        written, _ = exporting.page(session, site.id, after=None, since=None, status=None)
    out = {one["id"]: one for one in written}
    assert out.keys() == {one["id"] for one in rows}
    for one in rows:
        assert {name: out[one["id"]].get(name) for name in one} == one
