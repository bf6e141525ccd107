"""Readers' reports in the console: on the comment's page, in the lists, in the queue's order, and dismissed."""

import re

import pytest
from sqlalchemy import select

from service.clock import utc_now
from service.db import Database
from service.models import AuditEntry, Comment, Site
from service.moderation.insight import reader_reports
from service.moderation.insight.counts.periods import parse
from service.moderation.review.queue import queue
from service.moderation.review.queue.queue_filter import Order, QueueFilter
from service.vocabulary import CommentStatus, Verdict
from tests.support.comments import moderate, reread, submit
from tests.support.console import Person, text_of
from tests.support.held import SAID, hold, judge
from tests.support.reported import dismiss, known, outcomes, report

PAGE = "/console/sites/gazette"


@pytest.fixture
def published(database: Database, site: Site) -> Comment:
    submit(database, site.id, "p-1", SAID[6].text)
    return judge(database, SAID[6], Verdict.APPROVE)


def shown(person: Person, comment: Comment) -> dict[str, str]:
    """Return what the form that dismisses the reports says of the page."""
    page = person.get(f"{PAGE}/comments/{comment.id}").text
    form = page[page.index('<form class="dismiss"') :].partition("</form>")[0]
    return dict(re.findall(r'name="(version|reports)" value="(\d+)"', form))


@pytest.mark.one_database
def test_a_comments_page_shows_what_was_reported_and_what_is_known_of_each_reporter(
    ana: Person, database: Database, site: Site, published: Comment
) -> None:
    known(database, site, "jon", 2, 1)
    report(database, published, "new", words="<script>alert(1)</script>")
    report(database, published, "jon", kind="illegal")
    page = ana.get(f"{PAGE}/comments/{published.id}").text
    assert "<script>alert" not in page
    said = text_of(page)
    assert "2 open reports" in said
    assert said.index("2 of 3 other reports were upheld") < said.index("no other report was decided")
    assert "<script>alert(1)</script>" in said
    assert "bring a comment back by themselves" in said
    for number in range(20):
        report(database, published, f"raider-{number}")
    said = text_of(ana.get(f"{PAGE}/comments/{published.id}").text)
    assert said.count("no other report was decided") == 1
    assert "20 more reports without words" in said


@pytest.mark.one_database
def test_the_record_beside_a_report_is_that_of_the_reporters_other_reports(
    ana: Person, database: Database, site: Site, published: Comment
) -> None:
    known(database, site, "jon", 2, 1)
    for reporter in ("jon", "new"):
        report(database, published, reporter)
    dismiss(database, published.id)
    said = text_of(ana.get(f"{PAGE}/comments/{published.id}").text)
    assert "2 of 3 other reports were upheld" in said
    assert "no other report was decided" in said


@pytest.mark.one_database
def test_lists_count_open_reports_and_all_comments_finds_them(
    ana: Person, database: Database, site: Site, published: Comment
) -> None:
    other = hold(database, site.id, 1)
    for comment, reporters in ((published, ("a", "b")), (other, ("a",))):
        for reporter in reporters:
            report(database, comment, reporter)
    hold(database, site.id, 2)
    found = ana.get(f"{PAGE}/comments?reported=1").text
    assert (found.count('class="row-link"'), "2 reports" in text_of(found)) == (2, True)
    assert "1 report" in text_of(ana.get(f"{PAGE}/review").text)
    moderate(database, reread(database, other.id), Verdict.APPROVE)
    assert ana.get(f"{PAGE}/comments?reported=1").text.count('class="row-link"') == 1


def test_the_queue_finds_what_was_reported_and_puts_the_most_reported_first(
    ana: Person, database: Database, site: Site
) -> None:
    weights = []
    for number, upheld in enumerate((8, 40, 15)):
        submit(database, site.id, f"p-{number}", f"{SAID[6].text} {number}")
        comment = judge(database, SAID[6], Verdict.APPROVE)
        known(database, site, f"r-{number}", upheld, 2)
        report(database, comment, f"r-{number}")
        weights.append((upheld, comment.id))
    hold(database, site.id, 0)
    expected = [comment_id for _, comment_id in sorted(weights, reverse=True)]
    for chosen in (
        QueueFilter(reason="reported", order=Order.REPORTED),
        QueueFilter(reason="reported", order=Order.REPORTED, language="en"),
    ):
        with database.read() as session:
            rows = queue.page(session, site.id, chosen)
            assert [row.id for row in rows] == expected
            assert queue.page(session, site.id, chosen, after=rows[0].position)[0].id == expected[1]
    with database.read() as session:
        everything = queue.page(session, site.id, QueueFilter(order=Order.REPORTED))
    assert [row.id for row in everything][:3] == expected
    assert [row.reasons[0] for row in everything[:3]] == ["reported"] * 3
    page = text_of(ana.get(f"{PAGE}/review?reason=reported&order=reported").text)
    assert "Reported 3" in page


@pytest.mark.one_database
def test_dismissing_all_reports_is_on_record_and_leaves_the_comment_published(
    ana: Person, vic: Person, database: Database, published: Comment
) -> None:
    for reporter in ("a", "b"):
        report(database, published, reporter)
    address = f"{PAGE}/comments/{published.id}/reports/dismiss"
    assert vic.post(address).status_code == 403
    assert ana.post(address).status_code == ana.post(address, {"version": published.version}).status_code == 400
    seen = shown(ana, published)
    report(database, published, "c")
    refused = ana.post(address, seen)
    assert (refused.status_code, "More readers have reported this comment" in refused.text) == (409, True)
    assert set(outcomes(database, published)) == {"open"}
    answer = ana.post(address, shown(ana, published), follow_redirects=True)
    assert "Dismissed 3 reports." in answer.text
    assert "Dismiss all reports" not in answer.text
    assert outcomes(database, published) == ["not_upheld"] * 3
    assert reread(database, published.id).status is CommentStatus.APPROVED
    with database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "reports.dismiss")).one()
    assert (entry.subject_id, entry.detail["reports"]) == (published.id, 3)


def test_the_dashboard_counts_reports_and_the_share_that_was_upheld(
    ana: Person, database: Database, site: Site, published: Comment
) -> None:
    for reporter in ("a", "b"):
        report(database, published, reporter)
    moderate(database, published, Verdict.REJECT)
    with database.read() as session:
        period = parse("24h", "", "", now=utc_now())
        found = reader_reports.of_period(session, site.id, period)
    assert (found.made, found.upheld.hits, found.upheld.of) == (2, 2, 2)
    assert "Reports by readers: 2" in text_of(ana.get(f"{PAGE}/dashboard").text)
