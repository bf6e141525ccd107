"""The dashboard: figures over any period, a banner that tells when scoring is down, safe exports."""

import csv
import hashlib
import io
import json
import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.clock import utc_now
from service.console.insight import model_cards
from service.db import Database
from service.models import Appeal, Comment, Decision, Endpoint, EndpointState, Site, WorkerBeat
from service.moderation.readers import hints
from service.vocabulary import Attribute, Verdict
from tests.support.console import Person, text_of
from tests.support.history import LONG, History

PAGE = "/console/sites/gazette/dashboard"
STATIC = Path(model_cards.__file__).parents[1] / "static"


@pytest.fixture
def traffic(database: Database, site: Site) -> None:
    with database.write() as session:
        history = History(session, site)
        anna = history.moderator("=Anna()")
        article = history.article("a1", "+cmd|' /C calc'!A0")
        for hours in range(1, 9):
            history.comment(
                utc_now() - timedelta(hours=hours),
                scores={Attribute.TOXICITY: 0.6 if hours % 2 else 0.97},
                article=article,
                decided_by=anna if hours == 3 else None,
                verdict=Verdict.REJECT if hours == 3 else None,
            )


def beat(database: Database, *, age: float = 1) -> None:
    with database.write() as session:
        seen = utc_now() - timedelta(seconds=age)
        session.add(WorkerBeat(role="classification", host="h", pid=1, started_at=seen, seen_at=seen))


def table(person: Person, name: str, **query: str) -> list[list[str]]:
    answer = person.get(f"{PAGE}/{name}.csv", query_string=query)
    assert answer.content_type == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_the_figures_are_those_of_the_period(traffic: None, vic: Person) -> None:
    told = text_of(vic.get(f"{PAGE}?period=24h").text)
    assert "Comments received 8" in told
    assert "Held for a moderator 50 % 4" in told
    assert "Rejected by the policy 50 % 4" in told
    long_ago = text_of(vic.get(f"{PAGE}?from=2020-01-01&to=2020-01-31").text)
    assert "Comments received 0" in long_ago
    assert "Nothing in this period." in long_ago


def test_each_number_is_compared_with_the_period_before_and_leads_to_its_comments(
    vic: Person, database: Database, site: Site
) -> None:
    with database.write() as session:
        history = History(session, site)
        article = history.article("a1", "Council closes the High Street")
        for hours in (31, 30, 5, 4, 3, 2, 1):  # two in the period before
            at = utc_now() - timedelta(hours=hours)
            newest = history.comment(at, scores={Attribute.TOXICITY: 0.97}, article=article)
        rejection = session.scalars(select(Decision).where(Decision.comment_id == newest.id)).one()
        session.add(Appeal(site_id=site.id, comment_id=newest.id, decision_id=rejection.id, text="Why?"))
    page = vic.get(f"{PAGE}?period=24h").text
    told = text_of(page).replace("\u202f", " ")
    assert "Rejected by the policy 100 % 5 comments , +150 % on the previous period" in told
    assert "Appeals 1 1 open, 0 led to an approval" in told
    links = [unescape(link) for link in re.findall(r'href="(/console/sites/gazette/comments\?[^"]+)"', page)]
    days = f"since={utc_now() - timedelta(days=1):%Y-%m-%d}&until={utc_now():%Y-%m-%d}"
    rejected = f"/console/sites/gazette/comments?status=rejected&{days}"
    assert f"{rejected}&of=dashboard" in links
    assert f"{rejected.replace('rejected', 'held')}&of=dashboard" in links
    assert any("reason=toxic" in link for link in links)
    assert any("article=a1" in link for link in links)
    answers = [vic.get(link) for link in links]
    assert {answer.status_code for answer in answers} == {200}
    differs = "The dashboard counts verdicts at the time they were given"
    assert all(differs in answer.text for answer in answers)
    assert differs not in vic.get(rejected).text


def test_callbacks_that_were_given_up_lead_to_their_list_for_whom_it_may_be_shown(lea: Person, vic: Person) -> None:
    leads = 'href="/console/sites/gazette/operations#endpoints-title"'
    assert (leads in lea.get(PAGE).text, leads in vic.get(PAGE).text) == (True, False)


