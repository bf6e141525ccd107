"""A change of policy follows one rule for every caller: checked against the version read, recorded with differences."""

import threading

import pytest
from sqlalchemy import select

from service.db import Database
from service.errors import Conflict
from service.models import AuditEntry, Site
from service.moderation.actors import Actor
from service.moderation.policy import changes, policies
from service.moderation.policy.differences import Difference, as_lines, differences
from service.moderation.policy.rules import Rules

ANNA = Actor(kind="moderator", id="anna", name="Anna")


def put(database: Database, site: Site, rules: Rules, based_on: int | None = None) -> changes.PolicyChange:
    with database.write() as session:
        return changes.put_in_force(session, site.id, rules, actor=ANNA, based_on=based_on)


def entries(database: Database) -> list[AuditEntry]:
    with database.read() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.number)))


def test_a_change_is_recorded_with_both_versions_and_every_difference(database: Database, site: Site) -> None:
    assert put(database, site, Rules(minimum_length=20), based_on=0).is_new
    assert put(database, site, Rules(minimum_length=20, blocked_terms=["fie"]), based_on=1).is_new
    first, second = entries(database)
    assert (first.action, first.actor_id, first.subject_id) == ("policy.activate", "anna", "1")
    assert first.detail == {"from": 0, "to": 1, "changes": ["Minimum length: 50 → 20"]}
    assert second.detail == {"from": 1, "to": 2, "changes": ["Blocked terms: – → with fie"]}


def test_a_change_based_on_another_version_is_refused_and_leaves_nothing(database: Database, site: Site) -> None:
    put(database, site, Rules(minimum_length=20))
    for stale in (0, 7):
        with pytest.raises(Conflict, match=f"Version 1 .* is in force, but your change is based on version {stale}"):
            put(database, site, Rules(minimum_length=30), based_on=stale)
    assert len(entries(database)) == 1
    with database.read() as session:
        assert policies.active(session, site.id).rules.minimum_length == 20


def test_the_rules_in_force_sent_again_change_nothing_and_are_never_stale(database: Database, site: Site) -> None:
    put(database, site, Rules(minimum_length=20), based_on=0)
    again = put(database, site, Rules(minimum_length=20), based_on=0)
    assert (again.is_new, again.after.version) == (False, 1)
    assert len(entries(database)) == 1


def test_of_two_changes_at_once_that_are_based_on_one_version_one_is_refused(database: Database, site: Site) -> None:
    both_ready, outcomes = threading.Barrier(2), []

    def change(minimum: int) -> None:
        both_ready.wait()
        try:
            outcomes.append(put(database, site, Rules(minimum_length=minimum), based_on=0).after.version)
        except Conflict:
            outcomes.append("refused")

    threads = [threading.Thread(target=change, args=(minimum,)) for minimum in (20, 30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str) == [1, "refused"]


def test_differences_are_written_in_words() -> None:
    draft = Rules.model_validate(
        {
            "thresholds": {"insult": {"hold_at": 0.4}},
            "blocked_terms": ["a", "c"],
            "suspect_terms": ["y", "x"],
            "link_limit": None,
        }
    )
    before = Rules.model_validate(
        {
            "thresholds": {"insult": {"hold_at": 0.5, "reject_at": 0.9}},
            "blocked_terms": ["a", "b"],
            "suspect_terms": ["x", "y"],
        }
    )
    assert differences(before, draft) == [
        Difference("insult: hold from", "0.5", "0.4"),
        Difference("insult: reject from", "0.9", "off"),
        Difference("Links allowed", "3", "off"),
        Difference("Blocked terms", "without b", "with c"),
        Difference("Suspect terms", "–", "in another order"),
    ]


def test_every_rule_has_a_difference() -> None:
    changed = {
        "name": "x", "minimum_length": 1, "maximum_length": 9, "link_limit": 1, "flood_limit": 1, "hold_newcomers": 1,
        "trust_after": 1, "trust_margin": 0.1, "strike_limit": 1, "strike_days": 1, "repeats": "reject",
        "personal_data": "reject", "blocked_authors": "hold", "default_language": "de",
        "report_kinds": ["a"], "reports_hold_at": 1.0, "blocked_terms": ["a"], "suspect_terms": ["a"],
        "blocked_hosts": ["a.example"], "thresholds": {"insult": {"hold_at": 0.6, "reject_at": 0.9}},
        "pre_moderation": True, "closed": True, "time_zone": "Europe/Madrid",
        "overrides": [{"target": {"section": "Politics"}, "rules": {"link_limit": 0}}],
    }  # fmt: skip
    assert set(changed) == set(Rules.model_fields)
    found = differences(Rules(), Rules.model_validate(changed))
    assert len(found) == len(changed) + 1  # the threshold's two


def test_the_audit_log_keeps_a_bounded_account() -> None:
    long = [Difference("Blocked terms", "–", "x" * 1_000)] * 80
    lines = as_lines(long)
    assert (len(lines), max(map(len, lines))) == (50, 300)
