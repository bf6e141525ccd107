"""Overrides in the console: a form that says what is wrong, quick acts on an article, and what applies there now."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from markupsafe import escape
from playwright.sync_api import expect
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from service.clock import utc_now
from service.console.policy import form as policy_form
from service.console.policy import override_form
from service.db import Database
from service.models import AuditEntry, Comment, Decision, Site
from service.models.stored_ids import in_space
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.policy import policies
from service.moderation.policy.overrides import Override
from service.moderation.policy.rules import Rules
from tests.service.console.conftest import Opens
from tests.service.moderation.webhooks.test_inbound import add_source
from tests.support.browser import violations
from tests.support.console import Person, text_of
from tests.support.held import hold

SITE = "/console/sites/gazette"
ELECTION = ArticleSubmission(id="election/1", title="The election", section="Politics")
STRICT = {"target": {"section": "Politics"}, "rules": {"link_limit": 0, "thresholds": {"insult": {"hold_at": 0.2}}}}
NIGHTS = {"hours": [{"days": ["fri", "sat"], "begin": "22:00", "end": "06:00"}], "until": "2030-01-31T21:00:00Z"}


def in_force(database: Database, site: Site, *overrides: dict[str, Any], **rules: Any) -> None:
    with database.write() as session:
        policies.activate(session, site.id, Rules.model_validate(rules | {"overrides": list(overrides)}), author="lea")


def overrides(database: Database, site: Site) -> list[Override]:
    with database.read() as session:
        return policies.active(session, site.id).rules.overrides


def changes(database: Database) -> list[str]:
    """Return the lines of the newest change of a policy in the audit log."""
    with database.read() as session:
        latest = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "policy.activate").order_by(AuditEntry.number.desc())
        ).first()
        assert latest is not None
        return list(latest.detail["changes"])


@pytest.mark.parametrize(
    "given",
    [
        STRICT,
        STRICT | {"when": NIGHTS},
        {"target": {"article": "a 1", "source": "b" * 32}, "rules": {"link_limit": None, "trust_margin": 0.25}},
        {"target": {"source": "api"}, "rules": {"closed": False, "pre_moderation": True, "repeats": "ignore"}},
        {"target": {}, "rules": {"thresholds": {"threat": {"reject_at": None}}}, "when": {"until": NIGHTS["until"]}},
    ],
)
def test_a_form_that_nobody_touched_says_the_same_override(given: dict[str, Any]) -> None:
    override = Override.model_validate(given)
    sent: MultiDict[str, str] = MultiDict(
        {name: value for name, value in override_form.fields_of(override, "Europe/Madrid").items() if name != "rows"}
    )
    assert override_form.read(sent, "Europe/Madrid").override == override


def test_a_lead_adds_changes_and_removes_an_override_and_each_is_on_record(
    lea: Person, database: Database, site: Site
) -> None:
    form = {"kind": "section", "section": "Politics", "hold_insult": "0,2", "link_limit": "off", "based_on": "0"}
    assert lea.post(f"{SITE}/policy/overrides/new", form).status_code == 303
    assert overrides(database, site) == [
        Override.model_validate(
            {"target": {"section": "Politics"},
             "rules": {"link_limit": None, "thresholds": {"insult": {"hold_at": 0.2}}}}
        )
    ]  # fmt: skip
    page = text_of(lea.get(f"{SITE}/policy").text)
    assert "Other rules for the section “Politics”" in page
    assert "insult: hold from 0.2" in page
    form |= {"days_0": ["fri"], "begin_0": "22:00", "end_0": "06:00", "link_limit": "1", "based_on": "1"}  # type: ignore[dict-item]
    assert lea.post(f"{SITE}/policy/overrides/0", form).status_code == 303
    assert changes(database) == [
        "Other rules for the section “Politics”: Links allowed: off, insult: hold from 0.2 → –",
        "Stricter rules for the section “Politics”, Friday 22:00 to 06:00 (UTC): – → "
        "Links allowed: 1, insult: hold from 0.2",
    ]
    assert lea.post(f"{SITE}/policy/overrides/0/remove", {"based_on": "1", "sure": "on"}).status_code == 409
    assert lea.post(f"{SITE}/policy/overrides/0/remove", {"based_on": "2", "sure": "on"}).status_code == 303
    assert overrides(database, site) == []


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"section": ""}, "section", "Must not be empty"),
        ({"kind": "site"}, "kind", "needs hours or an end"),
        ({"link_limit": "", "strike_days": ""}, "rules", "Change at least one rule"),
        ({"hold_insult": "often"}, "hold_insult", "Must be a number"),
        ({"minimum_length": "off"}, "minimum_length", "Must be a whole number"),
        ({"days_1": "sun", "begin_1": "22:00"}, "end_1", "Enter a time"),
        ({"begin_0": "22:00", "end_0": "23:00"}, "days_0", "Tick at least one day"),
        ({"until": "tomorrow"}, "until", "Must be a day and a time"),
        ({"kind": "article", "article": ""}, "article", "1 to 512"),
    ],
)
def test_a_form_with_a_mistake_says_where_and_keeps_what_was_typed(
    lea: Person, database: Database, site: Site, fields: dict[str, str], field: str, says: str
) -> None:
    form = {"kind": "section", "section": "Opera & ballet", "link_limit": "7", "strike_days": "12"} | fields
    answer = lea.post(f"{SITE}/policy/overrides/new", form | {"based_on": "0"})
    assert answer.status_code == 422
    fault = re.search(rf'id="fault_{field}"[^>]*>([^<]*)<', answer.text)
    assert fault, f"no message beside {field}"
    assert says in fault[1]
    assert all(f'value="{escape(typed)}"' in answer.text for typed in form.values())
    assert overrides(database, site) == []


def test_an_override_that_contradicts_another_is_refused_with_its_name(
    lea: Person, database: Database, site: Site
) -> None:
    form = {"kind": "section", "section": "Haiku", "maximum_length": "40", "based_on": "0"}
    answer = lea.post(f"{SITE}/policy/overrides/new", form)
    assert answer.status_code == 422
    assert "The override for the section “Haiku”: maximum_length 40 is below minimum_length 50" in text_of(answer.text)
    assert overrides(database, site) == []


def test_activating_the_sites_own_rules_keeps_its_overrides(lea: Person, database: Database, site: Site) -> None:
    in_force(database, site, STRICT, time_zone="Europe/Madrid")
    with database.read() as session:
        rules = policies.active(session, site.id).rules
    form = policy_form.fields_of(rules) | {"based_on": "1", "minimum_length": "60"}
    assert lea.post(f"{SITE}/policy/activate", form).status_code == 303
    with database.read() as session:
        active = policies.active(session, site.id).rules
    assert (active.minimum_length, active.overrides, active.time_zone) == (60, rules.overrides, "Europe/Madrid")
    broken = lea.post(f"{SITE}/policy/activate", form | {"based_on": "2", "overrides": "[{]"})
    assert (broken.status_code, "The overrides cannot be read" in broken.text) == (422, True)


def test_everything_under_an_article_is_held_or_closed_from_a_comments_page_and_opened_again(
    lea: Person, database: Database, site: Site
) -> None:
    comment = hold(database, site.id, article=ELECTION)
    page, act = f"{SITE}/comments/{comment.id}", f"{SITE}/comments/{comment.id}/article"
    assert lea.post(act, {"act": "hold"}).status_code == 303
    assert changes(database) == ["All comments held for the article “election/1”: – → Hold every comment: yes"]
    told = text_of(lea.get(page).text)
    assert "Every new comment under this article is held. Version 1 of the policy is in force." in told
    assert "Every comment here is held." in told
    soon = utc_now() + timedelta(days=1)
    assert lea.post(act, {"act": "close", "until": f"{soon:%Y-%m-%dT%H:%M}"}).status_code == 303
    later = soon + timedelta(days=1)
    again = lea.post(act, {"act": "close", "until": f"{later:%Y-%m-%dT%H:%M}"})
    assert again.status_code == 303, "the later end takes the place of the earlier one"
    assert len(overrides(database, site)) == 2
    assert f"Comments are closed here until {later:%-d %B %Y}" in text_of(lea.get(page).text)
    assert lea.post(act, {"act": "close", "until": "2020-01-01T00:00"}).status_code == 422
    assert lea.post(act, {"act": "lift"}).status_code == 303
    assert overrides(database, site) == []
    assert lea.post(act, {"act": "close"}).status_code == 303
    assert overrides(database, site)[0].rules.given == {"closed": True}


def test_an_article_is_closed_for_all_who_send_its_address_and_where_a_lead_ticks_it_its_id(
    lea: Person, database: Database, site: Site
) -> None:
    blog = add_source(database, site)
    address = "https://gazette.example/election"
    comment = hold(database, site.id, article=replace(ELECTION, id=in_space(blog.id, "42"), url=address))
    hold(database, site.id, 1, article=replace(ELECTION, id="election", url=address))
    page, act = f"{SITE}/comments/{comment.id}", f"{SITE}/comments/{comment.id}/article"
    told = text_of(lea.get(page).text)
    assert "The article “election” from the API or a form has the same address." in told
    assert "Also for comments from the API or a form under the id “42”" in told
    lea.post(act, {"act": "close"})
    assert {one.target.key for one in overrides(database, site)} == {
        ("article", blog.id, "42"), ("article", "api", "election"),
    }  # fmt: skip
    lea.post(act, {"act": "close", "also": ["api", "else"]})
    assert ("article", "api", "42") in {one.target.key for one in overrides(database, site)}
    assert len(overrides(database, site)) == 3
    assert "Comments there are closed." in text_of(lea.get(page).text)
    lea.post(act, {"act": "lift", "also": "api"})
    assert overrides(database, site) == []


def test_a_lead_sees_what_applies_to_an_article_now_and_on_a_comment_what_applied(
    lea: Person, database: Database, site: Site
) -> None:
    in_force(database, site, STRICT, {"target": {"section": "Sport"}, "rules": {"closed": True}})
    comment = hold(database, site.id, article=ELECTION)
    with database.write() as session:
        decision = session.scalars(select(Decision).where(Decision.comment_id == comment.id)).one()
        decision.overrides = [{"target": {"section": "Politics"}, "text": "Other rules for the section “Politics”"}]
    shown = text_of(lea.get(f"{SITE}/policy/effective?article=election/1").text)
    assert "Other rules for the section “Politics”" in shown
    assert "Links allowed 3 0" in re.sub(r"\s+", " ", shown)
    assert "Sport" not in shown
    assert "Other rules for the section “Politics”." in text_of(lea.get(f"{SITE}/comments/{comment.id}").text)
    assert "No article with this id" in text_of(lea.get(f"{SITE}/policy/effective?article=nobody").text)


def test_an_override_whose_time_is_over_goes_with_the_next_change(lea: Person, database: Database, site: Site) -> None:
    over = {"target": {}, "rules": {"closed": True}, "when": {"until": "2020-01-01T00:00:00Z"}}
    in_force(database, site, over)
    assert "over" in text_of(lea.get(f"{SITE}/policy").text)
    comment = hold(database, site.id, article=ELECTION)
    lea.post(f"{SITE}/comments/{comment.id}/article", {"act": "hold"})
    assert [one.target.kind for one in overrides(database, site)] == ["article"]


@pytest.mark.usefixtures("tries")
def test_a_lead_writes_an_override_and_closes_an_article_in_the_browser(
    opens: Opens, database: Database, site: Site
) -> None:
    comment: Comment = hold(database, site.id, article=ELECTION)
    window = opens("lea@gazette.example", viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = window.goto(f"{SITE}/policy")
    page.get_by_role("link", name="Add an override").click()
    page.get_by_label("Section", exact=True).fill("Politics")
    page.get_by_label("Hold from, insult").fill("0.2")
    page.get_by_role("group", name="Weekly hours 1").get_by_label("Fri").check()
    page.get_by_label("From", exact=True).first.fill("22:00")
    page.get_by_label("To", exact=True).first.fill("06:00")
    assert violations(page) == []
    window.fits("an override")
    page.get_by_role("button", name="Add and put in force").click()
    item = page.get_by_role("listitem").filter(has_text="Stricter rules for the section “Politics”")
    expect(item).to_contain_text("Friday 22:00 to 06:00 (UTC)")
    window.fits("the policy with an override")
    window.goto(f"{SITE}/comments/{comment.id}")
    page.get_by_text("Rules for this article").click()
    page.get_by_label("Close comments until").fill(f"{utc_now() + timedelta(days=1):%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Close comments").click()
    expect(page.get_by_text("Comments are closed here until")).to_be_visible()
    assert violations(page) == []
