"""`moderato import`: decided comments come in as decided, others behind all live ones, and nothing comes in twice."""

import json
import os
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from service.cli import main as cli
from service.clock import utc_now
from service.db import Database
from service.installation.settings import Settings
from service.metrics import running
from service.models import Article, AuditEntry, Comment, Decision, Delivery, Endpoint, ImportMark, Site, Strike
from service.models.stored_ids import in_space
from service.moderation.decisions import claims
from service.moderation.insight import decided_texts, delays, moderators_work, policy_verdicts, statistics, transparency
from service.moderation.insight.counts import counters, periods, recount
from service.moderation.intake.repeats import find_repeats
from service.moderation.webhooks import events, sources
from service.moderation.webhooks.field_maps import Mapped
from service.vocabulary import CommentStatus, Source, Verdict
from tests.service.cli.transfer.conftest import Bring, comments, count, kept
from tests.support import exports
from tests.support.comments import classify, moderate, reread, submit, take


def test_decided_comments_come_in_as_decided_and_nobody_hears_of_them(
    bring: Bring, database: Database, site: Site
) -> None:
    with database.write() as session:
        session.add(Endpoint(site_id=site.id, url="https://cms.example/hooks", events=[], updated_at=utc_now()))
    done = bring(exports.WORDPRESS)
    assert done.exit_code == 1  # one row is wrong
    assert done.stderr.splitlines()[0] == "Row 8: has no text."
    assert done.stdout == (
        "8 rows\n  2 approved\n  2 rejected\n  1 pending, behind all other comments\n"
        "  1 deleted, without text and author\n  1 left out\n    1 pingback\n  1 wrong\n"
    )
    found = comments(database)
    assert {name: one.status.value for name, one in found.items()} == {
        "8": "approved", "9": "pending", "10": "rejected", "11": "rejected", "12": "rejected", "14": "approved",
    }  # fmt: skip
    assert found["8"].received_at.isoformat() == "2026-07-20T12:08:08+00:00"
    assert (found["12"].text, found["12"].author_name, found["12"].erased_at is not None) == ("", None, True)
    assert found["9"].parent_id == found["8"].id
    with database.read() as session:
        article = session.scalars(select(Article)).one()
        decisions = session.scalars(select(Decision).join(Comment).where(Comment.external_id == "10")).all()
    assert (article.external_id, article.title) == ("100", "The bridge & the bus")
    assert [(one.source, one.actor, one.reasons[0]["code"], one.reasons[0]["word"]) for one in decisions] == [
        (Source.SITE, "import", "imported", "spam")
    ]
    assert count(database, Delivery) == count(database, Strike) == count(database, ImportMark) == 0
    kept(database, site)


def test_an_import_is_on_record_once_at_its_beginning_and_once_at_its_end(
    bring: Bring, database: Database, site: Site
) -> None:
    bring(exports.many(3, status="approved"))
    with database.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.site_id == site.id)).all()
    assert [entry.action for entry in entries] == ["comments.import", "comments.imported"]
    assert entries[1].detail["rows"] == entries[1].detail["approved"] == 3


def test_the_figures_of_moderators_and_of_the_policy_stay_as_they_were(
    bring: Bring, database: Database, site: Site
) -> None:
    bring(exports.many(30, status="rejected") + exports.many(10, status="approved").replace('"m-', '"n-'))
    with database.write() as session:
        counters.fold(session)
    period = periods.of_days(365, now=utc_now())
    with database.read() as session:
        assert moderators_work.work(session, site.id, period) == []
        steps = policy_verdicts.steps(session, site.id, period)
    assert sum(step.approve + step.hold + step.reject for step in steps) == 0


def test_how_long_imported_comments_waited_is_in_no_figure(bring: Bring, database: Database, site: Site) -> None:
    bring(exports.many(5))
    submit(database, site.id, "live")
    classify(database, Verdict.REJECT)
    period = periods.of_days(3_650, now=utc_now() + timedelta(minutes=1))
    with database.read() as session:
        assert delays.time_to_verdict(session, site.id, period)[0].count == 1
        told = statistics.of_site(session, site.id, since=utc_now() - timedelta(days=1))
        assert told["time_to_verdict"]["measured"] == 1
        assert transparency.report(session, site.id, period).time_to_restriction.count == 1
        seconds = running.verdict_seconds(session, None, None)
        assert sum(count for (kind, *_), count in seconds.items() if kind == "bucket") == 1
        assert recount.differences(session, most=9) == []


