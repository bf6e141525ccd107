"""Every sentence that the policy stores for a reason has a template, so that the console can say it in any language."""

from typing import Any

import pytest

from service.moderation.judgement import reason_texts
from service.moderation.judgement.author_treatment import AuthorFacts
from service.moderation.judgement.judgement import Facts, judge
from service.moderation.judgement.reason_texts import TEMPLATES
from service.moderation.policy.rules import Rules
from service.moderation.text.personal_data import Kind, PersonalData
from service.moderation.text.terms import TermHit
from service.sentences import Template, read_back
from service.vocabulary import REASON_WORDS, Attribute, Standing

CALM = {Attribute.TOXICITY: 0.02, Attribute.OFF_TOPIC: 0.1}
TERMS = tuple(TermHit(term=term, start=0, end=1) for term in ("a", "100 %", "%(terms)s", "x and 7 more"))
RUDE = CALM | {Attribute.SEVERE_TOXICITY: 0.95, Attribute.OFF_TOPIC: 0.9}
RULES = Rules(
    thresholds={"severe_toxicity": {"hold_at": 0.4, "reject_at": 0.9}, "insult": {"hold_at": 0.5}},  # type: ignore[dict-item]
    blocked_hosts=["spam.example"], hold_newcomers=2, trust_after=3, strike_limit=1, flood_limit=3,
)  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"unread": 1}, {"length": 3}, {"length": 20_000}, {"length_of_words": 4}, {"repeat_of": "a, 5 characters"},
        {"recent_by_author": 9}, {"blocked_terms": TERMS}, {"suspect_terms": TERMS[:1]},
        {"links": ("spam.example",) * 5},
        {"personal_data": (PersonalData(0, 9, Kind.CARD), PersonalData(9, 12, Kind.EMAIL))},
        {"language_supported": False}, {"language_supported": False, "scores": {}},
        {"language_supported": False, "scores": {}, "language": None}, {"scores": {}}, {"scores": RUDE},
        {"scores": RUDE, "held_from": {Attribute.SEVERE_TOXICITY: 0.6}}, {"scores": RUDE, "advert": 0.9},
        {"part_scores": CALM | {Attribute.THREAT: 0.95}}, {"has_article": False},
        {"scores": {Attribute.TOXICITY: 0.1}}, {"scores": {Attribute.TOXICITY: 0.1}, "language": None},
        {"author": None}, {"author": AuthorFacts(approved=1)}, {"author": AuthorFacts(approved=9, strikes=1)},
        {"author": AuthorFacts(approved=9), "scores": CALM | {Attribute.INSULT: 0.6}},
        {"author": AuthorFacts(standing=Standing.STAFF)},
        {"author": AuthorFacts(standing=Standing.STAFF), "scores": RUDE, "recent_by_author": 9},
        {"author": AuthorFacts(standing=Standing.STAFF), "scores": CALM | {Attribute.INSULT: 0.6}},
    ],
)  # fmt: skip
def test_what_a_judgement_says_is_read_back_to_its_template_and_values(changes: dict[str, Any]) -> None:
    known = {"length": 80, "scores": CALM, "language": "fr", "author": AuthorFacts(approved=9)}
    for reason in judge(Facts(**(known | changes)), RULES).reasons:
        text = reason.as_record()["text"]
        if text == REASON_WORDS[reason.reason]:
            continue
        found = read_back(text, TEMPLATES.get(reason.reason, ()))
        assert found is not None, text
        template, values = found
        assert template % values == text


def test_every_template_is_read_back_for_some_reason() -> None:
    made = {value.text for value in vars(reason_texts).values() if isinstance(value, Template)}
    read = {template.text for templates in TEMPLATES.values() for template in templates}
    assert made - read == {"scores in this language never reject"}  # a part of what staff are forgiven


def test_a_reason_counts_one_thing_as_one() -> None:
    rules = Rules(link_limit=0)
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"links": ("a.example",)}, "1 link, 0 allowed"),
        ({"links": ("a.example", "b.example")}, "2 links, 0 allowed"),
        ({"unread": 1}, "1 character was not read"),
        ({"unread": 2}, "2 characters were not read"),
    )
    for change, detail in cases:
        facts = Facts(length=80, scores=CALM, language="en", **change)
        assert detail in [reason.detail for reason in judge(facts, rules).reasons]
