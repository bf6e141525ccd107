"""Rules of trials in a worker: beside the scores, one at a time, to a deadline, and the same as the domain says."""

import json
from datetime import timedelta

import pytest
from pydantic import TypeAdapter

from service.clock import utc_now
from service.db import Database
from service.installation.settings import Settings
from service.models import Site
from service.moderation.policy.rules import Rules
from service.moderation.trials.exchange import Asked, Curves, Previewed, TermsTried
from service.queues import INTERACTIVE, Queues, answer_key, request_key
from service.vocabulary import Attribute, Verdict
from tests.support.classifiers import ScriptedClassifiers
from tests.support.history import History
from workers import interactive, trials
from workers.runtime import Runtime

pytestmark = pytest.mark.usefixtures("round_thresholds")

REMARK = "Remark {} on the old bridge, which the council wants to rebuild in spring."
DRAFT = Rules.model_validate({"thresholds": {"toxicity": {"hold_at": 0.3, "reject_at": 0.6}}})


@pytest.fixture
def runtime(settings: Settings, database: Database, queues: Queues, site: Site) -> Runtime:
    with database.write() as session:
        history = History(session, site)
        for number in range(10):
            moment = utc_now() - timedelta(hours=number + 1)
            history.comment(moment, scores={Attribute.TOXICITY: number / 10}, text=REMARK.format(number))
    return Runtime(settings, INTERACTIVE, database, queues, ScriptedClassifiers())


def asked(site: Site, *, kind: str, seconds: float = 10.0, **more: object) -> str:
    return Asked.model_validate(
        {"kind": kind, "site_id": site.id, "days": 7, "seconds": seconds, **more}
    ).model_dump_json()


def test_a_trial_says_the_same_on_both_sides_of_the_queue(runtime: Runtime, site: Site) -> None:
    preview = trials.reply_to(runtime, asked(site, kind="preview", rules=DRAFT.model_dump(mode="json")))
    found = TypeAdapter(Previewed).validate_python(json.loads(json.dumps(preview))["found"])
    assert (found.sample.comments, found.changed) == (10, 6)
    moves = {(move.before, move.after): move.count for move in found.moves}
    assert moves[Verdict.APPROVE, Verdict.HOLD] == 2
    assert found.moves[0].examples[0].text.startswith("Remark")
    terms = trials.reply_to(runtime, asked(site, kind="terms", terms={"blocked_terms": ["bridge"]}))
    (trial,) = TypeAdapter(TermsTried).validate_python(terms["found"]).lists["blocked_terms"]
    assert (trial.term, trial.comments) == ("bridge", 10)
    curves = TypeAdapter(Curves).validate_python(trials.reply_to(runtime, asked(site, kind="curves"))["found"])
    assert len(curves.curves[Attribute.TOXICITY].points) == 101


@pytest.mark.parametrize("kind", ["preview", "terms", "curves"])
def test_a_trial_ends_at_its_deadline(runtime: Runtime, site: Site, kind: str) -> None:
    more = {"rules": DRAFT.model_dump(mode="json"), "terms": {"blocked_terms": ["bridge"]}}
    assert trials.reply_to(runtime, asked(site, kind=kind, seconds=-1.0, **more)) == {"error": "out_of_time"}


def test_a_score_does_not_wait_for_a_trial(runtime: Runtime, site: Site) -> None:
    keyring, redis = runtime.settings.keyring, runtime.queues.steady
    redis.set(request_key("trial"), keyring.seal(asked(site, kind="curves")))
    redis.set(request_key("score"), keyring.seal(json.dumps({"text": "You did not read it."})))
    with trials._one_at_a_time:  # as while another trial runs
        waiting = trials.begin(runtime, "trial")
        interactive.answer(runtime, redis, "score")
        assert redis.llen(answer_key("score")) == 1
        assert redis.llen(answer_key("trial")) == 0
    waiting.join()
    assert redis.llen(answer_key("trial")) == 1
