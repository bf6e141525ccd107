"""Findings: one value that is written as a record and read back the same, whatever version wrote the record."""

import json
from dataclasses import fields

import pytest

from service.api.shapes import answers
from service.moderation.judgement.findings import Findings, ListedTerm, Nearest, ScoredSpan, of_facts
from service.moderation.judgement.judgement import Facts
from service.moderation.text.terms import TermHit
from service.vocabulary import Attribute

ALL = Findings(
    terms=(ListedTerm(term="snake oil", start=3, end=12, list="suspect"),),
    spans=(ScoredSpan(start=0, end=2, attribute="insult", weight=0.25),),
    links=("a.example",),
    repeat_of="c-1",
    recent_by_author=3,
    language_supported=True,
    language_detected=False,
    disguised=True,
    has_article=True,
    classifier_failed=False,
    characters_read=40,
    unread=7,
    too_costly=True,
    length_of_words=3,
    kept_down="a legal notice",
    part_scores={"threat": 0.95},
    held_from={"toxicity": 0.3},
    relevance=Nearest(passage=None, passage_kind="parent", similarity=0.5, advert=0.01),
)


@pytest.mark.parametrize("findings", [Findings(), ALL])
def test_what_is_written_as_json_is_read_back_the_same(findings: Findings) -> None:
    assert Findings.from_record(json.loads(json.dumps(findings.as_record()))) == findings


def test_a_record_leaves_out_what_nobody_looked_for_and_keeps_that_a_passage_is_withheld() -> None:
    assert Findings().as_record() == {"terms": [], "spans": [], "links": [], "repeat_of": None}
    assert ALL.as_record()["relevance"] == {
        "passage": None, "passage_kind": "parent", "similarity": 0.5, "advert": 0.01
    }  # fmt: skip


def test_a_record_of_a_later_version_is_read_as_far_as_it_is_known() -> None:
    later = {"mood": "gloomy", "terms": [{"term": "x", "start": 0, "end": 1, "list": "blocked", "how": "exact"}]}
    assert Findings.from_record(later) == Findings(terms=(ListedTerm(term="x", start=0, end=1, list="blocked"),))


def test_every_finding_is_described_to_callers() -> None:
    assert {field.name for field in fields(Findings)} | {"language"} == set(answers.Findings.model_fields)


def test_facts_come_back_as_they_were_judged_but_for_the_terms() -> None:
    facts = Facts(
        length=80, scores={Attribute.INSULT: 0.5}, repeat_of="c-1", recent_by_author=9, links=("a.example",) * 2,
        language="en", disguised=True, has_article=False, blocked_terms=(TermHit(term="x", start=0, end=1),),
    )  # fmt: skip
    kept = Findings.from_record(of_facts(facts, characters_read=80).as_record())
    assert [(term.term, term.list) for term in kept.terms] == [("x", "blocked")]
    assert ALL.facts(length=80, scores={}, language="en").advert == 0.01
    again = kept.facts(length=80, scores=facts.scores, language="en")
    assert again == Facts(**(vars(facts) | {"blocked_terms": ()}))


def test_a_record_without_an_answer_is_read_as_nothing_unusual() -> None:
    facts = Findings().facts(length=80, scores={}, language=None)
    assert (facts.language_supported, facts.has_article, facts.classifier_failed, facts.disguised) == (
        True, True, False, False
    )  # fmt: skip
