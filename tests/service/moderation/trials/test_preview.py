"""The preview: past comments under draft rules, and what moderators had said of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from service.clock import utc_now
from service.db import Database
from service.models import AuditEntry, Site
from service.moderation.actors import Actor
from service.moderation.insight.counts.periods import Period, of_days
from service.moderation.judgement.judgement import Facts, judge
from service.moderation.policy import policies, schedule
from service.moderation.policy.effective import NOWHERE
from service.moderation.policy.rules import Rules, Threshold
from service.moderation.trials import past, shadow
from service.moderation.trials.past import Past, PastComment
from service.moderation.trials.preview import curve, least_threshold, preview
from service.moderation.trials.term_trial import try_terms
from service.vocabulary import Attribute, Reason, Verdict
from tests.support.history import LONG, History

pytestmark = pytest.mark.usefixtures("round_thresholds")

ANNA = Actor(kind="moderator", id="anna", name="Anna")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PERIOD = Period(NOON - timedelta(days=1), NOON + timedelta(days=1), 3600)
ACTIVE = Rules.model_validate({"thresholds": {"toxicity": {"hold_at": 0.5, "reject_at": 0.92}}})
STRICT = Rules.model_validate({"thresholds": {"toxicity": {"hold_at": 0.3, "reject_at": 0.6}}})


def case(toxicity: float, said: Verdict | None = None, text: str = LONG, **facts: object) -> PastComment:
    known = Facts(length=len(text), scores={Attribute.TOXICITY: toxicity})
    return PastComment(
        comment_id=f"{toxicity}", text=text, facts=replace(known, **facts), said=said, place=NOWHERE, came_at=utc_now()
    )


def test_the_same_rules_change_nothing() -> None:
    found = preview([case(0.1), case(0.6), case(0.99)], ACTIVE, ACTIVE)
    assert (found.changed, found.moves, found.before) == (0, {}, found.after)


def test_every_change_is_counted_and_shown_by_example() -> None:
    cases = [case(0.1), case(0.4), case(0.41), case(0.7), case(0.99)]
    found = preview(cases, ACTIVE, STRICT)
    assert found.moves == {(Verdict.APPROVE, Verdict.HOLD): 2, (Verdict.HOLD, Verdict.REJECT): 1}
    assert found.before.verdicts == {Verdict.APPROVE: 3, Verdict.HOLD: 1, Verdict.REJECT: 1}
    assert found.after.verdicts == {Verdict.APPROVE: 1, Verdict.HOLD: 2, Verdict.REJECT: 2}
    (example,) = found.examples[Verdict.HOLD, Verdict.REJECT]
    assert example.after.reasons[0].reason is Reason.TOXIC
    assert example.case.comment_id == "0.7"


def test_contradictions_are_counted_and_shown_first() -> None:
    cases = [case(0.7), case(0.71), case(0.72, Verdict.REJECT), case(0.73), case(0.74), case(0.75, Verdict.APPROVE)]
    found = preview(cases, ACTIVE, STRICT)
    assert (found.before.rejections_approved, found.after.rejections_approved) == (0, 1)
    examples = found.examples[Verdict.HOLD, Verdict.REJECT]
    assert [(e.case.comment_id, e.contradicts) for e in examples][:2] == [("0.75", True), ("0.72", False)]
    assert (found.after.reject_precision.hits, found.after.reject_precision.of) == (1, 2)
    assert (found.before.hold_precision.hits, found.before.hold_precision.of) == (1, 2)


def test_letting_through_what_moderators_rejected_lowers_what_is_caught() -> None:
    lax = Rules.model_validate({"thresholds": {"toxicity": {"hold_at": 0.9}}})
    found = preview([case(0.6, Verdict.REJECT), case(0.95, Verdict.REJECT)], ACTIVE, lax)
    assert (found.before.caught.hits, found.after.caught.hits, found.after.caught.of) == (2, 1, 2)
    assert found.after.approvals_rejected == 1


def test_lists_are_searched_anew_whatever_matched_then() -> None:
    text = "Honestly, those snollygosters in the town hall should be ashamed of it."
    draft = Rules(blocked_terms=["snollygosters"])
    assert preview([case(0.0, text=text)], ACTIVE, draft).moves == {(Verdict.APPROVE, Verdict.REJECT): 1}
    assert preview([case(0.0, text=text)], draft, ACTIVE).moves == {(Verdict.REJECT, Verdict.APPROVE): 1}


def test_a_curve_counts_what_a_threshold_would_reach() -> None:
    cases = [case(0.1), case(0.5, Verdict.APPROVE), case(0.5, Verdict.REJECT), case(0.9, Verdict.REJECT)]
    points = {point.at: point for point in curve(cases, Attribute.TOXICITY)}
    assert len(points) == 101
    assert (points[0.0].reached.hits, points[0.5].reached.hits, points[0.51].reached.hits) == (4, 3, 1)
    assert (points[0.5].precision.hits, points[0.5].precision.of) == (2, 3)
    assert (points[0.51].recall.hits, points[0.51].recall.of) == (1, 2)
    assert points[1.0].precision.value is None
    assert curve(cases, Attribute.OFF_TOPIC) == []


def test_a_threshold_is_proposed_only_where_the_cases_prove_it() -> None:
    certain = [case(0.8 + n / 1000, Verdict.REJECT) for n in range(60)] + [case(0.3, Verdict.APPROVE)] * 60
    assert least_threshold(curve(certain, Attribute.TOXICITY), precision=0.9) == 0.31
    assert least_threshold(curve([case(0.9, Verdict.REJECT)] * 3, Attribute.TOXICITY), precision=0.9) is None


def draw(database: Database, site: Site, **limits: int) -> Past:
    with database.read() as session:
        return past.draw(session, site.id, PERIOD, **limits)


def test_the_past_is_read_as_it_was_judged(database: Database, site: Site, other_site: Site) -> None:
    findings = {"repeat_of": "c0", "recent_by_author": 30, "links": ["a.example"] * 5, "disguised": True}
    with database.write() as session:
        history = History(session, site)
        anna, ben = history.moderator("Anna"), history.moderator("Ben")
        comment = history.comment(
            NOON,
            scores={Attribute.TOXICITY: 0.6, Attribute.INSULT: 0.2},
            findings=findings,
            decided_by=anna,
            verdict=Verdict.REJECT,
        )
        history.decide(comment, ben, Verdict.APPROVE, NOON + timedelta(hours=1))
        history.comment(NOON + timedelta(days=5))
        erased = history.comment(NOON)
        erased.erased_at = NOON
        History(session, other_site).comment(NOON)
    found = draw(database, site)
    (only,) = found.cases
    assert (found.total, found.sample.is_part, only.said) == (1, False, Verdict.APPROVE)
    assert only.facts.scores == {Attribute.TOXICITY: 0.6, Attribute.INSULT: 0.2}
    assert {reason.reason for reason in judge(only.facts, ACTIVE).reasons} >= {
        Reason.DUPLICATE,
        Reason.FLOOD,
        Reason.TOO_MANY_LINKS,
        Reason.DISGUISED,
        Reason.TOXIC,
    }


def test_a_large_past_is_thinned_and_the_same_cases_come_again(database: Database, site: Site) -> None:
    with database.write() as session:
        history = History(session, site)
        for number in range(300):
            history.comment(NOON + timedelta(seconds=number))
    first, second = draw(database, site, limit=100), draw(database, site, limit=100)
    assert first.total == 300
    assert first.sample.is_part
    assert 60 <= len(first.cases) <= 140  # about 100, drawn by the ids' random digits: ±5 standard deviations
    assert first == second


def test_a_shadow_is_recorded_beside_the_policy_and_changes_nothing(database: Database, site: Site) -> None:
    with database.write() as session:
        history = History(session, site)
        anna = history.moderator("Anna")
        comments = [
            history.comment(NOON, scores={Attribute.TOXICITY: value}, decided_by=anna, verdict=verdict)
            for value, verdict in ((0.1, None), (0.4, None), (0.7, Verdict.REJECT), (0.71, Verdict.APPROVE))
        ]
        facts = [Facts(length=80, scores={Attribute.TOXICITY: value}) for value in (0.1, 0.4, 0.7, 0.71)]
        ended = shadow.start(session, site.id, STRICT, author="Anna")
        policy = shadow.start(session, site.id, STRICT, author="Anna")
        assert shadow.record(session, comments[0], ended, STRICT, facts[0], judge(facts[0], ACTIVE)) is None
        before = [comment.status for comment in comments]
        for comment, known in zip(comments, facts, strict=True):
            shadow.record(session, comment, policy, STRICT, known, judge(known, ACTIVE))
        session.flush()
        found = shadow.compare(session, policy)
        assert [comment.status for comment in comments] == before
    assert found.judged == 4
    assert found.moves == {(Verdict.APPROVE, Verdict.HOLD): 1, (Verdict.HOLD, Verdict.REJECT): 2}
    assert (found.shadow_right.hits, found.shadow_right.of, found.active_right.of) == (1, 2, 0)


def test_a_new_shadow_ends_the_one_before(database: Database, site: Site) -> None:
    with database.write() as session:
        first = shadow.start(session, site.id, STRICT, author="Anna")
        second = shadow.start(session, site.id, ACTIVE, author="Anna")
        assert (shadow.running(session, site.id), first.id != second.id) == (second, True)
        assert (shadow.stop(session, site.id), shadow.stop(session, site.id)) == (True, False)


def test_a_planned_policy_comes_into_force_at_its_time_and_once(database: Database, site: Site) -> None:
    with database.write() as session:
        schedule.plan(session, site.id, STRICT, at=utc_now() - timedelta(seconds=5), actor=ANNA)
        later = schedule.plan(session, site.id, ACTIVE, at=utc_now() + timedelta(hours=1), actor=ANNA)
    for expected in (1, 0):
        with database.write() as session:
            assert schedule.activate_due(session) == expected
    with database.write() as session:
        assert policies.active(session, site.id).rules == STRICT
        activated = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc())).first()
        assert activated is not None
        assert (activated.action, activated.actor_kind) == ("policy.activate", "service")
        assert (activated.detail["from"], activated.detail["to"], activated.detail["planned_by"]) == (0, 1, "Anna")
        assert "toxicity: reject from: 0.92 → 0.6" in activated.detail["changes"]
        assert [row.id for row in schedule.planned(session, site.id)] == [later.id]


def test_a_planned_policy_is_called_off_by_its_own_site_only(database: Database, site: Site, other_site: Site) -> None:
    with database.write() as session:
        row = schedule.plan(session, site.id, STRICT, at=utc_now() - timedelta(seconds=5), actor=ANNA)
        assert not schedule.cancel(session, other_site.id, row.id)
        assert schedule.cancel(session, site.id, row.id)
        assert schedule.activate_due(session) == 0


def test_a_term_in_clean_words_and_clean_comments_is_warned_about() -> None:
    cases = [
        case(0.01, text="The class of 1998 met in the passage behind the grand old station."),
        case(0.95, text="You are an ass and everybody in this whole town knows it by now."),
        case(0.02, text="He rode an ass through the mountains, as his grandfather once did."),
    ]
    trial, clean = try_terms(["ass", "snollygoster", "ass"], cases)
    assert (trial.comments, trial.clean) == (2, 1)
    assert {"class", "passage", "Essex"} & set(trial.inside) == {"class", "passage"}
    assert trial.excerpts[0].before.endswith("rode an ")
    assert (clean.comments, clean.clean, clean.inside) == (0, 0, ())


@pytest.mark.parametrize(("term", "word"), [("cunt", "Scunthorpe"), ("sex", "Essex"), ("anal", "analysis")])
def test_the_classic_false_friends_are_known_without_any_sample(term: str, word: str) -> None:
    (trial,) = try_terms([term], [])
    assert word in trial.inside


def test_the_last_days_end_now(database: Database, site: Site) -> None:
    with database.write() as session:
        History(session, site).comment(utc_now() - timedelta(minutes=1))
    with database.read() as session:
        assert past.draw(session, site.id, of_days(7, now=utc_now())).total == 1


def test_switching_an_attribute_off_is_a_change_like_any_other() -> None:
    draft = ACTIVE.model_copy(update={"thresholds": ACTIVE.thresholds | {Attribute.TOXICITY: Threshold()}})
    assert preview([case(0.99)], ACTIVE, draft).moves == {(Verdict.REJECT, Verdict.APPROVE): 1}
