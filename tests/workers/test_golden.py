"""Comments that were once judged wrongly, and the verdict that the shipped models and a new site's policy must give.

`golden.jsonl` has one comment a line: `text`, or `pieces` that are repeated and joined; what differs from the default
rules; the article, where there is one; the verdict, one of its `reason`s and what it is `named` by in the review queue.
`known` says by which figure a comment is judged wrongly today.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from service.moderation.intake.articles import ArticleSubmission
from service.moderation.judgement.ranking import names
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from service.vocabulary import Verdict
from tests.support.flow import Flow
from workers.classifiers import facade
from workers.classifiers.facade import LoadedClassifiers

GOLDEN = [json.loads(line) for line in Path(__file__).with_name("golden.jsonl").read_text("utf-8").splitlines()]
DECIDES = {"approved": Verdict.APPROVE, "held": Verdict.HOLD, "rejected": Verdict.REJECT}


@pytest.fixture(scope="module")
def shipped() -> LoadedClassifiers:
    return facade.load()


def case(line: dict[str, Any]) -> Any:
    marks = [pytest.mark.xfail(strict=True, reason=f"known: {line['known']}")] if "known" in line else []
    return pytest.param(line, id=line["kind"], marks=marks)


@pytest.mark.parametrize("line", [case(line) for line in GOLDEN])
def test_a_comment_gets_the_verdict_that_it_should(
    line: dict[str, Any], flow: Flow, shipped: LoadedClassifiers
) -> None:
    flow.runtime.classifiers = shipped
    if "rules" in line:
        with flow.database.write() as session:
            policies.activate(session, flow.site.id, Rules.model_validate(line["rules"]), author="lead")
    text = line.get("text") or "".join(piece * times for piece, times in line["pieces"])
    article = ArticleSubmission(id="a-1", **line["article"]) if "article" in line else None
    comment_id = flow.accept("c-1", text, refuse_length=False, article=article)
    flow.drain()
    (decision,) = flow.decisions(comment_id)
    reasons = decision.reasons
    assert DECIDES[flow.comment(comment_id).status] is Verdict(line["verdict"]), reasons
    if "reason" in line:
        assert line["reason"] in {one["code"] for one in reasons if one["verdict"] == line["verdict"]}
    if "named" in line:
        assert names(reasons)[0] == line["named"], reasons
