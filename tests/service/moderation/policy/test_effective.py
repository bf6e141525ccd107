"""Which rules hold for a comment: the article's before the source's, the section's, the site's; time only tightens."""

import timeit
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from service.moderation.judgement.judgement import Facts, judge
from service.moderation.judgement.listed_terms import listed_terms
from service.moderation.policy.effective import NOWHERE, Place, effective
from service.moderation.policy.rules import Rules, Threshold
from service.vocabulary import Attribute, Reason, Verdict

NOW = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)  # a Monday
BLOG = "b" * 32
HERE = Place(source=BLOG, article="bridge", article_source=BLOG, section="Politics")
NIGHTS = {"hours": [{"days": ["mon"], "begin": "22:00", "end": "06:00"}]}
SECTION, SOURCE, ARTICLE = {"section": "politics"}, {"source": BLOG}, {"article": "bridge", "source": BLOG}
TARGETS = (SECTION, SOURCE, ARTICLE)


def rules(*overrides: dict[str, Any], **site: Any) -> Rules:
    return Rules.model_validate(site | {"overrides": list(overrides)})


def override(target: dict[str, str], when: dict[str, Any] | None = None, **named: Any) -> dict[str, Any]:
    return {"target": target, "rules": named} | ({"when": when} if when else {})


def test_the_article_comes_before_the_source_the_section_and_the_site_for_each_rule_alone() -> None:
    found = effective(
        rules(
            override(ARTICLE, link_limit=0),
            override(SECTION, link_limit=1, minimum_length=10, repeats="reject"),
            override(SOURCE, minimum_length=20, repeats="ignore", link_limit=None),
        ),
        HERE, NOW,
    ).rules  # fmt: skip
    assert (found.link_limit, found.minimum_length, found.repeats, found.maximum_length) == (0, 20, "ignore", 10_000)


@pytest.mark.parametrize("target", TARGETS)
def test_an_override_holds_for_its_target_alone(target: dict[str, str]) -> None:
    policy = rules(override(target, minimum_length=99))
    assert effective(policy, HERE, NOW).rules.minimum_length == 99
    for place in (NOWHERE, Place(article="bridge", section="Sport"), Place(source="c" * 32, article="dam")):
        assert effective(policy, place, NOW).rules.minimum_length == 50


def test_one_side_of_a_threshold_leaves_the_other_and_null_disables() -> None:
    usual = {name: {"hold_at": 0.5, "reject_at": 0.9} for name in ("insult", "threat")}
    changed = {"insult": {"hold_at": 0.1}, "threat": {"reject_at": None}}
    policy = rules(override(SECTION, thresholds=changed), thresholds=usual)
    found = effective(policy, HERE, NOW).rules.thresholds
    assert found[Attribute.INSULT] == Threshold(hold_at=0.1, reject_at=0.9)
    assert found[Attribute.THREAT] == Threshold(hold_at=0.5)
    assert found[Attribute.OBSCENE] == Rules().thresholds[Attribute.OBSCENE]


def test_what_applied_is_said_in_words() -> None:
    policy = rules(
        override(SECTION, NIGHTS, link_limit=0), override(ARTICLE, pre_moderation=True),
        override({}, {"until": "2026-12-01T00:00:00Z"}, closed=True), override({"section": "Sport"}, link_limit=9),
    )  # fmt: skip
    assert [one["text"] for one in effective(policy, HERE, NOW).as_records] == [
        f"All comments held for the article “bridge” of the source {BLOG}",
        "Comments closed for the whole site, until 1 December 2026 00:00 (UTC)",
        "Stricter rules for the section “politics”, Monday 22:00 to 06:00 (UTC)",
    ]


