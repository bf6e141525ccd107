"""The page of legal notices: moderators read, leads decide and alone see who sent what."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from service.clock import utc_now
from service.console.review.legal_notices import open_for
from service.db import Database, database_now
from service.models import AuditEntry, Comment, LegalNotice, LegalNoticeState, RejectionReason, Site
from service.moderation.intake import intake
from service.moderation.policy.rules import Rules
from service.vocabulary import CommentStatus
from tests.support.comments import TEXT, classify, submit
from tests.support.comments import reread as comment_now
from tests.support.console import Person, text_of
from tests.support.legal_notices import EMAIL, EXPLANATION, NAME, receive, reread

PAGE = "/console/sites/gazette/legal-notices"
ANSWER = {"answer": "We have read it.", "redress": "Complain to us."}
CHANGED = "This is how it is now."
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def comment(database: Database, site: Site) -> Comment:
    comment = submit(database, site.id, "c-0")
    classify(database)
    return comment_now(database, comment.id)


def test_a_moderator_reads_it_beside_the_comment_and_only_a_lead_sees_from_whom(
    ana: Person, lea: Person, vic: Person, comment: Comment, database: Database, site: Site
) -> None:
    legal_notice = receive(database, site, explanation=f"{EXPLANATION} {HOSTILE}", name=f"{NAME} {HOSTILE}")
    seen = ana.get(PAGE).text
    assert comment.text in seen.replace("&#39;", "'")
    assert EXPLANATION in seen
    assert not any(private in seen for private in (NAME, EMAIL, HOSTILE))
    by_lead = lea.get(PAGE).text
    assert (NAME in by_lead, EMAIL in by_lead, HOSTILE in by_lead) == (True, True, False)
    data = {"outcome": "left_published", **ANSWER}
    assert ana.post(f"{PAGE}/{legal_notice.id}", data).status_code == 403
    assert vic.get(PAGE).status_code == 403
    assert 'Legal notices <b data-count="legal_notices">1</b>' in ana.get("/console/sites/gazette/review").text
    for path in ("audit", f"comments/{comment.id}", "comments", "transparency"):
        other_page = lea.get(f"/console/sites/gazette/{path}").text
        assert not any(private in other_page for private in (NAME, EMAIL)), path


def test_a_lead_takes_the_comment_down_and_undoes_it(
    lea: Person, comment: Comment, database: Database, site: Site
) -> None:
    legal_notice = receive(database, site)
    data = {"outcome": "taken_down", "version": comment.version, "sentence": "A court forbade it.", **ANSWER}
    assert lea.post(f"{PAGE}/{legal_notice.id}", data).status_code == 303
    assert comment_now(database, comment.id).status is CommentStatus.REJECTED
    page = lea.get(PAGE).text
    assert "taken down" in page
    assert f"{legal_notice.id}/undo" in page
    assert lea.post(f"{PAGE}/{legal_notice.id}/undo").status_code == 303
    assert comment_now(database, comment.id).status is CommentStatus.APPROVED
    assert reread(database, legal_notice).state is LegalNoticeState.OPEN
    with database.read() as session:
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.actor_id == lea.moderator.id)).all()
    assert acts[-3:] == ["comment.decide", "legal_notice.taken_down", "legal_notice.undone"]


def test_what_names_no_comment_says_so_and_the_lead_names_it(
    lea: Person, comment: Comment, database: Database, site: Site
) -> None:
    legal_notice = receive(database, site, location="https://gazette.example/bridge")
    assert "names no comment" in lea.get(PAGE).text
    assert "Take the comment down" not in lea.get(PAGE).text
    refused = lea.post(f"{PAGE}/{legal_notice.id}/comment", {"comment": "nothing"})
    assert (refused.status_code, 'value="nothing"' in refused.text) == (404, True)
    assert "This site has no comment with this id or address" in text_of(refused.text)
    assert lea.post(f"{PAGE}/{legal_notice.id}/comment", {"comment": "c-0"}).status_code == 303
    assert "Take the comment down" in lea.get(PAGE).text


def test_how_to_object_is_offered_as_in_the_last_decision(
    lea: Person, comment: Comment, database: Database, site: Site
) -> None:
    first, _second = receive(database, site), receive(database, site)
    assert "dispute settlement" in lea.get(PAGE).text
    lea.post(f"{PAGE}/{first.id}", {"outcome": "left_published", "version": comment.version, **ANSWER})
    page = lea.get(PAGE).text
    assert ("Complain to us." in page, "dispute settlement" in page) == (True, False)


@pytest.mark.one_database
@pytest.mark.parametrize("data", [{"outcome": "open"}, {"outcome": "taken_down", "ground": "whim"}, {}])
def test_a_form_that_decides_nothing_sensible_is_refused(
    lea: Person, comment: Comment, database: Database, site: Site, data: dict[str, str]
) -> None:
    legal_notice = receive(database, site)
    assert lea.post(f"{PAGE}/{legal_notice.id}", data | ANSWER).status_code == 400


@pytest.mark.one_database
def test_a_refused_decision_shows_the_form_again_with_the_reason_and_what_was_typed(
    lea: Person, comment: Comment, database: Database, site: Site
) -> None:
    legal_notice = receive(database, site)
    typed = {
        "outcome": "taken_down", "version": comment.version, "answer": "Paragraph 2 is false.", "ground": "terms",
        "redress": "Write to the ombudsman.", "sentence": "A court forbade it.", "provision": "§ 186 StGB",
    }  # fmt: skip
    with database.write() as session:
        intake.edit(session, site.id, "c-0", f"{TEXT} Edited.", Rules())
    waits = lea.post(f"{PAGE}/{legal_notice.id}", typed)
    classify(database)
    answer = lea.post(f"{PAGE}/{legal_notice.id}", typed)
    for refused in (waits, answer):
        assert refused.status_code == 409
        form = refused.text[refused.text.index("Take the comment down…") :].partition("</details>")[0]
        assert "The comment has changed since you read it." in form
        assert all(str(typed[name]) in form for name in ("answer", "redress", "sentence", "provision"))
        assert 'value="terms" selected' in form
    version = comment_now(database, comment.id).version
    assert f'name="version" value="{version}"' in answer.text
    assert lea.post(f"{PAGE}/{legal_notice.id}", typed | {"version": version}).status_code == 303
    late = lea.post(f"{PAGE}/{legal_notice.id}", typed | {"outcome": "left_published"})
    assert (late.status_code, "This legal notice has already been decided." in late.text) == (409, True)
    assert "Decided" in late.text, "it is the same page"


@pytest.mark.one_database
@pytest.mark.parametrize("outcome", ["left_published", "taken_down"])
def test_a_lead_who_read_another_text_sees_the_present_one_and_that_it_changed(
    lea: Person, comment: Comment, database: Database, site: Site, outcome: str
) -> None:
    legal_notice = receive(database, site)
    typed = {"outcome": outcome, "answer": " ", "redress": "Complain to us."}
    lacking = lea.post(f"{PAGE}/{legal_notice.id}", typed | {"version": comment.version})
    assert (lacking.status_code, CHANGED in lacking.text) == (422, False)
    with database.write() as session:
        intake.edit(session, site.id, "c-0", f"{TEXT} Edited.", Rules())
    classify(database)
    refused = lea.post(f"{PAGE}/{legal_notice.id}", typed | {"version": comment.version})
    now = comment_now(database, comment.id)
    assert (refused.status_code, CHANGED in refused.text) == (409, True)
    assert f"{TEXT} Edited." in text_of(refused.text)
    assert refused.text.count(f'name="version" value="{now.version}"') == 2, "both forms are for the text that is shown"
    assert (now.status, reread(database, legal_notice).state) == (CommentStatus.APPROVED, LegalNoticeState.OPEN)


@pytest.mark.one_database
def test_why_a_decision_is_refused_is_said_in_the_leads_language(
    lea: Person, comment: Comment, database: Database, site: Site
) -> None:
    legal_notice = receive(database, site)
    typed = {"outcome": "left_published", "version": comment.version, "answer": " ", "redress": " "}
    refused = lea.post(f"{PAGE}/{legal_notice.id}", typed, headers={"Accept-Language": "de"}).text
    assert "Die meldende Person muss eine Erklärung erhalten" in refused


def test_another_sites_legal_notice_is_neither_seen_nor_decided(
    lea: Person, comment: Comment, database: Database, other_site: Site
) -> None:
    theirs = receive(database, other_site, explanation="A text that only the other site's people may read.")
    assert "only the other site" not in lea.get(PAGE).text
    for act, data in (("", {"outcome": "left_published", **ANSWER}), ("/undo", {}), ("/comment", {"comment": "c-0"})):
        assert lea.post(f"{PAGE}/{theirs.id}{act}", data).status_code == 404


@pytest.mark.parametrize(
    ("hours", "words", "tone"),
    [
        (0, "open for less than 2 h", ""),
        (5, "open for 5 h", ""),
        (26, "open for 1 day: decide soon", "badge-warn"),
        (24 * 9, "open for 9 days: more than a week", "badge-bad"),
    ],
)
def test_the_clock_says_in_words_what_its_colour_says(hours: int, words: str, tone: str) -> None:
    now = utc_now()
    assert open_for(now - timedelta(hours=hours), now) == (words, tone)


@pytest.mark.one_database
def test_oldest_first(lea: Person, database: Database, site: Site) -> None:
    first, second = (receive(database, site, location=place) for place in ("first place", "second place"))
    with database.write() as session:
        session.execute(update(LegalNotice).where(LegalNotice.id == second.id).values(created_at=database_now(-90_000)))
    page = lea.get(PAGE).text
    assert page.index("second place") < page.index("first place")
    assert page.index("decide soon") < page.index("first place")
    assert first.id in page


def test_a_lead_edits_the_sentences_that_nobody_picks(lea: Person, database: Database, site: Site) -> None:
    page = "/console/sites/gazette/reasons"
    assert "legal notice" in lea.get(page).text
    fields = {
        "code": "length",
        "label": "Length",
        "sentence": "Please write 50 to 5,000 characters.",
        "ground": "terms",
    }
    for sentence in ("First.", "Second."):
        assert lea.post(page, fields | {"sentence": sentence}).status_code == 303
    with database.read() as session:
        (row,) = session.scalars(select(RejectionReason))
    assert (row.code, row.sentence, row.active) == ("length", "Second.", False)
    shown = lea.get(page).text
    assert "Second." in shown
    assert "This site uses the built-in reasons" in shown, "moderators still choose from these"
