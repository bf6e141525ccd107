"""The policy's rules, each as a sentence; judging is pure, so no database is near."""

import pytest

from service.moderation.judgement.author_treatment import AuthorFacts, treatment
from service.moderation.judgement.judgement import Facts, judge
from service.moderation.policy.rules import Rules, Threshold
from service.moderation.text.personal_data import Kind, PersonalData
from service.moderation.text.terms import TermHit
from service.vocabulary import Attribute, Reason, Standing, Treatment, Verdict

CALM = {Attribute.TOXICITY: 0.02, Attribute.OFF_TOPIC: 0.1}
TERM = TermHit(term="spoiler", start=3, end=10)


def facts(**changes: object) -> Facts:
    """Return the facts of a comment that nothing speaks against, with `changes`."""
    return Facts(**({"length": 80, "scores": CALM, "language": "en"} | changes))  # type: ignore[arg-type]


def test_a_comment_that_nothing_speaks_against_is_approved_without_grounds() -> None:
    judgement = judge(facts(), Rules())
    assert (judgement.verdict, judgement.reasons) == (Verdict.APPROVE, ())


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        ({"classifier_failed": True, "scores": {}}, Verdict.HOLD, Reason.CLASSIFIER_FAILED),
        ({"scores": {}}, Verdict.HOLD, Reason.CLASSIFIER_FAILED),
        ({"scores": {Attribute.OFF_TOPIC: 0.1}}, Verdict.HOLD, Reason.CLASSIFIER_FAILED),
        ({"unread": 1}, Verdict.HOLD, Reason.UNREAD),
        ({"too_costly": True, "scores": {}}, Verdict.HOLD, Reason.TOO_COSTLY),
        ({"length_of_words": 3}, Verdict.REJECT, Reason.TOO_SHORT),
        ({"part_scores": CALM | {Attribute.THREAT: 0.95}}, Verdict.HOLD, Reason.TOXIC),
        ({"language_supported": False}, Verdict.HOLD, Reason.LANGUAGE_UNSUPPORTED),
        ({"length": 49}, Verdict.REJECT, Reason.TOO_SHORT),
        ({"length": 10_001}, Verdict.REJECT, Reason.TOO_LONG),
        ({"repeat_of": "c-1"}, Verdict.HOLD, Reason.DUPLICATE),
        ({"personal_data": (PersonalData(0, 9, Kind.CARD),)}, Verdict.HOLD, Reason.PERSONAL_DATA),
        ({"recent_by_author": 21}, Verdict.HOLD, Reason.FLOOD),
        ({"blocked_terms": (TERM,)}, Verdict.REJECT, Reason.BLOCKED_TERM),
        ({"suspect_terms": (TERM,)}, Verdict.HOLD, Reason.SUSPECT_TERM),
        ({"links": ("a.example",) * 4}, Verdict.HOLD, Reason.TOO_MANY_LINKS),
        ({"language": "fi", "language_supported": False, "scores": {}}, Verdict.HOLD, Reason.LANGUAGE_UNSUPPORTED),
        ({"scores": CALM | {Attribute.THREAT: 0.99}}, Verdict.HOLD, Reason.TOXIC),
        ({"disguised": True}, Verdict.HOLD, Reason.DISGUISED),
        ({"scores": CALM | {Attribute.OFF_TOPIC: 1.0}}, Verdict.HOLD, Reason.OFF_TOPIC),
        ({"scores": CALM | {Attribute.OFF_TOPIC: 1.0}, "advert": 0.49}, Verdict.HOLD, Reason.OFF_TOPIC),
        ({"scores": CALM | {Attribute.OFF_TOPIC: 1.0}, "advert": 0.5}, Verdict.HOLD, Reason.ADVERT),
    ],
)
def test_each_fact_alone_gives_its_verdict_and_its_reason(
    changes: dict[str, object], verdict: Verdict, reason: Reason
) -> None:
    judgement = judge(facts(**changes), Rules())
    assert (judgement.verdict, judgement.reasons[0].reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("score", "verdict"),
    [(0.39, Verdict.APPROVE), (0.4, Verdict.HOLD), (0.79, Verdict.HOLD), (0.8, Verdict.REJECT)],
)
def test_a_threshold_is_crossed_by_a_score_equal_to_it(score: float, verdict: Verdict) -> None:
    rules = Rules(thresholds={Attribute.INSULT: Threshold(hold_at=0.4, reject_at=0.8)})
    assert judge(facts(scores=CALM | {Attribute.INSULT: score}), rules).verdict is verdict


NEVER = {Attribute.TOXICITY: 0.4}  # scores that never reject, and from where they hold


