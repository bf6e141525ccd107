"""Overrides are refused where they cannot be obeyed, and the sentence names the override."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from service.moderation.policy.differences import as_lines, differences
from service.moderation.policy.overrides import MOST, Override
from service.moderation.policy.rules import Rules

POLITICS, BRIDGE, BLOG = {"section": "Politics"}, {"article": "bridge"}, {"source": "b" * 32}
NIGHTS = {"hours": [{"days": ["fri"], "begin": "22:00", "end": "06:00"}]}


REJECTING = {"thresholds": {"insult": {"hold_at": 0.3, "reject_at": 0.9}}}


def one(target: dict[str, str], when: dict[str, Any] | None = None, **rules: Any) -> dict[str, Any]:
    return {"target": target, "rules": rules, "when": when}


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ([one({}, minimum_length=9)], "an override for the whole site needs when"),
        ([one(POLITICS)], "names no rule"),
        ([one(POLITICS, thresholds={})], "names no rule"),
        ([one(POLITICS, blocked_terms=["x"])], "Extra inputs"),
        ([one(POLITICS, minimum_length=-1)], "greater than or equal to 0"),
        ([one(POLITICS, minimum_length=None)], "valid integer"),
        ([one(POLITICS, thresholds={"insult": {"hold_at": 0.9, "reject_at": 0.1}})], "must not be below"),
        ([one({"section": "Politics", "article": "bridge"}, link_limit=1)], "make an override for each"),
        ([one({"section": " "}, link_limit=1)], "must not be empty"),
        ([one({"article": "a\nb"}, link_limit=1)], "none of them a control character"),
        ([one({"source": "blog"}, link_limit=1)], "pattern"),
        ([one(POLITICS, NIGHTS, default_language="de")], "default_language cannot change by the hour"),
        (
            [one(POLITICS, link_limit=1), one({"section": "POLITICS"}, link_limit=2)],
            "two overrides always hold for the section “Politics”",
        ),
        (
            [one(POLITICS, minimum_length=10_000), one(BLOG, maximum_length=500)],
            "the override for the section “Politics”: minimum_length 10000 is above maximum_length 500 of the source",
        ),
        ([one(POLITICS, maximum_length=40)], "the section “Politics”: maximum_length 40 is below minimum_length 50"),
        ([one(POLITICS, NIGHTS, maximum_length=40)], "the section “Politics”: maximum_length 40 is below"),
        ([one(POLITICS, thresholds={"insult": {"hold_at": 0.95}})], "hold_at of insult 0.95 is above reject_at of in"),
        ([one(POLITICS, hold_newcomers=9, trust_after=8)], "hold_newcomers 9 is above trust_after 8"),
        ([one({"section": str(number)}, link_limit=1) for number in range(MOST + 1)], f"at most {MOST} items"),
    ],
)  # fmt: skip
def test_what_cannot_be_obeyed_is_refused_and_named(overrides: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Rules.model_validate(REJECTING | {"overrides": overrides})


@pytest.mark.parametrize(
    "overrides",
    [
        [one(POLITICS, minimum_length=0, maximum_length=40)],
        [one(POLITICS, minimum_length=5_000), one(BRIDGE, minimum_length=0, maximum_length=300)],
        [one(POLITICS, minimum_length=5_000), one({"section": "Sport"}, maximum_length=300)],
        [one(POLITICS, NIGHTS, link_limit=1), one(POLITICS, link_limit=2), one(POLITICS, NIGHTS, link_limit=0)],
        [one(POLITICS, NIGHTS, thresholds={"insult": {"hold_at": 0.95}})],  # the stricter of both counts
        [one(BRIDGE | BLOG, minimum_length=600), one({"source": "c" * 32}, maximum_length=500)],
    ],
)  # fmt: skip
def test_what_never_meets_may_differ(overrides: list[dict[str, Any]]) -> None:
    Rules.model_validate(REJECTING | {"overrides": overrides})


def test_an_unknown_time_zone_is_refused() -> None:
    for name in ("Mars/Olympus", "../etc/passwd", "Europe", ""):
        with pytest.raises(ValidationError):
            Rules.model_validate({"time_zone": name})


def test_an_override_keeps_what_it_names_and_nothing_else_on_its_way_through_json() -> None:
    given = one(POLITICS, NIGHTS, link_limit=None, thresholds={"insult": {"hold_at": 0.2}})
    read = Override.model_validate(given)
    written = json.loads(read.model_dump_json())
    assert written["rules"] == given["rules"]
    assert Override.model_validate(written) == read
    assert read != Override.model_validate(one(POLITICS, NIGHTS, thresholds={"insult": {"hold_at": 0.2}}))


def test_a_policy_that_uses_nothing_new_is_kept_as_the_version_before_wrote_it() -> None:
    assert not {"overrides", "time_zone", "closed", "pre_moderation"} & Rules().as_record().keys()
    used = Rules.model_validate({"closed": True, "overrides": [one(POLITICS, link_limit=1)]})
    assert Rules.model_validate(used.as_record()) == used
    assert used.as_record().keys() - Rules().as_record().keys() == {"overrides", "closed"}


def test_differences_name_the_override_and_what_it_changes() -> None:
    before = Rules.model_validate({"overrides": [one(POLITICS, link_limit=1), one(BLOG, repeats="reject")]})
    after = Rules.model_validate({"overrides": [one(POLITICS, link_limit=None), one(BRIDGE, pre_moderation=True)]})
    assert as_lines(differences(before, after)) == [
        "Other rules for the section “Politics”: Links allowed: 1 → Links allowed: off",
        f"Other rules for the source {'b' * 32}: Repeated comments: reject → –",
        "All comments held for the article “bridge”: – → Hold every comment: yes",
    ]
