"""A comment that is still held gets precedents too, once people have decided about others like it."""

import pytest
from structlog.testing import capture_logs

from service.installation.settings import Settings
from service.models import Site
from service.moderation.intake import intake
from service.moderation.policy.rules import Rules
from service.moderation.review import precedents
from service.queues import DELIVERY, Queues
from service.vocabulary import Verdict
from tests.support.comments import moderate
from tests.support.flow import Flow
from tests.support.plans import explain, reads_a_whole_table, statements_of
from tests.support.precedents import Alike, vector
from workers.precedents import finding, looking_again

APPROVE, REJECT = Verdict.APPROVE, Verdict.REJECT


@pytest.fixture
def alike(flow: Flow) -> Alike:
    return Alike(flow)


def look(alike: Alike) -> int:
    return looking_again.look(alike.flow.runtime)


def test_the_first_of_several_alike_gets_what_was_decided_after_it_was_held(alike: Alike) -> None:
    first = alike.held("first", 0)
    other = alike.held("other", 120)
    assert (look(alike), alike.precedents(first)) == (0, [])
    alike.decided("near", 10, REJECT)
    alike.decided("nearer", 5, REJECT)
    alike.decided("far", 90)
    assert look(alike) == 2
    assert alike.precedents(first) == ["nearer", "near"]
    assert alike.precedents(other) == ["far"]
    assert look(alike) == 0  # nothing new


def test_a_nearer_decision_takes_its_place_among_those_that_there_are(alike: Alike) -> None:
    alike.decided("near", 20)
    first = alike.held("first", 0)
    assert alike.precedents(first) == ["near"]
    alike.decided("nearer", 5, REJECT)
    assert (look(alike), alike.precedents(first)) == (1, ["nearer", "near"])


def test_who_starts_later_looks_back_and_what_was_undone_does_not_count(alike: Alike) -> None:
    first = alike.held("first", 0)
    alike.decided("near", 10)
    erased = alike.decided("nearer", 5)
    words = "In truth the whole thing was about the school and its garden, as everybody knows."
    alike.classifiers.vectors[words] = vector(85)
    with alike.database.write() as session:
        intake.edit(session, erased.site_id, "nearer", words, Rules())
    alike.flow.drain()
    alike.flow.runtime.precedents = None  # another process
    assert (look(alike), alike.precedents(first)) == (1, ["near"])


def test_a_comment_that_is_held_no_longer_is_left_alone(alike: Alike) -> None:
    first = alike.held("first", 0)
    alike.decided("near", 10)
    moderate(alike.database, first, APPROVE)
    assert (look(alike), alike.precedents(first)) == (0, [])


def test_another_sites_decisions_change_nothing(
    alike: Alike, other_site: Site, queues: Queues, settings: Settings
) -> None:
    first = alike.held("first", 0)
    elsewhere = Alike(Flow(alike.database, queues, settings, other_site))
    elsewhere.decided("theirs", 5)
    assert (look(alike), alike.precedents(first)) == (0, [])


@pytest.mark.one_database
def test_a_round_is_bounded(alike: Alike, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking_again, "HELD", 3)
    monkeypatch.setattr(looking_again, "AGAIN", 2)
    held = [alike.held(f"held-{number}", number) for number in range(5)]
    alike.decided("near", 10)
    assert look(alike) == 2
    assert [alike.precedents(comment) for comment in held] == [["near"], ["near"], [], [], []]


@pytest.mark.one_database
def test_without_new_decisions_no_held_comment_is_read(alike: Alike, monkeypatch: pytest.MonkeyPatch) -> None:
    alike.held("first", 0)
    alike.decided("near", 10)
    look(alike)
    alike.flow.runtime.precedents_looked_at += finding.OVERLAP * 2  # type: ignore[operator]
    monkeypatch.setattr(looking_again, "_held", lambda *_: pytest.fail("read"))
    assert look(alike) == 0


@pytest.mark.one_database
def test_comments_without_a_verdict_go_first(alike: Alike, monkeypatch: pytest.MonkeyPatch) -> None:
    first = alike.held("first", 0)
    alike.decided("near", 10)
    with monkeypatch.context() as patched:
        patched.setattr(looking_again.claims, "is_waiting", lambda _: True)
        assert look(alike) == 0
    assert (look(alike), alike.precedents(first)) == (1, ["near"])


@pytest.mark.one_database
def test_a_round_begins_no_site_after_its_time(alike: Alike, monkeypatch: pytest.MonkeyPatch) -> None:
    alike.held("first", 0)
    alike.decided("near", 10)
    monkeypatch.setattr(looking_again, "SECONDS", -1.0)
    assert look(alike) == 0


@pytest.mark.one_database
def test_only_who_classifies_looks_and_a_failure_stops_nothing(alike: Alike, monkeypatch: pytest.MonkeyPatch) -> None:
    alike.held("first", 0)
    alike.decided("near", 10)
    alike.flow.runtime.role = DELIVERY
    assert look(alike) == 0
    alike.flow.runtime.role = "classification"
    monkeypatch.setattr(precedents, "recent", lambda *_, **__: 1 / 0)
    with capture_logs() as logs:
        assert look(alike) == 0
    assert [one["event"] for one in logs] == ["precedents_not_looked_for_again"]
    monkeypatch.undo()
    assert look(alike) == 1


@pytest.mark.one_database
def test_a_round_reads_by_the_indexes_of_what_is_held_and_what_people_decided(alike: Alike) -> None:
    alike.held("first", 0)
    alike.decided("near", 10)
    with statements_of(alike.database) as sent:
        assert look(alike) == 1
    plans = [explain(alike.database, *one) for one in sent]
    assert len(plans) > 5
    assert not any(reads_a_whole_table(line) for plan in plans for line in plan.splitlines())
    (of_held,) = [
        plan
        for plan, (statement, _) in zip(plans, sent, strict=True)
        if "comment.vector, assessment.encoder" in statement
    ]
    assert "TEMP B-TREE" not in of_held
    assert any("ix_decision_peoples (site_id=? AND created_at>?)" in plan for plan in plans)