@pytest.mark.parametrize(
    ("threshold", "held_from"),
    [
        (Threshold(hold_at=0.4, reject_at=0.8), 0.4),
        (Threshold(hold_at=0.4), 0.4),
        (Threshold(reject_at=0.8), 0.8),
    ],
)
def test_a_part_holds_a_comment_from_where_it_would_be_held_alone(threshold: Threshold, held_from: float) -> None:
    rules = Rules(thresholds={Attribute.INSULT: threshold})
    assert judge(facts(part_scores={Attribute.INSULT: held_from - 0.01}), rules).verdict is Verdict.APPROVE
    judgement = judge(facts(part_scores={Attribute.INSULT: held_from}), rules)
    assert judgement.verdict is Verdict.HOLD
    assert judgement.reasons[0].detail == f"insult {held_from:.2f} in one part of it, held from {held_from:.2f}"


def test_a_part_holds_for_no_attribute_that_is_switched_off() -> None:
    rules = Rules(thresholds={Attribute.INSULT: Threshold()})
    assert judge(facts(part_scores={Attribute.INSULT: 1.0}), rules).verdict is Verdict.APPROVE


@pytest.mark.parametrize("of", ["scores", "part_scores"])
def test_a_part_by_somebody_trusted_holds_as_late_as_their_whole_comment(of: str) -> None:
    trusted = [facts(author=by("trusted"), **{of: {Attribute.TOXICITY: score}}) for score in (0.69, 0.7)]
    assert [judge(one, Rules(**AUTHORS_ON)).verdict for one in trusted] == [Verdict.APPROVE, Verdict.HOLD]


def test_a_part_adds_nothing_where_the_whole_is_held_for_the_same() -> None:
    found = facts(scores=CALM | {Attribute.INSULT: 0.5}, part_scores={Attribute.INSULT: 0.95})
    assert [reason.score for reason in judge(found, Rules()).reasons] == [0.5]


def test_a_comment_rejected_for_its_length_needs_no_score() -> None:
    reasons = judge(facts(length=10_001, scores={}), Rules()).reasons
    assert [reason.reason for reason in reasons] == [Reason.TOO_LONG]


def test_the_worst_ground_comes_first_and_equal_ones_keep_the_order_of_the_checks() -> None:
    found = facts(
        suspect_terms=(TERM,), blocked_terms=(TERM,), disguised=True, scores=CALM | {Attribute.OFF_TOPIC: 0.99}
    )
    reasons = [reason.reason for reason in judge(found, Rules()).reasons]
    assert reasons == [Reason.BLOCKED_TERM, Reason.SUSPECT_TERM, Reason.DISGUISED, Reason.OFF_TOPIC]


def test_a_missing_article_is_said_and_not_held_against_the_comment() -> None:
    judgement = judge(facts(has_article=False, scores={Attribute.TOXICITY: 0.02}), Rules())
    assert judgement.verdict is Verdict.APPROVE
    assert [reason.reason for reason in judgement.reasons] == [Reason.OFF_TOPIC_NOT_JUDGED]


def test_a_language_in_which_only_toxicity_is_known_says_that_off_topic_was_not_judged() -> None:
    (reason,) = judge(facts(language="fr", scores={Attribute.TOXICITY: 0.02}), Rules()).reasons
    assert (reason.reason, reason.verdict) == (Reason.OFF_TOPIC_NOT_JUDGED, Verdict.APPROVE)
    assert "fr" in reason.detail


def test_a_blocked_host_covers_its_subdomains_and_not_its_namesakes() -> None:
    rules = Rules(blocked_hosts=["spam.example"])
    assert judge(facts(links=("shop.spam.example",)), rules).verdict is Verdict.REJECT
    assert judge(facts(links=("notspam.example",)), rules).verdict is Verdict.APPROVE


@pytest.mark.parametrize(("setting", "verdict"), [("ignore", "approve"), ("hold", "hold"), ("reject", "reject")])
def test_what_a_repeat_costs_is_the_sites_choice(setting: str, verdict: str) -> None:
    assert judge(facts(repeat_of="c-1"), Rules(repeats=setting)).verdict == verdict  # type: ignore[arg-type]


def test_a_threshold_set_to_null_switches_its_attribute_off() -> None:
    rules = Rules(thresholds={Attribute.INSULT: Threshold()})
    assert judge(facts(scores=CALM | {Attribute.INSULT: 1.0}), rules).verdict is Verdict.APPROVE


def test_a_record_of_a_ground_says_score_and_threshold() -> None:
    (reason,) = judge(facts(scores=CALM | {Attribute.INSULT: 0.999}), Rules()).reasons
    record = reason.as_record()
    assert record["code"] == "toxic"
    assert record["attribute"] == "insult"
    assert record["score"] == 0.999
    assert record["threshold"] == Rules().thresholds[Attribute.INSULT].hold_at
    assert "insult 1.00" in str(record["text"])


