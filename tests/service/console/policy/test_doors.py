"""The API and the console accept the same policies: what one door takes, the other takes unchanged."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from service.api.shapes.requests import PolicyBody
from service.console.policy import form as policy_form
from service.moderation.policy.rules import Rules
from service.moderation.text.terms import TermList

TERMS = st.lists(st.text(max_size=12), max_size=4)


def by_api(rules: dict[str, object]) -> Rules | None:
    try:
        return PolicyBody.model_validate_json(json.dumps(rules), strict=True).rules()
    except ValidationError:
        return None


def by_console(rules: Rules | None = None, **changes: str) -> Rules | None:
    return policy_form.read(policy_form.fields_of(rules or Rules()) | changes).rules


@given(term=st.text(min_size=1, max_size=8).filter(lambda term: term.strip() and len(term.splitlines()) == 1))
@settings(max_examples=300, deadline=None)
def test_a_term_is_accepted_by_both_doors_or_by_neither(term: str) -> None:
    for field in ("blocked_terms", "suspect_terms", "blocked_hosts"):
        sent = term.strip()
        assert by_api({field: [sent]}) == by_console(**{field: sent})


@pytest.mark.parametrize("term", ["zero\u200dwidth", "no\u00a0break", "👩‍🔬", "می‌خواهم", "ʼn", "x" * 255, "$"])
def test_terms_that_one_door_refused_before_pass_both(term: str) -> None:
    assert by_api({"blocked_terms": [term]}) == by_console(blocked_terms=term) == Rules(blocked_terms=[term])


@pytest.mark.parametrize("term", ["\u200b\u200b", "x" * 256, "a\u2028b", "a\x00b", "", "\u2069"])
def test_terms_that_no_text_could_contain_pass_neither(term: str) -> None:
    assert by_api({"blocked_terms": [term]}) is None
    if term.splitlines() == [term]:
        assert by_console(blocked_terms=term) is None


@given(terms=TERMS, hosts=TERMS, hold=st.floats(0, 1), margin=st.floats(0, 1))
@settings(max_examples=300, deadline=None)
def test_what_the_api_accepts_comes_back_unchanged_from_the_untouched_form(
    terms: list[str], hosts: list[str], hold: float, margin: float
) -> None:
    sent = {
        "blocked_terms": terms,
        "blocked_hosts": hosts,
        "trust_margin": margin,
        "thresholds": {"insult": {"hold_at": hold}},
    }
    rules = by_api(sent)
    if rules is not None:
        assert by_console(rules) == rules
        TermList.compile(rules.blocked_terms)  # else no comment of the site could be classified
