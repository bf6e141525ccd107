"""Rules of the policy over HTTP."""

import pytest

from tests.service.api.conftest import LONG_ENOUGH, Caller


def test_a_site_without_a_policy_has_the_defaults_as_version_0(call: Caller) -> None:
    policy = call("GET", "/v1/policy").json
    assert policy is not None
    assert (policy["version"], policy["rules"]["minimum_length"]) == (0, 50)


def test_a_new_policy_is_in_force_at_once(call: Caller) -> None:
    answer = call("PUT", "/v1/policy", json={"name": "Brief", "minimum_length": 10})
    assert answer.json is not None
    assert (answer.status_code, answer.json["version"]) == (200, 1)
    assert call.send("c1", "Short and to the point.").status_code == 202


def test_the_same_rules_again_make_no_new_version(call: Caller) -> None:
    versions = [call("PUT", "/v1/policy", json={"minimum_length": 10}).json["version"] for _ in range(2)]  # type: ignore[index]
    assert versions == [1, 1]


def test_every_version_is_kept(call: Caller) -> None:
    for minimum in (10, 20):
        call("PUT", "/v1/policy", json={"minimum_length": minimum})
    history = call("GET", "/v1/policy/history").json
    assert history is not None
    assert [(v["version"], v["rules"]["minimum_length"], v["author"]) for v in history["versions"]] == [
        (2, 20, "cms"),
        (1, 10, "cms"),
    ]


@pytest.mark.parametrize(
    ("rules", "pointer"),
    [
        ({"minimum_length": -1}, "#/minimum_length"),
        ({"minimum_length": "50"}, "#/minimum_length"),
        ({"minimum_length": 100, "maximum_length": 50}, "#"),
        ({"thresholds": {"toxicity": {"hold_at": 1.5}}}, "#/thresholds/toxicity/hold_at"),
        ({"thresholds": {"toxicity": {"hold_at": 0.9, "reject_at": 0.5}}}, "#/thresholds/toxicity"),
        ({"thresholds": {"rudeness": {"hold_at": 0.9}}}, "#/thresholds"),
        ({"blocked_terms": ["fine", ""]}, "#/blocked_terms/1"),
        ({"blocked_terms": ["nul\u0000"]}, "#/blocked_terms/0"),
        ({"default_language": "English"}, "#/default_language"),
        ({"repeats": "forbid"}, "#/repeats"),
        ({"minimum": 50}, "#"),
    ],
)
def test_a_bad_policy_is_refused_where_it_is_bad(call: Caller, rules: dict[str, object], pointer: str) -> None:
    answer = call("PUT", "/v1/policy", json=rules)
    assert answer.json is not None
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json["errors"]]
    assert call("GET", "/v1/policy").json["version"] == 0  # type: ignore[index]


def test_a_comment_is_measured_by_its_own_sites_policy(call: Caller, other_call: Caller) -> None:
    call("PUT", "/v1/policy", json={"minimum_length": 500})
    assert call.send("c1", LONG_ENOUGH).status_code == 422
    assert other_call.send("c1", LONG_ENOUGH).status_code == 202
