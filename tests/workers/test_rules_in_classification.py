"""What the rules in force change of classification: length, lists, shadows and plans."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.clock import utc_now
from service.models import Assessment, ShadowJudgement
from service.moderation.policy import policies, schedule
from service.moderation.policy.rules import Rules
from service.moderation.text.terms import TermList
from service.moderation.trials import shadow
from service.vocabulary import CommentStatus, Reason, Verdict
from tests.support.actors import LEA
from tests.support.flow import TEXT, Flow
from workers import upkeep


def test_nothing_reads_what_its_length_already_rejects(flow: Flow) -> None:
    classifiers = flow.scripted()
    with flow.database.write() as session:
        policies.activate(session, flow.site.id, Rules(maximum_length=100, blocked_terms=["street"]), author="lead")
    ids = [
        flow.accept("c-1", TEXT + " Really so." * 3, refuse_length=False),
        flow.accept("c-2", "." * 90, refuse_length=False),
    ]
    flow.drain()
    assert classifiers.seen == []
    codes = [[reason["code"] for reason in flow.decisions(one)[0].reasons] for one in ids]
    assert codes == [[Reason.TOO_LONG], [Reason.TOO_SHORT]]


def test_a_shadow_that_permits_the_length_has_the_comment_read(flow: Flow) -> None:
    classifiers = flow.scripted()
    with flow.database.write() as session:
        policies.activate(session, flow.site.id, Rules(maximum_length=60), author="lead")
        shadow.start(session, flow.site.id, Rules(), author="lead")
    flow.accept("c-1", refuse_length=False)
    flow.drain()
    assert len(classifiers.seen) == 1


def test_lists_are_compiled_once_and_searched_outside_of_write_transactions(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled, writing, searched = [], [0], []
    compile_, find, write = TermList.compile, TermList.find, flow.database.write

    @contextmanager
    def watched() -> Iterator[Session]:
        with write() as session:
            writing[0] += 1
            yield session
            writing[0] -= 1

    def search(self: TermList, text: str, **how: Any) -> Any:
        searched.append(writing[0])
        return find(self, text, **how)

    def compile_once(terms: Iterable[str], **how: Any) -> TermList:
        compiled.append(terms)
        return compile_(terms, **how)

    with write() as session:
        policies.activate(
            session, flow.site.id, Rules(blocked_terms=["badger"], suspect_terms=["otter"]), author="lead"
        )
        shadow.start(session, flow.site.id, Rules(suspect_terms=["market street"]), author="lead")
    ids = [flow.accept(f"c-{number}", f"{TEXT} Number {number}.") for number in range(3)]
    monkeypatch.setattr(flow.database, "write", watched)
    monkeypatch.setattr(TermList, "find", search)
    monkeypatch.setattr(TermList, "compile", compile_once)
    flow.drain()
    assert all(flow.comment(one).status is CommentStatus.APPROVED for one in ids)
    assert len(compiled) == 4  # blocked and suspect, of the policy and of the shadow
    assert set(searched) == {0}
    assert len(searched) == 12


def test_words_are_explained_only_for_comments_that_crossed_a_threshold(flow: Flow) -> None:
    classifiers = flow.scripted(script=lambda subject: 0.999 if "idiot" in subject.text else 0.01)
    flow.accept("c-1")
    flow.accept("c-2", "What an idiot, nobody in his right mind would ever have signed this contract.")
    flow.drain()
    assert len(classifiers.explained) == 1
    assert "idiot" in classifiers.explained[0]


def test_a_shadow_policy_is_recorded_beside_the_verdict_and_changes_nothing(flow: Flow) -> None:
    with flow.database.write() as session:
        shadow.start(session, flow.site.id, Rules(suspect_terms=["market street"]), author="lead")
    comment_id = flow.accept("c-1")
    flow.drain()
    assert flow.comment(comment_id).status is CommentStatus.APPROVED
    with flow.database.read() as session:
        judged = session.scalars(select(ShadowJudgement)).one()
    assert (judged.comment_id, judged.verdict, judged.active_verdict) == (comment_id, Verdict.HOLD, Verdict.APPROVE)


def test_upkeep_puts_a_planned_policy_in_force_when_its_time_has_come(flow: Flow) -> None:
    with flow.database.write() as session:
        rules, soon = Rules(minimum_length=7), utc_now() - timedelta(seconds=5)
        schedule.plan(session, flow.site.id, rules, at=soon, actor=LEA)
    upkeep.once(flow.runtime)
    with flow.database.read() as session:
        assert policies.active(session, flow.site.id).rules.minimum_length == 7


def test_personal_data_is_held_and_shown_and_a_policy_can_reject_or_ignore_it(flow: Flow) -> None:
    outcomes = {}
    for choice in ("hold", "reject", "ignore"):
        with flow.database.write() as session:
            policies.activate(session, flow.site.id, Rules(personal_data=choice), author="lead")
        outcomes[choice] = flow.accept(f"c-{choice}", f"{TEXT} Tell {choice} to jane.doe@mail.example, I say.")
        flow.drain()
    statuses = [flow.comment(outcomes[choice]).status for choice in ("hold", "reject", "ignore")]
    assert statuses == [CommentStatus.HELD, CommentStatus.REJECTED, CommentStatus.APPROVED]
    with flow.database.read() as session:
        found = session.scalars(select(Assessment).where(Assessment.comment_id == outcomes["hold"])).one().findings
    (one,) = found["personal_data"]
    assert (one["kind"], flow.comment(outcomes["hold"]).text[one["start"] : one["end"]]) == (
        "e-mail address",
        "jane.doe@mail.example",
    )
