"""The audit log in the console, and the transparency report."""

import csv
import io
import json
import re
from datetime import timedelta
from html import unescape
from pathlib import Path

from sqlalchemy import select, update

from service.clock import utc_now
from service.db import Database
from service.models import Appeal, AppealState, AuditEntry, Decision, Site
from service.moderation import audit_log
from service.moderation.actors import Actor
from service.moderation.decisions import decisions
from service.moderation.insight import transparency
from service.moderation.insight.counts.periods import of_days
from service.vocabulary import Attribute, Verdict
from tests.support.actors import CMS
from tests.support.console import Person
from tests.support.history import History

DOCS = Path(__file__).parents[4] / "docs"
PAGE = "/console/sites/gazette/audit"
NASTY = '=cmd|"<img src=x onerror=alert(1)>'


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def write(database: Database, site: Site, count: int = 1, *, action: str = "policy.activate") -> None:
    with database.write() as session:
        for number in range(count):
            actor = Actor(kind="moderator", id="m1", name=NASTY)
            detail = {"changes": [f"{NASTY} {number}"]}
            audit_log.record(
                session, action, actor, site_id=site.id, subject_kind="policy", subject_id=str(number), detail=detail
            )


def test_entries_are_listed_newest_first_in_pages_of_fifty(database: Database, site: Site, lea: Person) -> None:
    write(database, site, 60)
    page = lea.get(PAGE).text
    assert page.count('<td class="num"') == 50
    assert re.search(r'<td class="num"[^>]*>61</td>.*<td class="num"[^>]*>12</td>', page, re.S)
    older = re.search(r'href="([^"]+before=12[^"]*)"', page)
    assert older
    assert lea.get(unescape(older[1])).text.count('<td class="num"') == 10


def test_names_and_details_are_escaped_and_no_formula(database: Database, site: Site, lea: Person) -> None:
    write(database, site)
    assert "<img" not in lea.get(PAGE).text
    rows = list(csv.reader(io.StringIO(lea.get(f"{PAGE}.csv").text.removeprefix("\ufeff"))))
    assert rows[1][4] == f"'{NASTY}"


def test_the_filter_holds_for_the_list_and_the_export(database: Database, site: Site, lea: Person) -> None:
    write(database, site, 2)
    write(database, site, 1, action="decision.reject")
    assert lea.get(f"{PAGE}?action=decision.reject").text.count('<td class="num"') == 1
    lines = lea.get(f"{PAGE}.jsonl?action=decision.reject").text.splitlines()
    assert [json.loads(line)["action"] for line in lines] == ["decision.reject"]
    assert lea.get(f"{PAGE}?since=tomorrow").status_code == 422
    assert lea.get(f"{PAGE}.xml").status_code == 404


def test_an_export_is_an_act_too(database: Database, site: Site, lea: Person) -> None:
    lea.get(f"{PAGE}.csv")
    with database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.site_id == site.id)).one()
    assert (entry.action, entry.actor_id) == ("audit.export", lea.moderator.id)


def test_a_broken_chain_is_told(database: Database, site: Site, lea: Person) -> None:
    write(database, site, 3)
    assert "The chain is intact: 4 entries" in text_of(lea.post(f"{PAGE}/verify", follow_redirects=True).text)
    with database.write() as session:
        session.execute(update(AuditEntry).where(AuditEntry.number == 3).values(actor="Nobody"))
    told = text_of(lea.post(f"{PAGE}/verify", follow_redirects=True).text)
    assert "The chain is BROKEN: entry 3 was changed" in told


def test_only_leads_see_it_and_only_their_site(database: Database, other_site: Site, ana: Person, lea: Person) -> None:
    write(database, other_site)
    assert "No matching entries." in lea.get(PAGE).text
    for path in (PAGE, f"{PAGE}.csv", "/console/sites/gazette/transparency", "/console/sites/gazette/transparency.csv"):
        assert ana.get(path).status_code == 403
        assert lea.get(path.replace("gazette", "herald")).status_code == 404


def restrict(database: Database, site: Site) -> None:
    """Two automated rejections, one of them undone; one by a person; one comment approved."""
    at = utc_now() - timedelta(hours=5)
    with database.write() as session:
        history = History(session, site)
        anna = history.moderator("Anna")
        history.comment(at, scores={Attribute.TOXICITY: 0.99}, seconds=10)
        history.comment(
            at, text="short", scores={Attribute.TOXICITY: 0.1}, seconds=20, decided_by=anna, verdict=Verdict.APPROVE
        )
        history.comment(at, scores={Attribute.TOXICITY: 0.6}, seconds=1, decided_by=anna, verdict=Verdict.REJECT)
        history.comment(at)


