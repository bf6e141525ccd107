"""A comment's budget grows with the site's maximum length, ends once and for all, and counts calls and tokens."""

import pytest

from workers.classifiers.budget import FEWEST, PER_CALL, TOKENS_EACH, Budget


def test_what_is_read_is_bounded_by_the_permitted_length() -> None:
    budget, tokens = Budget(longest=10_000), 0
    while budget.allows(126):
        tokens += 126 + PER_CALL
    assert TOKENS_EACH * 10_000 - 126 - PER_CALL <= tokens <= TOKENS_EACH * 10_000
    assert budget.is_spent


def test_a_call_that_is_too_large_ends_the_budget_for_smaller_ones() -> None:
    budget = Budget(longest=100)
    assert budget.has(FEWEST - PER_CALL)
    assert not budget.allows(FEWEST)
    assert not budget.has(1)
    assert not budget.allows(1)


def test_asking_takes_nothing() -> None:
    budget = Budget()
    assert all(budget.has(1_000) for _ in range(10))


def test_no_time_is_no_call() -> None:
    budget = Budget(seconds=0)
    assert not budget.is_in_time
    assert not budget.allows(1)


def test_what_comes_after_the_judgement_ends_with_what_a_comment_may_take_in_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr("time.process_time", lambda: now)
    budget = Budget(seconds=2.0)
    now = 100.25
    in_time = budget.for_seconds(0.15, of_all=0.3)
    assert in_time()
    now = 100.31
    assert not in_time()
    assert budget.is_in_time
