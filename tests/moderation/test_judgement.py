"""The policy's rules, each as a sentence; judging is pure, so no database is near."""

import pytest

from service.moderation.judgement import Facts, TermMatch, judge
from service.moderation.rules import Rules, Threshold
from service.vocabulary import Attribute, Reason, Verdict

CALM = {Attribute.TOXICITY: 0.02, Attribute.OFF_TOPIC: 0.1}
TERM = TermMatch(term="spoiler", start=3, end=10)


def facts(**changes: object) -> Facts:
    """Return the facts of a comment that nothing speaks against, with `changes`."""
    return Facts(**({"length": 80, "scores": CALM, "language": "en"} | changes))  # type: ignore[arg-type]


def test_a_comment_that_nothing_speaks_against_is_approved_without_grounds() -> None:
    judgement = judge(facts(), Rules())
    assert (judgement.verdict, judgement.grounds) == (Verdict.APPROVE, ())


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        ({"classifier_failed": True, "scores": {}}, Verdict.REVIEW, Reason.CLASSIFIER_FAILED),
        ({"scores": {}}, Verdict.REVIEW, Reason.CLASSIFIER_FAILED),
        ({"scores": {Attribute.OFF_TOPIC: 0.1}}, Verdict.REVIEW, Reason.CLASSIFIER_FAILED),
        ({"length": 49}, Verdict.REJECT, Reason.TOO_SHORT),
        ({"length": 10_001}, Verdict.REJECT, Reason.TOO_LONG),
        ({"repeat_of": "c-1"}, Verdict.REVIEW, Reason.DUPLICATE),
        ({"recent_by_author": 21}, Verdict.REVIEW, Reason.FLOOD),
        ({"blocked_terms": (TERM,)}, Verdict.REJECT, Reason.BLOCKED_TERM),
        ({"suspect_terms": (TERM,)}, Verdict.REVIEW, Reason.SUSPECT_TERM),
        ({"links": ("a.example",) * 4}, Verdict.REVIEW, Reason.TOO_MANY_LINKS),
        ({"language": "fi", "language_supported": False, "scores": {}}, Verdict.REVIEW, Reason.LANGUAGE_UNSUPPORTED),
        ({"scores": CALM | {Attribute.THREAT: 0.99}}, Verdict.REJECT, Reason.TOXIC),
        ({"disguised": True}, Verdict.REVIEW, Reason.DISGUISED),
        ({"scores": CALM | {Attribute.OFF_TOPIC: 1.0}}, Verdict.REVIEW, Reason.OFF_TOPIC),
    ],
)
def test_each_fact_alone_gives_its_verdict_and_its_reason(
    changes: dict[str, object], verdict: Verdict, reason: Reason
) -> None:
    judgement = judge(facts(**changes), Rules())
    assert (judgement.verdict, judgement.grounds[0].reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("score", "verdict"),
    [(0.39, Verdict.APPROVE), (0.4, Verdict.REVIEW), (0.79, Verdict.REVIEW), (0.8, Verdict.REJECT)],
)
def test_a_threshold_is_crossed_by_a_score_equal_to_it(score: float, verdict: Verdict) -> None:
    rules = Rules(thresholds={Attribute.INSULT: Threshold(review_at=0.4, reject_at=0.8)})
    assert judge(facts(scores=CALM | {Attribute.INSULT: score}), rules).verdict is verdict


def test_the_worst_ground_comes_first_and_equal_ones_keep_the_order_of_the_checks() -> None:
    found = facts(
        suspect_terms=(TERM,), blocked_terms=(TERM,), disguised=True, scores=CALM | {Attribute.OFF_TOPIC: 0.99}
    )
    reasons = [ground.reason for ground in judge(found, Rules()).grounds]
    assert reasons == [Reason.BLOCKED_TERM, Reason.SUSPECT_TERM, Reason.DISGUISED, Reason.OFF_TOPIC]


def test_a_missing_article_is_said_and_not_held_against_the_comment() -> None:
    judgement = judge(facts(has_article=False, scores={Attribute.TOXICITY: 0.02}), Rules())
    assert judgement.verdict is Verdict.APPROVE
    assert [ground.reason for ground in judgement.grounds] == [Reason.OFF_TOPIC_NOT_JUDGED]


def test_a_language_in_which_only_toxicity_is_known_says_that_off_topic_was_not_judged() -> None:
    (ground,) = judge(facts(language="fr", scores={Attribute.TOXICITY: 0.02}), Rules()).grounds
    assert (ground.reason, ground.verdict) == (Reason.OFF_TOPIC_NOT_JUDGED, Verdict.APPROVE)
    assert "fr" in ground.detail


def test_a_blocked_host_covers_its_subdomains_and_not_its_namesakes() -> None:
    rules = Rules(blocked_hosts=["spam.example"])
    assert judge(facts(links=("shop.spam.example",)), rules).verdict is Verdict.REJECT
    assert judge(facts(links=("notspam.example",)), rules).verdict is Verdict.APPROVE


@pytest.mark.parametrize(("setting", "verdict"), [("ignore", "approve"), ("review", "review"), ("reject", "reject")])
def test_what_a_repeat_costs_is_the_sites_choice(setting: str, verdict: str) -> None:
    assert judge(facts(repeat_of="c-1"), Rules(repeats=setting)).verdict == verdict  # type: ignore[arg-type]


def test_a_threshold_set_to_null_switches_its_attribute_off() -> None:
    rules = Rules(thresholds={Attribute.INSULT: Threshold()})
    assert judge(facts(scores=CALM | {Attribute.INSULT: 1.0}), rules).verdict is Verdict.APPROVE


def test_a_record_of_a_ground_says_score_and_threshold() -> None:
    (ground,) = judge(facts(scores=CALM | {Attribute.INSULT: 0.999}), Rules()).grounds
    record = ground.as_record()
    assert record["code"] == "toxic"
    assert record["attribute"] == "insult"
    assert record["score"] == 0.999
    assert record["threshold"] == Rules().thresholds[Attribute.INSULT].reject_at
    assert "insult 1.00" in str(record["text"])