def test_the_report_counts_restrictions_by_ground_and_what_was_undone(database: Database, site: Site) -> None:
    restrict(database, site)
    with database.read() as session:
        report = transparency.report(session, site.id, of_days(1, now=utc_now()))
    assert (report.received, report.restrictions, report.automated) == (4, 3, 2)
    assert (report.undone, report.automated_undone) == (1, 1)
    assert {(g.code, g.automated, g.by_people) for g in report.grounds} == {
        ("toxic", 1, 0),
        ("too_short", 1, 0),
        ("moderator_decision", 0, 1),
    }
    assert report.time_to_restriction.median is not None
    assert 19 < report.time_to_restriction.median < 21


def test_the_report_is_a_page_and_a_csv(database: Database, site: Site, lea: Person) -> None:
    restrict(database, site)
    told = text_of(lea.get("/console/sites/gazette/transparency?period=24h").text)
    assert "Restrictions 3 of 4 comments received" in told
    assert "Automated 67 % 2" in told
    answer = lea.get("/console/sites/gazette/transparency.csv?period=24h").text.removeprefix("\ufeff")
    rows = {(row[0], row[1]): row[2] for row in csv.reader(io.StringIO(answer))}
    assert rows["restrictions_automated", "toxic"] == "1"
    assert rows["restrictions_by_people", "toxic"] == "0"
    assert rows["automated_share", ""] == "0.6667"
    told = lea.get("/console/sites/gazette/transparency.json?period=24h").get_json()
    lists = {("site", ""), ("grounds", ""), ("legal_notices_by_kind", "")}
    assert {(field, "") for field in told} - lists <= rows.keys()
    assert told["grounds"][0].keys() == {"ground", "automated", "by_people"}
    assert lea.get("/console/sites/gazette/transparency.xml").status_code == 404


def test_appeals_are_in_the_report_with_what_became_of_them(database: Database, site: Site, lea: Person) -> None:
    at = utc_now() - timedelta(hours=9)
    fates = [(AppealState.UPHELD, 1), (AppealState.UPHELD, 2), (AppealState.OVERTURNED, 3), (AppealState.MOOT, 8)]
    with database.write() as session:
        history = History(session, site)
        for state, hours in [*fates, (AppealState.OPEN, None)]:
            comment = history.comment(at, scores={Attribute.TOXICITY: 0.99})
            rejection = session.scalars(select(Decision).where(Decision.comment_id == comment.id)).one()
            decided = at + timedelta(hours=hours) if hours else None
            session.add(
                Appeal(
                    site_id=site.id, comment_id=comment.id, decision_id=rejection.id, text="Why?", state=state,
                    created_at=at, decided_at=decided,
                )
            )  # fmt: skip
    told = lea.get("/console/sites/gazette/transparency.json?period=24h").get_json()
    assert {name: told[name] for name in told if "appeal" in name} == {
        "appeals_made": 5,
        "appeals_upheld": 2,
        "appeals_overturned": 1,
        "appeals_moot": 1,
        "appeals_open": 1,
        "median_seconds_to_appeal_decision": 7200,
    }
    page = text_of(lea.get("/console/sites/gazette/transparency?period=24h").text)
    assert "Appeals made 5 1 not decided yet" in page
    assert "Overturned 1 and 1 moot" in page


def test_closing_an_erased_comment_is_no_restriction(database: Database, site: Site) -> None:
    with database.write() as session:
        comment = History(session, site).comment(utc_now() - timedelta(hours=1), scores={Attribute.TOXICITY: 0.6})
        decisions.close_erased(session, comment, by=CMS)
    with database.read() as session:
        assert transparency.report(session, site.id, of_days(1, now=utc_now())).restrictions == 0


def test_every_field_of_the_report_is_explained(site: Site, lea: Person) -> None:
    told = lea.get("/console/sites/gazette/transparency.json").get_json()
    explained = set(re.findall(r"^\| `(\w+)` \|", (DOCS / "users/figures.md").read_text(), re.M))
    assert told.keys() <= explained


def test_the_report_of_an_empty_period_says_so(site: Site, lea: Person) -> None:
    page = lea.get("/console/sites/gazette/transparency?from=2020-01-01&to=2020-01-02")
    assert "No comment was rejected in this period." in page.text