HELD_SCORE = CALM | {Attribute.TOXICITY: 0.55}
REJECTED_SCORE = CALM | {Attribute.TOXICITY: 0.95}
ROUND = {Attribute.TOXICITY: Threshold(hold_at=0.5, reject_at=0.9)}
AUTHORS_ON = {"hold_newcomers": 2, "trust_after": 5, "strike_limit": 3, "trust_margin": 0.2, "thresholds": ROUND}


def by(standing: str | None = None, approved: int = 3, strikes: int = 0) -> AuthorFacts:
    """Return an author who is neither new nor trusted, with changes."""
    return AuthorFacts(standing=Standing(standing) if standing else None, approved=approved, strikes=strikes)


@pytest.mark.parametrize(
    ("author", "treated"),
    [
        (by(), Treatment.ORDINARY),
        (by(approved=1), Treatment.NEWCOMER),
        (by(approved=2), Treatment.ORDINARY),
        (by(approved=5), Treatment.TRUSTED),
        (by(approved=50, strikes=1), Treatment.ORDINARY),
        (by(approved=50, strikes=3), Treatment.STRUCK),
        (by("trusted", approved=0), Treatment.TRUSTED),
        (by("trusted", approved=0, strikes=2), Treatment.TRUSTED),
        (by("trusted", strikes=3), Treatment.STRUCK),
        (by("staff", approved=0, strikes=9), Treatment.STAFF),
        (by("blocked", approved=50), Treatment.BLOCKED),
        (None, Treatment.NEWCOMER),
    ],
)
def test_what_people_said_comes_first_then_strikes_then_what_was_earned(
    author: AuthorFacts | None, treated: Treatment
) -> None:
    assert treatment(author, Rules(**AUTHORS_ON)) is treated  # type: ignore[arg-type]


@pytest.mark.parametrize("author", [None, by(approved=0), by(approved=99), by(strikes=99)])
def test_rules_that_say_nothing_of_authors_treat_all_alike(author: AuthorFacts | None) -> None:
    assert judge(facts(author=author), Rules()) == judge(facts(), Rules())


@pytest.mark.parametrize(
    ("author", "changes", "verdict", "reasons"),
    [
        (by(approved=1), {}, Verdict.HOLD, [Reason.AUTHOR_NEW]),
        (None, {}, Verdict.HOLD, [Reason.AUTHOR_NEW]),
        (by(approved=1), {"scores": HELD_SCORE}, Verdict.HOLD, [Reason.TOXIC, Reason.AUTHOR_NEW]),
        (by(approved=1), {"scores": REJECTED_SCORE}, Verdict.REJECT, [Reason.TOXIC, Reason.AUTHOR_NEW]),
        (by(strikes=3), {}, Verdict.HOLD, [Reason.AUTHOR_STRIKES]),
        (by("blocked"), {}, Verdict.REJECT, [Reason.AUTHOR_BLOCKED]),
        (by(approved=9), {"scores": HELD_SCORE}, Verdict.APPROVE, [Reason.AUTHOR_TRUSTED]),
        (by(approved=9), {"scores": CALM | {Attribute.TOXICITY: 0.7}}, Verdict.HOLD, [Reason.TOXIC]),
        (by(approved=9), {"scores": REJECTED_SCORE}, Verdict.REJECT, [Reason.TOXIC]),
        (by("trusted"), {"scores": REJECTED_SCORE}, Verdict.REJECT, [Reason.TOXIC]),
        (by("trusted"), {"suspect_terms": (TERM,)}, Verdict.HOLD, [Reason.SUSPECT_TERM]),
        (by("staff"), {}, Verdict.APPROVE, [Reason.AUTHOR_STAFF]),
        (by("staff"), {"scores": HELD_SCORE, "disguised": True}, Verdict.APPROVE, [Reason.AUTHOR_STAFF]),
        (by("staff"), {"scores": REJECTED_SCORE}, Verdict.HOLD, [Reason.TOXIC, Reason.AUTHOR_STAFF]),
        (by("staff"), {"repeat_of": "c-1", "recent_by_author": 99}, Verdict.APPROVE, [Reason.AUTHOR_STAFF]),
        (by("staff"), {"blocked_terms": (TERM,)}, Verdict.REJECT, [Reason.BLOCKED_TERM, Reason.AUTHOR_STAFF]),
        (
            by("staff"),
            {"classifier_failed": True, "scores": {}},
            Verdict.HOLD,
            [Reason.CLASSIFIER_FAILED, Reason.AUTHOR_STAFF],
        ),
    ],
)
def test_who_writes_changes_what_becomes_of_it(
    author: AuthorFacts | None, changes: dict[str, object], verdict: Verdict, reasons: list[Reason]
) -> None:
    judgement = judge(facts(author=author, **changes), Rules(**AUTHORS_ON))  # type: ignore[arg-type]
    said = [reason.reason for reason in judgement.reasons if reason.reason is not Reason.OFF_TOPIC_NOT_JUDGED]
    assert (judgement.verdict, said) == (verdict, reasons)