# One value of each rule, or "never".
NAMED = st.fixed_dictionaries(
    {},
    optional={
        "minimum_length": st.integers(0, 300), "maximum_length": st.integers(300, 20_000),
        "link_limit": st.none() | st.integers(0, 9), "flood_limit": st.none() | st.integers(1, 9),
        "repeats": st.sampled_from(["ignore", "hold", "reject"]),
        "personal_data": st.sampled_from(["ignore", "hold", "reject"]),
        "hold_newcomers": st.none() | st.integers(1, 5), "trust_after": st.none() | st.integers(5, 9),
        "trust_margin": st.sampled_from([0.0, 0.1, 0.3]), "strike_limit": st.none() | st.integers(1, 9),
        "strike_days": st.integers(1, 365), "blocked_authors": st.sampled_from(["hold", "reject"]),
        "pre_moderation": st.booleans(), "closed": st.booleans(),
        "thresholds": st.dictionaries(
            st.sampled_from([Attribute.INSULT.value, Attribute.OFF_TOPIC.value]),
            st.fixed_dictionaries({}, optional={
                "hold_at": st.none() | st.sampled_from([0.1, 0.3, 0.5]),
                "reject_at": st.none() | st.sampled_from([0.5, 0.7, 0.95]),
            }),
        ),
    },
).map(lambda named: named | {"strike_days": named.get("strike_days", 30)})  # fmt: skip
ALWAYS = st.dictionaries(st.integers(0, 2), NAMED)
TIMED = st.lists(st.tuples(st.sampled_from(({}, *TARGETS)), NAMED), min_size=1, max_size=4)
FACTS = st.builds(
    Facts,
    length=st.sampled_from([5, 60, 290, 15_000]),
    scores=st.fixed_dictionaries({
        Attribute.INSULT: st.sampled_from([0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        Attribute.OFF_TOPIC: st.sampled_from([0.0, 0.4, 0.8]),
    }),
    part_scores=st.just({}) | st.just({Attribute.INSULT: 0.9}),
    repeat_of=st.none() | st.just("c-1"),
    recent_by_author=st.integers(0, 12),
    links=st.lists(st.just("news.example"), max_size=10).map(tuple),
    author=st.none(),
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(NAMED, ALWAYS, TIMED, FACTS)
def test_time_never_loosens(
    site: dict[str, Any], always: dict[int, dict[str, Any]], timed: list[Any], facts: Facts
) -> None:
    standing = [override(TARGETS[number], **named) for number, named in always.items()]
    try:
        calm = rules(*standing, **site)
        strict = rules(*standing, *(override(target, NIGHTS, **named) for target, named in timed), **site)
    except ValidationError:
        return
    before, now = effective(calm, HERE, NOW).rules, effective(strict, HERE, NOW).rules
    assert judge(facts, now).verdict.severity >= judge(facts, before).verdict.severity
    assert Rules.model_validate(now.model_dump()) == now  # what comes out is a policy that could be saved
    day = NOW - timedelta(hours=12)
    assert (
        effective(strict, HERE, day).rules.model_dump()
        == effective(calm, HERE, day)
        .rules.model_copy(update={"overrides": effective(strict, HERE, day).rules.overrides})
        .model_dump()
    )


@settings(max_examples=30, deadline=None)
@given(TIMED, st.randoms())
def test_the_order_of_overrides_for_a_time_makes_no_difference(timed: list[Any], random: Any) -> None:
    shuffled = random.sample(timed, len(timed))
    try:
        one, other = (rules(*(override(target, NIGHTS, **named) for target, named in it)) for it in (timed, shuffled))
    except ValidationError:
        return
    assert effective(one, HERE, NOW).rules == effective(other, HERE, NOW).rules


@pytest.mark.parametrize(
    ("rule", "site", "timed", "stricter"),
    [
        ("link_limit", 3, 5, 3), ("link_limit", None, 5, 5), ("link_limit", 3, None, 3),
        ("minimum_length", 50, 20, 50), ("minimum_length", 50, 80, 80),
        ("repeats", "hold", "ignore", "hold"), ("repeats", "hold", "reject", "reject"),
        ("hold_newcomers", None, 2, 2), ("trust_after", 5, None, None), ("trust_after", None, 5, None),
        ("strike_days", 30, 7, 30), ("pre_moderation", True, False, True), ("closed", False, True, True),
    ],
)  # fmt: skip
def test_of_two_values_the_stricter_counts_at_certain_hours(rule: str, site: Any, timed: Any, stricter: Any) -> None:
    policy = rules(override({}, NIGHTS, **{rule: timed}), **{rule: site})
    assert getattr(effective(policy, HERE, NOW).rules, rule) == stricter


def test_what_is_closed_says_until_when() -> None:
    night = override(SECTION, NIGHTS, closed=True)
    until = override({}, {"until": "2026-12-01T02:00:00Z"}, closed=True)
    six = datetime(2026, 12, 1, 6, tzinfo=UTC)
    assert effective(rules(night, until), HERE, NOW).closed_until == six
    assert effective(rules(night, override(ARTICLE, closed=True)), HERE, NOW).closed_until is None
    open_article = effective(rules(override(SECTION, closed=True), override(ARTICLE, closed=False)), HERE, NOW)
    assert open_article.rules.closed is False


def test_closed_and_pre_moderation_hold_whatever_the_scores_say() -> None:
    facts = Facts(length=80, scores={Attribute.INSULT: 0.0})
    for rule, reason in (("closed", Reason.COMMENTS_CLOSED), ("pre_moderation", Reason.PRE_MODERATED)):
        judged = judge(facts, effective(rules(override(SECTION, **{rule: True})), HERE, NOW).rules)
        assert (judged.verdict, judged.reasons[0].reason) == (Verdict.HOLD, reason)


def test_lists_are_compiled_once_for_every_part_of_a_site() -> None:
    policy = rules(override(SECTION, link_limit=0), blocked_terms=["rude"])
    assert listed_terms(effective(policy, HERE, NOW).rules) is listed_terms(policy)


def test_200_overrides_cost_a_comment_no_more_than_those_that_apply() -> None:
    applying = (
        override(SECTION, link_limit=0),
        override(SECTION, NIGHTS, link_limit=1),
        override({}, NIGHTS, repeats="reject"),
    )
    others = [override({"section": f"Section {number}"}, minimum_length=number) for number in range(120)]
    others += [override({"article": f"a-{number}"}, NIGHTS, closed=True) for number in range(77)]
    few, many = rules(*applying), rules(*others, *applying)
    assert len(many.overrides) == 200
    alone, among = (min(timeit.repeat(partial(effective, it, HERE, NOW), number=100, repeat=7)) for it in (few, many))
    print(f"{alone * 1e4:.0f} µs for the three that apply, {among * 1e4:.0f} µs among 200")
    assert among < 3 * alone
