"""Quick acts on an article from a comment's page: what they replace, what they keep, and what they refuse."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.clock import utc_now
from service.db import Database
from service.models import Site
from service.moderation.intake import articles
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.policy import policies
from service.moderation.policy.overrides import Override
from tests.service.console.policy.test_overrides import ELECTION, NIGHTS, SITE, in_force, overrides
from tests.support.console import Person, text_of
from tests.support.held import hold

OF_ELECTION = {"target": {"article": "election/1"}}
FULL = [{"target": {"article": f"a-{number}"}, "rules": {"closed": True}} for number in range(200)]


@pytest.mark.parametrize(
    ("before", "form", "says"),
    [
        ([], {"act": "close", "until": "2201-01-02T00:00"}, "Choose one before the year 2201."),
        ([], {"act": "close", "until": "9999-12-31T23:59"}, "Choose one before the year 2201."),
        (FULL, {"act": "close"}, "A policy has at most 200 overrides; remove one first."),
        (FULL, {"act": "hold"}, "A policy has at most 200 overrides; remove one first."),
    ],
)
def test_a_quick_act_that_the_policy_cannot_keep_is_refused_with_the_reason(
    lea: Person, database: Database, site: Site, before: list[dict[str, Any]], form: dict[str, str], says: str
) -> None:
    in_force(database, site, *before)
    comment = hold(database, site.id, article=ELECTION)
    answer = lea.post(f"{SITE}/comments/{comment.id}/article", form)
    assert (answer.status_code, says in text_of(answer.text)) == (422, True)
    assert len(overrides(database, site)) == len(before)


def test_opening_comments_keeps_an_articles_exception_to_its_section(
    lea: Person, database: Database, site: Site
) -> None:
    section = {"target": {"section": "Politics"}, "rules": {"closed": True}}
    exception = OF_ELECTION | {"rules": {"closed": False, "pre_moderation": True}}
    in_force(database, site, section, exception)
    comment = hold(database, site.id, article=ELECTION)
    assert lea.post(f"{SITE}/comments/{comment.id}/article", {"act": "lift"}).status_code == 303
    kept = [section, OF_ELECTION | {"rules": {"closed": False}}]
    assert overrides(database, site) == [Override.model_validate(one) for one in kept]


def test_a_closing_takes_the_place_of_the_one_before(lea: Person, database: Database, site: Site) -> None:
    weekly = OF_ELECTION | {"rules": {"closed": True}, "when": NIGHTS}
    in_force(database, site, weekly, OF_ELECTION | {"rules": {"closed": True, "link_limit": 0}})
    comment = hold(database, site.id, article=ELECTION)
    act, until = f"{SITE}/comments/{comment.id}/article", utc_now() + timedelta(days=1)
    lea.post(act, {"act": "close", "until": f"{until:%Y-%m-%dT%H:%M}"})
    assert [one.rules.given for one in overrides(database, site)] == [
        {"closed": True},
        {"link_limit": 0},
        {"closed": True},
    ]
    assert overrides(database, site)[2].when is not None, "an earlier closing without an end would outlast it"
    lea.post(act, {"act": "close"})
    assert [one.rules.given for one in overrides(database, site)] == [
        {"closed": True},
        {"link_limit": 0, "closed": True},
    ]
    with database.read() as session:
        version = policies.active(session, site.id).version
    lea.post(act, {"act": "close"})
    with database.read() as session:
        assert policies.active(session, site.id).version == version


def test_more_articles_at_an_address_than_are_closed_are_no_secret(lea: Person, database: Database, site: Site) -> None:
    address = "https://gazette.example/election"
    comment = hold(database, site.id, article=replace(ELECTION, url=address))
    with database.write() as session:
        for number in range(11):
            is_claimed = number == 0  # sorted by id it would come first
            made = ArticleSubmission(id=f"a-{number:02}", url=address, title="Election", is_claimed=is_claimed)
            articles.put(session, site.id, made)
    told = text_of(lea.get(f"{SITE}/comments/{comment.id}").text)
    assert "More than 10 other articles have this address." in told
    lea.post(f"{SITE}/comments/{comment.id}/article", {"act": "close"})
    closed = {one.target.article for one in overrides(database, site)}
    assert closed == {"election/1", *(f"a-{number:02}" for number in range(1, 11))}