def test_the_effect_of_hints_is_shown_with_its_interval_where_there_were_any(
    database: Database, site: Site, vic: Person
) -> None:
    # Another period: a slow machine keeps what took it long to count.
    assert "Hints" not in text_of(vic.get(f"{PAGE}?period=30d").text)
    with database.write() as session:
        for what in ("shown", "shown", "shown", "edited", "edited", "sent_anyway"):
            hints.add(session, site.id, utc_now().date(), what)  # type: ignore[arg-type]
    told = text_of(vic.get(f"{PAGE}?period=7d").text).replace("\u202f", " ")
    assert "Hints before sending: shown 3 · edited 67 % (21–94 %) · sent anyway 33 % (6–79 %)" in told
    assert "of 3 comments sent after a hint" in told


@pytest.mark.parametrize("query", ["from=yesterday", "from=2026-02-01&to=2026-01-01"])
def test_a_period_that_is_none_is_explained(vic: Person, query: str) -> None:
    assert vic.get(f"{PAGE}?{query}").status_code == 422


def test_every_chart_has_its_table_with_the_same_numbers(traffic: None, vic: Person) -> None:
    page = vic.get(f"{PAGE}?period=24h").text
    drawn = re.findall(r'<table class="table" data-chart="(\w+)"', page)
    assert drawn == ["stack", "lines", "lines", "stack", "lines"]  # no callback was owed
    body = re.search(r'data-chart="stack".*?</table>', page, re.S)
    assert body
    shown = [
        int(v) for row in re.findall(r"<tr>(.*?)</tr>", body[0])[1:] for v in re.findall(r'<td[^>]*data-v="(\d+)"', row)
    ]
    exported = [int(v) for row in table(vic, "volume", period="24h")[1:] for v in row[1:]]
    assert shown == exported
    assert sum(exported) == 16  # eight received, eight judged


def test_the_banner_tells_that_scoring_is_down_and_since_when(database: Database, site: Site, vic: Person) -> None:
    beat(database, age=300)
    assert "Scoring is down" in text_of(vic.get(PAGE).text)
    with database.write() as session:
        since = utc_now() - timedelta(minutes=5)
        session.add(Comment(site_id=site.id, external_id="p", text=LONG, received_at=since, pending_since=since))
    page = vic.get(PAGE).text
    assert "1 comment is pending, the oldest for 5.0 min. None is lost." in text_of(page)
    assert 'role="alert"' in page
    beat(database)
    assert "Scoring is behind: 1 comment is pending" in text_of(vic.get(PAGE).text)


def test_a_living_worker_and_nothing_waiting_is_up(database: Database, site: Site, vic: Person) -> None:
    beat(database)
    assert "Scoring is up." in text_of(vic.get(PAGE).text)


def test_failing_callbacks_are_named(database: Database, site: Site, vic: Person) -> None:
    with database.write() as session:
        session.add(Endpoint(site_id=site.id, url="https://cms.example/a", secrets=[], failures=4))
        session.add(Endpoint(site_id=site.id, url="https://cms.example/b", secrets=[], state=EndpointState.DISABLED))
        session.add(Endpoint(site_id=site.id, url="https://cms.example/fine", secrets=[]))
    told = text_of(vic.get(PAGE).text)
    assert "https://cms.example/a (4 in a row), https://cms.example/b (switched off)" in told
    assert "fine" not in told