def test_decided_comments_are_labels_for_evaluate(bring: Bring, database: Database, site: Site) -> None:
    bring(exports.WORDPRESS)
    overturned = submit(database, site.id, "overturned")
    classify(database, Verdict.HOLD)
    moderate(database, reread(database, overturned.id), Verdict.APPROVE)
    moderate(database, reread(database, overturned.id), Verdict.REJECT)
    with database.read() as session:
        rows = list(decided_texts.texts(session, site.id))
    assert sorted((row["rejected"], row["source"], row["word"]) for row in rows) == [
        (0, "import", "1"), (0, "import", "1"), (1, "import", "spam"), (1, "import", "trash"), (1, "moderator", ""),
    ]  # fmt: skip
    done = CliRunner().invoke(cli.main, ["labels", "decisions", "gazette"], catch_exceptions=False)
    assert done.stdout.splitlines()[0] == "text,rejected,source,word"
    assert len(done.stdout.splitlines()) > 4


def test_the_same_file_again_brings_nothing_and_another_text_changes_nothing(bring: Bring, database: Database) -> None:
    bring(exports.many(5, status="approved"))
    again = bring(exports.many(5, status="rejected").replace("number 3", "number three"), "--json")
    assert json.loads(again.stdout) == {
        "format": "jsonl", "dry_run": False, "rows": 5, "approved": 0, "rejected": 0, "held": 0, "pending": 0,
        "deleted": 0, "known": 5, "known_with_another_text": 1, "left_out": 0, "wrong": 0,
    }  # fmt: skip
    assert {one.status for one in comments(database).values()} == {CommentStatus.APPROVED}
    assert count(database, Decision) == 5


def test_a_dry_run_says_what_would_come_in_and_stores_nothing(bring: Bring, database: Database) -> None:
    bring(exports.many(2, status="approved"))
    dry = bring(exports.many(700, status="rejected") + exports.many(4) + "{}\n", "--dry-run", "--json")
    assert (dry.exit_code, "Row 705: has no id." in dry.stderr.splitlines()) == (1, True)
    told = json.loads(dry.stdout)
    assert {name: told[name] for name in ("rows", "rejected", "pending", "known", "wrong")} == {
        "rows": 705, "rejected": 698, "pending": 0, "known": 6, "wrong": 1,
    }  # fmt: skip
    assert count(database, Comment) == 2


def test_a_reply_is_linked_to_a_parent_that_comes_later(bring: Bring, database: Database) -> None:
    live = {"id": "live", "text": exports.TEXT, "parent_id": "b"}
    bring(exports.lines({"id": "a", "text": "A reply", "parent_id": "b"}, {"id": "c", "text": "x", "parent_id": "c"}))
    bring(exports.lines(live))
    bring(exports.lines({"id": "b", "text": "Its parent", "status": "approved"}))
    found = comments(database)
    assert (found["a"].parent_id, found["live"].parent_id) == (found["b"].id, found["b"].id)
    assert found["c"].parent_id is None


def test_a_comment_that_came_in_deleted_stays_deleted(bring: Bring, database: Database, site: Site) -> None:
    bring(exports.lines({"id": "gone", "status": "deleted", "text": "Not wanted here", "author": {"name": "Ada"}}))
    from service.models import Style, WebhookSource

    with database.write() as session:
        source = WebhookSource(site_id=site.id, name="cms", style=Style.TOKEN, secrets=[])
        session.add(source)
        session.flush()
        late = Mapped(action="create", id="gone", text="Late")
        assert events.apply(session, source, late, received_at=utc_now()) == events.DELETED
    assert comments(database)["gone"].text == ""


def test_an_undecided_comment_waits_behind_those_of_its_own_site_that_come_later(
    bring: Bring, database: Database, site: Site
) -> None:
    bring(exports.many(40))
    live = [submit(database, site.id, f"live-{n}").id for n in range(3)]
    claim = take(database, limit=4)
    assert claim is not None
    assert set(live) < set(claim.comment_ids)
    with database.read() as session:
        assert claims.pending_by_site(session, limit=10) == {site.id: 3}  # an archive does not close the intake
    classify(database)
    assert count(database, Comment, Comment.status == CommentStatus.PENDING) == 4  # those of the claim above