def test_a_site_may_hold_what_the_blocked_send_instead_of_rejecting_it() -> None:
    judgement = judge(facts(author=by("blocked")), Rules(blocked_authors="hold"))
    assert (judgement.verdict, judgement.reasons[0].reason) == (Verdict.HOLD, Reason.AUTHOR_BLOCKED)


@pytest.mark.parametrize(("score", "verdict"), [(0.79, "approve"), (0.8, "hold"), (0.89, "hold"), (0.9, "reject")])
def test_trust_never_raises_a_review_threshold_past_the_reject_threshold(score: float, verdict: str) -> None:
    rules = Rules(thresholds={Attribute.TOXICITY: Threshold(hold_at=0.6, reject_at=0.9)}, trust_margin=0.2)
    assert judge(facts(author=by("trusted"), scores={Attribute.TOXICITY: score}), rules).verdict == verdict
    steep = rules.model_copy(update={"trust_margin": 1.0})
    at_reject = judge(facts(author=by("trusted"), scores={Attribute.TOXICITY: 0.9}), steep)
    assert at_reject.verdict is Verdict.REJECT


def test_without_a_reject_threshold_a_certain_score_is_held_from_the_trusted_too() -> None:
    rules = Rules(thresholds={Attribute.TOXICITY: Threshold(hold_at=0.6)}, trust_margin=1.0)
    assert judge(facts(author=by("trusted"), scores={Attribute.TOXICITY: 1.0}), rules).verdict is Verdict.HOLD


def test_the_reasons_say_how_far_an_author_is_and_what_staff_were_forgiven() -> None:
    rules = Rules(**AUTHORS_ON)  # type: ignore[arg-type]
    (new,) = judge(facts(author=by(approved=1)), rules).reasons
    assert new.detail == "1 of 2 comments by this author approved so far"
    (struck,) = judge(facts(author=by(strikes=3)), rules).reasons
    assert struck.detail == "3 strikes in 30 days, held from 3"
    (staff,) = judge(facts(author=by("staff"), scores=HELD_SCORE), rules).reasons
    assert staff.detail == "written by staff; not held for: toxicity 0.55, hold from 0.50"


@pytest.mark.parametrize(
    ("score", "verdict"), [(0.39, Verdict.APPROVE), (0.4, Verdict.HOLD), (0.95, Verdict.HOLD), (1.0, Verdict.HOLD)]
)
def test_a_score_that_never_rejects_holds_from_its_languages_own_threshold(score: float, verdict: Verdict) -> None:
    rules = Rules(thresholds={Attribute.TOXICITY: Threshold(hold_at=0.3, reject_at=0.9)})
    judgement = judge(facts(scores={Attribute.TOXICITY: score}, held_from=NEVER, language="es"), rules)
    assert judgement.verdict is verdict
    says_so = any("never reject" in reason.detail for reason in judgement.reasons)
    assert says_so == (score >= 0.9)


@pytest.mark.parametrize("of", ["scores", "part_scores"])
@pytest.mark.parametrize(
    ("threshold", "at"),
    [
        (Threshold(hold_at=0.6, reject_at=0.9), 0.6),
        (Threshold(hold_at=0.2), 0.4),
        (Threshold(reject_at=0.8), 0.8),
        (Threshold(), None),
    ],
)
def test_the_higher_of_the_policys_and_the_languages_threshold_counts(
    threshold: Threshold, at: float | None, of: str
) -> None:
    rules = Rules(thresholds={Attribute.TOXICITY: threshold})
    held = [
        hundredth / 100
        for hundredth in range(101)
        if judge(facts(**{of: {Attribute.TOXICITY: hundredth / 100}}, held_from=NEVER), rules).verdict is Verdict.HOLD
    ]
    assert (held[0] if held else None) == at


def test_other_attributes_of_the_same_comment_still_reject() -> None:
    scores = {Attribute.TOXICITY: 0.99, Attribute.THREAT: 0.99}
    rules = Rules(thresholds=ROUND | {Attribute.THREAT: Threshold(hold_at=0.5, reject_at=0.9)})
    assert judge(facts(scores=scores, held_from=NEVER), rules).verdict is Verdict.REJECT


def test_trust_raises_a_threshold_that_never_rejects_no_higher_than_the_policys_rejection() -> None:
    rules = Rules(**AUTHORS_ON | {"trust_margin": 1.0})
    trusted = facts(scores={Attribute.TOXICITY: 0.9}, held_from=NEVER, author=by("trusted"))
    assert judge(trusted, rules).verdict is Verdict.HOLD
