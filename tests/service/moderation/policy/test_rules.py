"""A policy's rules are refused when they contradict themselves, and say what would be right."""

import pytest
from pydantic import ValidationError

from service.moderation.policy.rules import Rules
from service.vocabulary import Attribute


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"thresholds": {"toxicity": {"hold_at": 0.9, "reject_at": 0.5}}}, "reject_at must not be below hold_at"),
        ({"thresholds": {"toxicity": {"hold_at": 1.5}}}, "less than or equal to 1"),
        ({"thresholds": {"rudeness": {"hold_at": 0.5}}}, "'toxicity'"),
        ({"minimum_length": 200, "maximum_length": 100}, "minimum_length must not be above maximum_length"),
        ({"minimum_length": -1}, "greater than or equal to 0"),
        ({"blocked_terms": ["x" * 256]}, "at most 255 characters"),
        ({"blocked_terms": ["fine", "a bell\x07 rings"]}, "must not contain control characters; this one has U\\+0007"),
        ({"blocked_hosts": ["evil\x00.example"]}, "U\\+0000"),
        ({"name": "a\nb"}, "U\\+000A"),
        ({"blocked_terms": ["  "]}, "at least 1 character"),
        ({"default_language": "english please"}, "pattern"),
        ({"no_such_rule": 1}, "Extra inputs are not permitted"),
    ],
)
def test_a_bad_rule_is_refused_with_what_would_be_right(bad: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Rules.model_validate(bad)


def test_an_attribute_left_out_keeps_its_default_threshold() -> None:
    rules = Rules.model_validate({"thresholds": {"insult": {"hold_at": 0.1}}})
    assert rules.thresholds[Attribute.THREAT] == Rules().thresholds[Attribute.THREAT]
    assert set(rules.thresholds) == set(Attribute)


def test_rules_survive_the_way_through_json() -> None:
    rules = Rules(blocked_terms=["Straße"], link_limit=None)
    assert Rules.model_validate_json(rules.model_dump_json()) == rules
