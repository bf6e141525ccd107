"""What a site knows of an author: true counts, standings, what is forgotten and when."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from service.clock import utc_now
from service.db import Database, database_now
from service.models import Author, Comment, Site
from service.moderation.authors import facts as authors
from service.moderation.erasure import erasing, retention
from service.moderation.intake import intake
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from service.vocabulary import CommentStatus, Standing, Treatment, Verdict
from tests.support.actors import CMS
from tests.support.authors import COUNTING, file_of, send, set_standing, strikes
from tests.support.comments import TEXT, decide, submit, take
from workers.gathering import gather


@pytest.fixture
def statements(database: Database) -> list[str]:
    seen: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
    return seen


def test_counts_follow_what_becomes_of_the_comments(database: Database, site: Site) -> None:
    for number, verdict in enumerate((Verdict.APPROVE, Verdict.APPROVE, Verdict.REJECT, Verdict.HOLD)):
        send(database, site, number, verdict)
    send(database, site, 9, Verdict.APPROVE, author="somebody else")
    file = file_of(database, site)
    assert (file.approved, file.rejected, file.counts[CommentStatus.HELD], file.facts.strikes) == (2, 1, 1, 1)
    with database.write() as session:
        intake.edit(session, site.id, "c-0", f"{TEXT} Edited.", Rules())
    assert file_of(database, site).approved == 1
    with database.write() as session:
        erasing.erase_comment(session, site.id, "c-2", by=CMS)
    file = file_of(database, site)
    assert (file.rejected, file.facts.strikes) == (0, 0)


def test_the_judgement_is_told_what_the_page_shows_in_one_statement_more(
    database: Database, site: Site, statements: list[str]
) -> None:
    for number, verdict in enumerate((Verdict.APPROVE, Verdict.REJECT, Verdict.APPROVE)):
        send(database, site, number, verdict)
    needed = {}
    for name, rules in (("plain", Rules()), ("counting", COUNTING)):
        with database.write() as session:
            policies.activate(session, site.id, rules, author="Lea")
        for author in ("u-1", "u-1", "u-2", None):
            submit(database, site.id, f"{name}-{author}-{len(statements)}", author_id=author)
        claim = take(database)
        assert claim is not None
        del statements[:]
        with database.read() as session:
            contexts = gather(session, claim, index_version="1", relevance_version="1")
        needed[name] = len(statements)
        with database.write() as session:
            session.execute(update(Comment).where(Comment.claim_token == claim.token).values(status="approved"))
            session.execute(update(Comment).where(Comment.claim_token == claim.token).values(author_external_id="x"))
    assert needed["counting"] == needed["plain"] + 1
    file = file_of(database, site)
    by_author = {context.comment.external_id.split("-", 2)[1]: context.author for context in contexts}
    assert by_author["None"] is None
    mine = next(context.author for context in contexts if context.comment.external_id.startswith("counting-u-1"))
    assert mine == file.facts
    assert (mine.approved, mine.strikes) == (2, 1)


def test_a_standing_counts_until_its_time_is_over_and_is_told_apart_from_another_sites(
    database: Database, site: Site, other_site: Site
) -> None:
    send(database, site, 1, Verdict.APPROVE)
    set_standing(database, site, Standing.BLOCKED, until=utc_now() + timedelta(hours=1))
    assert file_of(database, site).treatment is Treatment.BLOCKED
    assert file_of(database, other_site).is_empty
    with database.write() as session:
        session.execute(update(Author).values(until=database_now(-1)))
    file = file_of(database, site)
    assert (file.standing, file.treatment) == (None, Treatment.ORDINARY)


def test_erasing_an_author_leaves_no_standing_no_number_and_no_strike(database: Database, site: Site) -> None:
    send(database, site, 1, Verdict.REJECT)
    send(database, site, 2, Verdict.APPROVE)
    set_standing(database, site, Standing.BLOCKED)
    with database.write() as session:
        assert erasing.erase_author(session, site.id, "u-1", by=CMS).author_records == 1
    assert strikes(database) == 0
    assert file_of(database, site).is_empty


def test_what_retention_forgets_stays_as_a_number_only_where_the_policy_counts(database: Database, site: Site) -> None:
    for counted, rules in ((0, Rules()), (2, COUNTING)):
        with database.write() as session:
            policies.activate(session, site.id, rules, author="Lea")
        for number in range(3):
            send(database, site, counted * 10 + number, Verdict.REJECT if number == 2 else Verdict.APPROVE)
        with database.write() as session:
            old = database_now(-100 * 86_400)
            session.execute(update(Comment).values(decided_at=old, received_at=old, pending_since=old))
            retention.erase_expired(session, default_days=90)
        file = file_of(database, site)
        assert (file.approved, file.facts.approved, sum(file.counts.values())) == (counted, counted, 0)
        assert strikes(database) == 0
    assert file_of(database, site).rejected == 1
    submit(database, site.id, "new", author_id="u-1")
    claim = take(database)
    assert claim is not None
    with database.read() as session:
        (context,) = gather(session, claim, index_version="1", relevance_version="1")
    assert context.author is not None
    assert context.author.approved == 2
    decide(database, context.comment, claim.token)


def test_numbers_of_somebody_long_gone_are_forgotten_and_a_standing_is_not(database: Database, site: Site) -> None:
    with database.write() as session:
        for author, standing in (("gone", None), ("staff", Standing.STAFF)):
            row = Author(site_id=site.id, external_id=author, standing=standing, approved_before=9)
            row.forgotten_at = utc_now() - timedelta(days=366)
            session.add(row)
    with database.write() as session:
        retention.prune(session)
    with database.read() as session:
        assert session.scalars(select(Author.external_id)).all() == ["staff"]


@pytest.mark.one_database
def test_counting_on_authors_reads_their_comments_and_not_the_site(database: Database) -> None:
    statement = authors._counting(30).params(ids=[f"{number:032x}" for number in range(16)])
    with database.read() as session:
        compiled = statement.compile(session.connection(), compile_kwargs={"literal_binds": True})
        plan = [row.detail for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]
    assert any("(site_id=? AND author_external_id=?)" in step for step in plan)
    assert [step for step in plan if "SCAN comment" in step or "(site_id=?)" in step] == []
