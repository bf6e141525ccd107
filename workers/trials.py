"""Trials of a draft on a site's past comments, for a moderator who waits; they read and judge, and change nothing.

They run beside the scores in the interactive worker, one at a time in a thread of their own, and stop at their
deadline: a score that somebody waits for must not wait for thousands of comments to be judged again.
"""

import threading
import time
from typing import Any

from pydantic import TypeAdapter

from service.clock import utc_now
from service.moderation.policy import policies
from service.moderation.policy.presets import PRESETS
from service.moderation.policy.rules import Rules
from service.moderation.trials import past
from service.moderation.trials.exchange import Asked, Curve, Curves, Move, PresetsTried, Previewed, TermsTried
from service.moderation.trials.pace import OutOfTime, Pace
from service.moderation.trials.past import Past
from service.moderation.trials.preview import curve, least_threshold, outcome_of, preview
from service.moderation.trials.term_trial import try_terms
from service.vocabulary import Attribute
from workers import interactive
from workers.runtime import Runtime

WANTED_PRECISION = 0.9

_one_at_a_time = threading.Lock()


def begin(runtime: Runtime, request_id: str, /) -> threading.Thread:
    """Run the trial in a thread, once those before it have ended; return the thread."""
    thread = threading.Thread(target=_answer, args=(runtime, request_id), name="trial", daemon=True)
    thread.start()
    return thread


def _answer(runtime: Runtime, request_id: str) -> None:
    with _one_at_a_time:
        interactive.answer(runtime, runtime.queues.steady, request_id, reply_to)


def reply_to(runtime: Runtime, request: str, /) -> dict[str, Any]:
    """Return the outcome of a trial as JSON, or that its time was up."""
    asked = Asked.model_validate_json(request)
    pace = Pace(time.monotonic() + asked.seconds)
    try:
        found = _run(runtime, asked, pace)
    except OutOfTime:
        return {"error": "out_of_time"}
    return {"found": TypeAdapter(type(found)).dump_python(found, mode="json")}


def _run(runtime: Runtime, asked: Asked, pace: Pace) -> Previewed | TermsTried | Curves | PresetsTried:
    with runtime.database.read() as session:
        active = policies.active(session, asked.site_id).rules
        draft = asked.rules or active
        on_authors = active.count_on_authors or draft.count_on_authors
        drawn = past.draw_recent(session, asked.site_id, asked.days, now=utc_now(), on_authors=on_authors)
    if asked.kind == "preview":
        return _previewed(drawn, active, draft, pace, on_authors=on_authors)
    if asked.kind == "terms":
        lists = {name: tuple(try_terms(terms, drawn.cases, pace=pace)) for name, terms in asked.terms.items()}
        return TermsTried(sample=drawn.sample, lists=lists)
    if asked.kind == "presets":
        return PresetsTried(
            sample=drawn.sample,
            in_force=outcome_of(drawn.cases, active, pace=pace).verdicts,
            presets={one.name: outcome_of(drawn.cases, one.over(draft), pace=pace).verdicts for one in PRESETS},
        )
    return Curves(sample=drawn.sample, curves={name: _curve(drawn, name) for name in pace.over(Attribute)})


def _previewed(drawn: Past, active: Rules, draft: Rules, pace: Pace, *, on_authors: bool) -> Previewed:
    found = preview(drawn.cases, active, draft, pace=pace)
    return Previewed(
        sample=drawn.sample,
        on_authors=on_authors,
        before=found.before,
        after=found.after,
        moves=tuple(
            Move(
                before=before,
                after=after,
                count=count,
                examples=tuple(change.as_example for change in found.examples[before, after]),
            )
            for (before, after), count in found.moves.items()
        ),
    )


def _curve(drawn: Past, attribute: Attribute) -> Curve:
    points = curve(drawn.cases, attribute)
    return Curve(points=tuple(points), proposed=least_threshold(points, precision=WANTED_PRECISION))
