"""An author's page and the review page's panel: what they show, who may say what, and what saying it leaves behind."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import pytest
from sqlalchemy import select, update

from service.clock import utc_now
from service.console.policy import form as policy_form
from service.db import Database, database_now
from service.models import AuditEntry, Author, Comment, Site, Strike
from service.moderation.actors import Actor
from service.moderation.authors import past_facts
from service.moderation.authors import standing as standings
from service.moderation.insight.counts.periods import of_days
from service.moderation.policy import policies
from service.moderation.policy.differences import differences
from service.moderation.policy.rules import Rules
from service.moderation.trials import past
from service.moderation.trials.preview import preview
from service.vocabulary import Standing, Verdict
from tests.support.comments import moderate
from tests.support.console import Person
from tests.support.held import hold
from tests.support.history import History

PAGE = "/console/sites/gazette/author"
LEA = Actor(kind="moderator", id="1", name="Lea")
AWKWARD = (
    "a/b?c=d&e#f",
    "\"><script>alert(1)</script>'",
    "\u202eevil\u202c id",
    "../../etc",
    "名前 %2F %00",
    "a" * 200,
)


def page(person: Person, author_id: str) -> str:
    answer = person.get(f"{PAGE}?id={quote(author_id, safe='')}")
    assert answer.status_code == 200, answer.text
    return answer.text


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def say(person: Person, author_id: str, standing: str, **fields: str) -> int:
    found = re.search(r'name="stamp" value="([^"]*)"', page(person, author_id))
    stamp = unescape(found[1]) if found else ""
    form = {"id": author_id, "standing": standing, "stamp": stamp, "reason": "seen before", **fields}
    return person.post(PAGE, form).status_code


@pytest.fixture
def tom(database: Database, site: Site) -> Comment:
    """A held comment by Tom, who has one approved and two rejected ones behind him."""
    with database.write() as session:
        policies.activate(session, site.id, Rules(hold_newcomers=2, strike_limit=3, strike_days=30), author="Lea")
    for number, verdict in ((10, Verdict.APPROVE), (11, Verdict.REJECT), (12, Verdict.REJECT)):
        moderate(database, hold(database, site.id, number, author_id="tom/1", author_name="Tom"), verdict)
    return hold(database, site.id, 0, author_id="tom/1", author_name="Tom")


def test_the_page_shows_counts_strikes_decisions_and_what_they_mean(tom: Comment, vic: Person) -> None:
    shown = text_of(page(vic, "tom/1"))
    assert "New here: held until 2 comments are approved, 1 so far." in shown
    assert "1 approved 2 rejected 1 held 2 strikes" in shown
    assert shown.count("rejected") >= 3
    assert "Save" not in shown


def test_the_review_page_says_it_too_and_leads_there(tom: Comment, ana: Person) -> None:
    panel = ana.get(f"/console/sites/gazette/comments/{tom.id}").text
    assert "New here: held until 2 comments are approved, 1 so far." in text_of(panel)
    links = [unescape(link) for link in re.findall(r'href="([^"]+)"', panel)]
    assert f"{PAGE}?id=tom/1" in links or f"{PAGE}?id=tom%2F1" in links
    assert any("/review/bulk?author=tom%2F1" in link for link in links)
    for link in links:
        if "tom" in link:
            assert ana.get(link).status_code == 200, link


def test_a_moderator_blocks_for_a_time_and_takes_it_back(tom: Comment, ana: Person, database: Database) -> None:
    assert say(ana, "tom/1", "blocked", days="7") == 303
    shown = text_of(page(ana, "tom/1"))
    assert "Blocked: their comments are rejected." in shown
    assert "blocked, by Ana Lima" in shown
    assert "seen before" in shown
    assert say(ana, "tom/1", "") == 303
    assert "blocked, by" not in text_of(page(ana, "tom/1"))
    with database.read() as session:
        row = session.scalars(select(Author)).one()
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "author.standing").order_by(AuditEntry.number)
        ).all()
    assert [(e.actor, e.subject_id, e.detail["to"]) for e in entries] == [
        ("Ana Lima <ana@gazette.example>", row.id, "blocked"),
        ("Ana Lima <ana@gazette.example>", row.id, None),
    ]
    assert "Standing removed" in text_of(page(ana, "tom/1"))


def test_a_standing_that_ran_out_is_told_as_such(tom: Comment, ana: Person, database: Database) -> None:
    say(ana, "tom/1", "blocked", days="1")
    with database.write() as session:
        session.execute(update(Author).values(until=database_now(-60)))
    shown = text_of(page(ana, "tom/1"))
    assert "was blocked until" in shown
    assert "New here" in shown


def test_staff_is_for_leads_to_say_and_to_take_back(tom: Comment, ana: Person, lea: Person) -> None:
    assert say(ana, "tom/1", "staff") == 403
    assert say(lea, "tom/1", "staff") == 303
    assert "only a lead can change that" in text_of(page(ana, "tom/1"))
    assert ana.post(PAGE, {"id": "tom/1", "standing": "", "stamp": "x"}).status_code == 403
    assert say(lea, "tom/1", "") == 303


def test_what_makes_no_sense_is_refused_in_words(tom: Comment, ana: Person) -> None:
    assert say(ana, "tom/1", "blocked", reason=" ") == 422
    assert say(ana, "tom/1", "king") == 400
    assert say(ana, "tom/1", "trusted", days="3") == 400
    assert "Treated" not in text_of(page(ana, "tom/1"))


def test_of_two_moderators_the_second_is_told_that_the_page_is_stale(tom: Comment, ana: Person, ben: Person) -> None:
    form = {"id": "tom/1", "standing": "trusted", "stamp": "", "reason": ""}
    assert ana.post(PAGE, form).status_code == 303
    assert ben.post(PAGE, form | {"standing": "blocked", "reason": "spam"}).status_code == 409
    assert "Trusted by a person" in text_of(page(ben, "tom/1"))


def test_a_viewer_changes_nothing_and_a_form_without_token_neither(
    tom: Comment, vic: Person, ana: Person, database: Database
) -> None:
    form = {"id": "tom/1", "standing": "trusted", "stamp": ""}
    assert vic.post(PAGE, form).status_code == 403
    assert ana.client.post(PAGE, data=form).status_code == 403
    with database.read() as session:
        assert session.scalars(select(Author)).all() == []


@pytest.mark.parametrize("author_id", ["", "nobody", "x" * 201])
def test_somebody_unknown_is_not_found(site: Site, ana: Person, author_id: str) -> None:
    assert ana.get(f"{PAGE}?id={quote(author_id, safe='')}").status_code == 404
    assert ana.post(PAGE, {"id": author_id, "standing": "trusted"}).status_code == 404


def test_another_sites_author_is_not_found(
    database: Database, site: Site, other_site: Site, ana: Person, tom: Comment
) -> None:
    with database.write() as session:
        standings.set_to(session, other_site.id, "theirs", Standing.STAFF, by=LEA)
    hold(database, other_site.id, 3, author_id="their-reader")
    for author_id in ("theirs", "their-reader"):
        assert ana.get(f"{PAGE}?id={author_id}").status_code == 404
        assert ana.post(PAGE, {"id": author_id, "standing": "trusted"}).status_code == 404


@pytest.mark.one_database
@pytest.mark.parametrize("awkward", AWKWARD)
def test_ids_and_names_may_hold_anything(database: Database, site: Site, ana: Person, awkward: str) -> None:
    comment = hold(database, site.id, 0, author_id=awkward, author_name=awkward)
    shown = page(ana, awkward)
    panel = ana.get(f"/console/sites/gazette/comments/{comment.id}").text
    for html in (shown, panel):
        assert "<script>alert" not in html
        assert "\u202e" not in re.sub(r'(href|value|content)="[^"]*"|<title>.*</title>', "", html)
    assert say(ana, awkward, "trusted") == 303
    assert "Trusted by a person" in text_of(page(ana, awkward))
    (link,) = {unescape(one) for one in re.findall(r'href="([^"]+/author\?[^"]+)"', panel)}
    assert ana.get(link).status_code == 200


def test_the_policys_form_says_what_it_reads_about_authors() -> None:
    rules = Rules(hold_newcomers=3, trust_after=10, trust_margin=0.15, strike_limit=4, strike_days=60,
                  blocked_authors="hold")  # fmt: skip
    assert policy_form.read(policy_form.fields_of(rules)).rules == rules
    told = {difference.label: (difference.before, difference.after)
            for difference in differences(Rules(), rules)}  # fmt: skip
    assert told["Approvals that a newcomer needs"] == ("off", "3")
    assert told["Comments of blocked authors"] == ("reject", "hold")
    wrong = policy_form.read(policy_form.fields_of(rules) | {"trust_after": "2"})
    assert wrong.faults == {"trust_after": "Must not be below the approvals that a newcomer needs."}


@pytest.mark.usefixtures("tries")
def test_a_preview_holds_the_comments_that_were_an_authors_first(database: Database, site: Site, lea: Person) -> None:
    with database.write() as session:
        history = History(session, site)
        for number in range(21):  # three by each of seven readers, the oldest first
            history.comment(utc_now() - timedelta(hours=30 - number))
    draft = Rules(hold_newcomers=2)
    with database.read() as session:
        drawn = past.draw(session, site.id, of_days(7, now=utc_now()), on_authors=True)
        without = past.draw(session, site.id, of_days(7, now=utc_now()))
    found = preview(drawn.cases, Rules(), draft)
    assert found.moves == {(Verdict.APPROVE, Verdict.HOLD): 14}
    assert preview(without.cases, Rules(), Rules()).moves == {}
    sent = policy_form.fields_of(draft) | {"based_on": "0", "days": "7"}
    shown = text_of(lea.post("/console/sites/gazette/policy/preview", sent).text)
    assert "14 approved" in shown
    assert "does not simulate later effects" in shown


def test_the_past_of_an_author_is_what_stood_before_the_comment_and_ages_by_the_drafts_days(
    database: Database, site: Site, tom: Comment
) -> None:
    with database.read() as session:
        struck = session.scalars(select(Strike).order_by(Strike.created_at)).all()
    later = struck[-1].created_at + timedelta(days=10)
    moments = {
        "before": ("tom/1", tom.received_at - timedelta(days=1)),
        "between": ("tom/1", struck[-1].created_at),
        "after": ("tom/1", later),
        "stranger": ("nobody", later),
    }
    with database.write() as session:
        standings.set_to(session, site.id, "nobody", Standing.BLOCKED, reason="spam", by=LEA)
    with database.read() as session:
        found = past_facts.of_comments(session, site.id, moments, counted=True)
        alone = past_facts.of_comments(session, site.id, moments, counted=False)
    known = {name: (it.approved, it.under(Rules(strike_days=30)).strikes) for name, it in found.items()}
    assert known == {"before": (0, 0), "between": (1, 1), "after": (1, 2), "stranger": (0, 0)}
    assert found["after"].under(Rules(strike_days=9)).strikes == 0
    assert found["stranger"].standing is alone["stranger"].standing is Standing.BLOCKED
    assert (alone["after"].approved, alone["after"].strike_ages) == (0, ())


def test_keeping_a_block_keeps_its_end(tom: Comment, ana: Person, database: Database) -> None:
    say(ana, "tom/1", "blocked", days="7")
    with database.read() as session:
        until = session.scalars(select(Author.until)).one()
    say(ana, "tom/1", "blocked", days="keep", reason="another reason")
    with database.read() as session:
        row = session.scalars(select(Author)).one()
    assert (row.until, row.reason) == (until, "another reason")