def test_sites_take_turns_with_their_archives(bring: Bring, database: Database, site: Site, other_site: Site) -> None:
    bring(exports.many(40), "--site", "gazette")
    bring(exports.many(10), "--site", "herald")
    claim = take(database, limit=16)
    assert claim is not None
    with database.read() as session:
        claimed = Counter(session.scalars(select(Comment.site_id).where(Comment.id.in_(claim.comment_ids))))
    assert abs(claimed[site.id] - claimed[other_site.id]) <= 2


def test_repeats_and_floods_count_the_time_at_which_a_comment_was_written(bring: Bring, database: Database) -> None:
    yearly = [
        {"id": f"y-{year}", "text": f"{exports.TEXT} {year} was no different.", "author": {"id": "ada"},
         "article": {"id": "a"}, "created_at": f"{year}-03-01T12:00:00Z"}
        for year in range(2000, 2025)
    ]  # fmt: skip
    hasty = [
        {"id": f"h-{second}", "text": exports.TEXT, "author": {"id": "ben"},
         "created_at": f"2020-01-01T00:00:{second}Z"}
        for second in range(10, 13)
    ]  # fmt: skip
    bring(exports.lines(*yearly, *hasty))
    with database.read() as session:
        stored = session.scalars(select(Comment)).all()
        found = {one.external_id: find_repeats(session, stored)[one.id] for one in stored}
    assert {found[one["id"]].recent_by_author for one in yearly} == {1}
    assert {found[one["id"]].repeat_of for one in yearly} == {None}
    assert (found["h-12"].recent_by_author, found["h-12"].repeat_of) == (3, "h-10")


@pytest.mark.one_database
def test_what_cannot_be_read_is_said_in_one_sentence(bring: Bring, other_site: Site, tmp_path: Path) -> None:
    assert bring("x").stderr == f"{tmp_path}/comments: the format is not recognised; name it with --format.\n"
    assert bring(exports.many(1)).stderr == "Say which site with --site; the sites are: gazette, herald.\n"
    assert "There is no site 'x'" in bring(exports.many(1), "--site", "x").stderr
    done = CliRunner().invoke(cli.main, ["import", str(tmp_path / "none")], catch_exceptions=False)
    assert (done.exit_code, done.stderr) == (1, f"{tmp_path}/none: No such file or directory.\n")
    assert "must be NAME=COLUMN" in bring("id,text\n", "--map", "txt=Comment").stderr
    os.mkfifo(tmp_path / "pipe")
    done = CliRunner().invoke(cli.main, ["import", str(tmp_path / "pipe")], catch_exceptions=False)
    assert "is no file" in done.stderr


def test_a_sources_comments_are_brought_in_under_its_own_ids_and_written_out_bare(
    bring: Bring, database: Database, site: Site, settings: Settings, tmp_path: Path
) -> None:
    with database.write() as session:
        source, _ = sources.add(session, site.id, settings.keyring, name="Blog", style="github", preset="moderato")
        source_id = source.id
    line = {"id": "8", "text": "The bridge was paid for in 2019.", "status": "approved", "article": {"id": "a"}}
    line |= {"author": {"id": "ada"}, "parent_id": "7"}
    assert bring(json.dumps(line)).exit_code == 0
    assert bring(json.dumps(line), "--source", source_id).exit_code == 0
    assert set(comments(database)) == {"8", in_space(source_id, "8")}
    theirs = comments(database)[in_space(source_id, "8")]
    assert (theirs.author_external_id, theirs.parent_external_id) == (
        in_space(source_id, "ada"),
        in_space(source_id, "7"),
    )
    assert CliRunner().invoke(cli.main, ["export", str(tmp_path / "out.jsonl")], catch_exceptions=False).exit_code == 0
    written = [json.loads(one) for one in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert sorted((one["id"], one.get("source", "api"), one["article"]["id"]) for one in written) == sorted(
        [("8", "api", "a"), ("8", source_id, "a")]
    )
    assert {one["author"]["id"] for one in written} == {"ada"}
    assert bring((tmp_path / "out.jsonl").read_text(), "--source", "unknown").exit_code != 0
    for of, names in ((source_id, [source_id]), ("api", ["api"])):
        CliRunner().invoke(cli.main, ["export", str(tmp_path / of), "--source", of], catch_exceptions=False)
        lines = [json.loads(one) for one in (tmp_path / of).read_text().splitlines()]
        assert [one.get("source", "api") for one in lines] == names
