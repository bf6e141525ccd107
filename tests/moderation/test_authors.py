"""What a site knows of an author: strikes that follow decisions, true counts, standings, what is forgotten."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, update

from service.clock import utc_now
from service.db import Database, database_now
from service.errors import Conflict, Invalid
from service.models import AuditEntry, Author, Comment, Decision, Moderator, Site, Strike
from service.models.moderator import Role
from service.moderation import appeals, authors, decisions, intake, invariants, policies, retention
from service.moderation.audit_log import Actor
from service.moderation.authors import AuthorFile
from service.moderation.judgement import Ground, Judgement
from service.moderation.rules import Rules
from service.vocabulary import CommentStatus, Reason, Standing, Treatment, Verdict
from tests.support.comments import TEXT, classify, decide, moderate, reread, submit, take
from tests.support.console import add_moderator
from workers.gathering import gather

LEA = Actor(kind="moderator", id="1", name="Lea")
COUNTING = Rules(hold_newcomers=2, trust_after=4, strike_limit=2, strike_days=30)


def send(database: Database, site: Site, number: int, verdict: Verdict, author: str = "u-1") -> Comment:
    """Let the author send a comment that gets this verdict from the policy."""
    comment = submit(database, site.id, f"c-{number}", f"{TEXT} And this is number {number}.", author_id=author)
    classify(database, verdict)
    return reread(database, comment.id)


def file_of(database: Database, site: Site, author: str = "u-1") -> AuthorFile:
    with database.read() as session:
        return authors.read(session, site.id, author)


def strikes(database: Database) -> int:
    with database.read() as session:
        assert invariants.audit(session) == []
        return session.scalar(select(func.count()).select_from(Strike)) or 0


def set_standing(database: Database, site: Site, standing: Standing | None, **how: object) -> Author:
    with database.write() as session:
        how = {"reason": "spam", "by": LEA} | how
        return authors.set_standing(session, site.id, "u-1", standing, **how)  # type: ignore[arg-type]


@pytest.fixture
def statements(database: Database) -> list[str]:
    seen: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
    return seen


def test_a_rejection_is_a_strike_and_overturning_it_none(database: Database, site: Site) -> None:
    comment = send(database, site, 1, Verdict.REJECT)
    assert strikes(database) == 1
    moderate(database, comment, Verdict.APPROVE)
    assert strikes(database) == 0
    moderate(database, reread(database, comment.id), Verdict.REJECT)
    assert strikes(database) == 1


def test_taking_a_rejection_back_removes_its_strike_and_taking_an_approval_back_restores_the_old_one(
    database: Database, site: Site
) -> None:
    ana = add_moderator(database, "ana@gazette.example", "Ana", gazette=Role.MODERATOR)
    held = send(database, site, 1, Verdict.REVIEW)
    rejection = moderate(database, held, Verdict.REJECT, delay=60)
    take_back(database, held.id, rejection, ana)
    assert (strikes(database), reread(database, held.id).status) == (0, CommentStatus.IN_REVIEW)

    rejected = send(database, site, 2, Verdict.REJECT)
    with database.write() as session:
        first = session.scalars(select(Strike)).one()
        first.created_at = old = utc_now() - timedelta(days=3)
        session.execute(update(Decision).where(Decision.id == first.decision_id).values(created_at=old))
    approval = moderate(database, rejected, Verdict.APPROVE, delay=60)
    assert strikes(database) == 0
    take_back(database, rejected.id, approval, ana)
    with database.read() as session:
        restored = session.scalars(select(Strike)).one()
    assert (restored.decision_id, restored.created_at) == (first.decision_id, old)


def take_back(database: Database, comment_id: str, decision_id: str | None, by: Moderator) -> None:
    with database.write() as session:
        comment = session.get_one(Comment, comment_id)
        decision = session.get_one(Decision, decision_id)
        decisions.take_back(
            session, comment, decision, expected_version=comment.version, actor=by.name, moderator_id=by.id
        )


def test_an_appeal_that_is_granted_removes_the_strike_and_one_that_is_not_keeps_it(
    database: Database, site: Site
) -> None:
    ana = add_moderator(database, "ana@gazette.example", "Ana", gazette=Role.MODERATOR)
    for number, overturn in ((1, False), (2, True)):
        comment = send(database, site, number, Verdict.REJECT)
        with database.write() as session:
            appeal, _ = appeals.lodge(session, session.get_one(Comment, comment.id), "I meant no harm.", by=LEA)
            appeals.decide(session, site.id, ana, appeal.id, overturn=overturn)
    with database.read() as session:
        assert session.scalars(select(Comment.external_id).join(Strike)).all() == ["c-1"]


@pytest.mark.parametrize(
    ("reasons", "counts"),
    [
        ([Reason.TOO_SHORT], False),
        ([Reason.DUPLICATE], False),
        ([Reason.AUTHOR_BLOCKED], False),
        ([Reason.TOO_SHORT, Reason.BLOCKED_TERM], True),
        ([Reason.TOXIC], True),
    ],
)
def test_form_alone_and_a_block_are_no_strikes(
    database: Database, site: Site, reasons: list[Reason], counts: bool
) -> None:
    comment = submit(database, site.id, author_id="u-1")
    claim = take(database)
    assert claim is not None
    grounds = tuple(Ground(verdict=Verdict.REJECT, reason=reason) for reason in reasons)
    with database.write() as session:
        decisions.record_judgement(
            session,
            session.get_one(Comment, comment.id),
            Judgement(verdict=Verdict.REJECT, grounds=grounds),
            token=claim.token,
            policy_version=0,
            vector=None,
        )
    assert strikes(database) == counts


def test_a_comment_without_an_author_gives_nobody_a_strike(database: Database, site: Site) -> None:
    submit(database, site.id)
    classify(database, Verdict.REJECT)
    assert strikes(database) == 0


def test_an_edit_does_not_wash_a_strike_off_and_a_second_rejected_text_is_a_second_one(
    database: Database, site: Site
) -> None:
    comment = send(database, site, 1, Verdict.REJECT)
    for text, verdict, amount in ((f"{TEXT} Edited.", Verdict.APPROVE, 1), (f"{TEXT} Again.", Verdict.REJECT, 2)):
        with database.write() as session:
            intake.edit(session, site.id, comment.external_id, text, Rules())
        assert strikes(database) == 1
        classify(database, verdict)
        assert strikes(database) == amount


def test_two_moderators_on_two_comments_give_two_strikes_and_on_one_comment_one(database: Database, site: Site) -> None:
    held = [send(database, site, number, Verdict.REVIEW) for number in range(8)]

    def reject(comment: Comment) -> bool:
        try:
            return moderate(database, comment, Verdict.REJECT) is not None
        except Conflict:
            return False

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(reject, [comment for comment in held for _ in range(2)]))
    assert sum(done) == strikes(database) == 8
    assert file_of(database, site).facts.strikes == 8


def test_rejecting_and_overturning_at_once_never_leaves_a_strike_without_its_rejection(
    database: Database, site: Site
) -> None:
    comment = send(database, site, 1, Verdict.REVIEW)

    def flip(number: int) -> None:
        try:
            seen = reread(database, comment.id)
            moderate(database, seen, Verdict.REJECT if number % 2 else Verdict.APPROVE)
        except Conflict:
            pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(flip, range(24)))
    rejected = reread(database, comment.id).status is CommentStatus.REJECTED
    assert strikes(database) == rejected


def test_counts_follow_what_becomes_of_the_comments(database: Database, site: Site) -> None:
    for number, verdict in enumerate((Verdict.APPROVE, Verdict.APPROVE, Verdict.REJECT, Verdict.REVIEW)):
        send(database, site, number, verdict)
    send(database, site, 9, Verdict.APPROVE, author="somebody else")
    file = file_of(database, site)
    assert (file.approved, file.rejected, file.counts[CommentStatus.IN_REVIEW], file.facts.strikes) == (2, 1, 1, 1)
    with database.write() as session:
        intake.edit(session, site.id, "c-0", f"{TEXT} Edited.", Rules())
    assert file_of(database, site).approved == 1
    with database.write() as session:
        intake.erase(session, site.id, "c-2", actor="key")
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
            contexts = gather(session, claim, index_version="1")
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


def test_a_strike_expires_with_the_clock_and_the_rules_say_when(database: Database, site: Site) -> None:
    with database.write() as session:
        policies.activate(session, site.id, COUNTING, author="Lea")
    for number in range(2):
        send(database, site, number, Verdict.REJECT)
    assert file_of(database, site).treatment is Treatment.STRUCK
    with database.write() as session:
        aged = select(Strike.comment_id).limit(1).scalar_subquery()
        session.execute(
            update(Strike).where(Strike.comment_id == aged).values(created_at=database_now(-30 * 86_400 - 1))
        )
    file = file_of(database, site)
    assert (file.facts.strikes, file.treatment, len(file.strikes)) == (1, Treatment.NEWCOMER, 1)


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


@pytest.mark.parametrize(
    ("standing", "how"),
    [
        (Standing.BLOCKED, {"reason": "  "}),
        (Standing.TRUSTED, {"reason": "x" * 501}),
        (Standing.STAFF, {"until": utc_now() - timedelta(seconds=1)}),
        (None, {"until": utc_now() + timedelta(days=1)}),
    ],
)
def test_a_standing_that_makes_no_sense_is_refused(
    database: Database, site: Site, standing: Standing | None, how: dict[str, object]
) -> None:
    with pytest.raises(Invalid):
        set_standing(database, site, standing, **how)
    assert file_of(database, site).row is None


def test_every_change_of_standing_is_in_the_audit_log_without_the_authors_id_or_the_reason(
    database: Database, site: Site
) -> None:
    row = set_standing(database, site, Standing.BLOCKED)
    set_standing(database, site, Standing.BLOCKED)
    set_standing(database, site, None, reason="")
    with database.read() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
    assert [(e.action, e.subject_id, e.detail["from"], e.detail["to"]) for e in entries] == [
        ("author.standing", row.id, None, "blocked"),
        ("author.standing", row.id, "blocked", None),
    ]
    assert all("u-1" not in str(entry.detail) and "spam" not in str(entry.detail) for entry in entries)


def test_two_who_set_a_standing_at_once_make_one_row(database: Database, site: Site) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda standing: set_standing(database, site, standing), [*Standing, *Standing]))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Author)) == 1


def test_erasing_an_author_leaves_no_standing_no_number_and_no_strike(database: Database, site: Site) -> None:
    send(database, site, 1, Verdict.REJECT)
    send(database, site, 2, Verdict.APPROVE)
    set_standing(database, site, Standing.BLOCKED)
    with database.write() as session:
        assert retention.erase_author(session, site.id, "u-1", actor="key").author_records == 1
    assert strikes(database) == 0
    assert file_of(database, site).is_empty


def test_an_erasure_while_somebody_rejects_leaves_no_strike(database: Database, site: Site) -> None:
    held = [send(database, site, number, Verdict.REVIEW) for number in range(6)]

    def erase(_: Comment) -> None:
        with database.write() as session:
            retention.erase_author(session, site.id, "u-1", actor="key")

    def reject(comment: Comment) -> None:
        with suppress(Conflict):
            moderate(database, comment, Verdict.REJECT)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: (erase if number == 3 else reject)(held[number]), range(6)))
    erase(held[0])
    assert strikes(database) == 0


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
        (context,) = gather(session, claim, index_version="1")
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