def test_the_refresh_is_answered_only_when_something_changed(site: Site, database: Database, vic: Person) -> None:
    beat(database)
    query = f"{PAGE}?from=2020-01-01&to=2020-01-31&fragment=1"
    first = vic.get(query)
    assert first.text.lstrip().startswith("<div")
    assert vic.get(query, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    with database.write() as session:
        session.add(Endpoint(site_id=session.query(Site).one().id, url="https://x.example", secrets=[], failures=1))
    assert vic.get(query, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_no_cell_of_an_export_is_a_formula(traffic: None, vic: Person) -> None:
    assert table(vic, "moderators", period="24h")[1][0] == "'=Anna()"
    assert table(vic, "articles", period="24h")[1][0].startswith("'+cmd|")


def test_another_site_is_not_to_be_seen(traffic: None, other_site: Site, vic: Person) -> None:
    assert vic.get("/console/sites/herald/dashboard").status_code == 404
    assert vic.get("/console/sites/herald/dashboard/volume.csv").status_code == 404
    assert vic.get(f"{PAGE}/passwords.csv").status_code == 404


def test_article_titles_and_names_are_escaped(database: Database, site: Site, vic: Person) -> None:
    with database.write() as session:
        history = History(session, site)
        article = history.article("x", "<img src=x onerror=alert(1)>")
        for _ in range(6):
            history.comment(utc_now() - timedelta(hours=1), article=article, scores={Attribute.TOXICITY: 0.99})
    page = vic.get(PAGE).text
    assert "&lt;img src=x" in page
    assert "<img" not in page


FIGURES: list[Any] = [
    {"question": "Does it flag insults?", "value": 0.912, "low": 0.89, "high": 0.93, "count": 700, "on": "kept apart"},
    {"question": "Rude from polite?", "value": 0.9734, "low": None, "high": None, "count": 9, "on": "x", "unit": "auc"},
    {"question": "No number", "value": "most"},
    {"question": "Over one", "value": 91.2},
    {"value": 0.5},
    {"question": "Another unit", "value": 0.5, "unit": "f1"},
    "not a figure",
]


def card_of(folder: Path, figures: object) -> model_cards.ModelCard:
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps({"name": "m", "version": "2", "figures": figures}))
    (folder / "card.md").write_text("# How m was made & measured\n\n| on | <b>n</b> |\n|---|---|\n| x | 7 |\n")
    card = model_cards.read_card(folder)
    assert card is not None
    return card


def test_a_models_own_figures_are_a_table_with_intervals_counts_and_what_they_were_measured_on(
    tmp_path: Path, vic: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_cards, "shipped", lambda: (card_of(tmp_path, FIGURES),))
    page = vic.get(PAGE).text
    frame = re.search(r'aria-label="Figures of m".*?<tbody>(.*?)</tbody>', page, re.S)
    assert frame
    rows = [text_of(row) for row in re.findall(r"<tr>.*?</tr>", frame[1])]
    assert rows == ["Does it flag insults? 91.2 % 89.0 % – 93.0 % 700 kept apart", "Rude from polite? 0.973 AUC – 9 x"]
    assert "How m was made" not in page
    card = vic.get("/console/sites/gazette/models/m").text
    assert "<h3>How m was made &amp; measured</h3>" in card
    assert "<td>7</td>" in card
    assert "&lt;b&gt;n&lt;/b&gt;" in card
    assert vic.get("/console/sites/gazette/models/other").status_code == 404


@pytest.mark.parametrize("figures", [None, {}, "many", [], [{"question": "Q"}]])
def test_a_model_without_figures_leads_to_its_card(
    tmp_path: Path, vic: Person, monkeypatch: pytest.MonkeyPatch, figures: object
) -> None:
    monkeypatch.setattr(model_cards, "shipped", lambda: (card_of(tmp_path, figures),))
    page = vic.get(PAGE).text
    assert "No figures are recorded with this version." in page
    assert 'href="/console/sites/gazette/models/m"' in page


@pytest.mark.parametrize("manifest", ["not json", "[]"])
def test_a_manifest_that_is_none_makes_no_card(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    assert model_cards.read_card(tmp_path) is None


def test_the_shipped_models_are_found_without_importing_the_workers(vic: Person) -> None:
    assert {card.name for card in model_cards.shipped()} >= {"compact", "relevance"}
    assert "compact" in text_of(vic.get(PAGE).text)


def test_the_vendored_charts_are_the_recorded_ones() -> None:
    rows = re.findall(r"^\| (uPlot\S+) \| [^|]+ \| ([0-9a-f]{64}) \|", (STATIC / "uplot/README.md").read_text(), re.M)
    assert len(rows) == 2
    for name, digest in rows:
        assert hashlib.sha256((STATIC / "uplot" / name).read_bytes()).hexdigest() == digest
