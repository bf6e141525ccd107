"""A hint before a comment is sent: which words may read as disrespectful, from the score at which they would be held.

It says yes or no and never a number, and nothing of the site's lists, so that little can be learnt by asking; asking
has a rate for each address. Whatever goes wrong is "nothing to say": a form never waits for a hint.
"""

from datetime import date
from functools import partial
from typing import Any

import structlog
from flask import Response, after_this_request
from sqlalchemy.exc import SQLAlchemyError

from service.api import scoring
from service.api.compat.perspective.sentences import utf16_length
from service.api.operation import Answer, Call, operation
from service.api.reader import door
from service.api.reader.shapes import HintAnswer, HintBody, ReaderComment
from service.clock import utc_now
from service.context import Context
from service.errors import TooMany, Unavailable
from service.moderation.intake import articles
from service.moderation.policy import policies
from service.moderation.policy.effective import effective
from service.moderation.policy.places import place_under
from service.moderation.policy.rules import Rules
from service.moderation.readers import hints, marks
from service.moderation.text.cleaning import clean
from service.moderation.text.length import length_up_to
from service.vocabulary import TOXICITY_ATTRIBUTES, Scope

log = structlog.get_logger()

MILLISECONDS = 600  # of scoring; the answer is there within 700


@operation(
    "POST",
    "/v1/reader/comments/hints",
    summary="Ask how a text may read before it is sent",
    tag="Readers",
    scope=Scope.SUBMIT,
    door=door.serve,
    body=HintBody,
    answers={200: ("A hint, or null.", HintAnswer)},
)
def give_hint(call: Call[HintBody, None]) -> Answer:
    found = _hint(call)
    if found is not None:
        after_this_request(partial(_count_shown, call.context, call.site_id))
    return Answer({"hint": found}, headers={"Cache-Control": "no-store"})


def count_outcome(call: Call[ReaderComment, Any], /) -> None:
    """Count what became of the hint that the comment's author was shown; one that nobody was given counts nothing.

    It counts once, on the day of the hint. Without Redis a hint may count again, up to how many were shown.
    """
    told, ours = call.body.hint, call.context
    found = marks.recent_hint(ours.settings.keyring, call.site_id, told.id) if told else None
    if told is None or found is None:
        return
    identity, day = found
    if ours.queues.is_first(f"hint:{identity}", seconds=marks.HINT_SECONDS):
        _count(ours, call.site_id, day, told.outcome)


def _hint(call: Call[HintBody, None]) -> dict[str, Any] | None:
    text = clean(call.body.text)
    try:
        door.spend(call.keeper.reader_hints, "hint", call.key)
        with call.context.database.read() as session:
            rules = policies.active(session, call.site_id).rules
            if call.body.article:
                article = articles.find(session, call.site_id, call.body.article)
                rules = effective(rules, place_under(call.body.article, article), utc_now()).rules
        if not text.strip() or length_up_to(text, rules.maximum_length) > rules.maximum_length:
            return None
        reply = scoring.ask(call.keeper, call.site_id, _asked(call, text, rules), hint_within=MILLISECONDS)
    except (TooMany, Unavailable):
        return None
    scores = reply["assessment"]["scores"]
    loud = [name for name, at in _thresholds(rules).items() if name in scores and scores[name]["value"] >= at]
    if not loud:
        return None
    # Places are of no use in a text from which something was removed.
    spans = reply.get("spans", []) if text == call.body.text else []  # a worker of the version before names none
    words = sorted((_word(text, span["start"], span["end"]) for span in spans), key=lambda word: word["start"])
    keyring = call.context.settings.keyring
    return {"id": marks.make_hint(keyring, call.site_id), "attributes": loud, "words": words}


def _asked(call: Call[HintBody, None], text: str, rules: Rules) -> dict[str, Any]:
    return {
        "text": text,
        "language": call.body.language,
        "site_language": rules.default_language,
        "maximum_length": rules.maximum_length,
        "explain_from": _thresholds(rules),
    }


def _thresholds(rules: Rules) -> dict[str, float]:
    return {
        attribute.value: threshold.hold_at
        for attribute, threshold in rules.thresholds.items()
        if threshold.hold_at is not None and attribute in TOXICITY_ATTRIBUTES
    }


def _word(text: str, start: int, end: int) -> dict[str, Any]:
    before = utf16_length(text[:start])
    return {"start": before, "end": before + utf16_length(text[start:end]), "word": text[start:end]}


def _count_shown(ours: Context, site_id: str, response: Response) -> Response:
    # On closing, after the answer has been sent: no reader waits for this write.
    response.call_on_close(partial(_count, ours, site_id, utc_now().date(), "shown"))
    return response


def _count(ours: Context, site_id: str, day: date, what: Any) -> None:
    """Count in a transaction of its own: a day's row is shared by all readers, and a comment must not wait for it."""
    try:
        with ours.database.write() as session:
            hints.add(session, site_id, day, what)
    except SQLAlchemyError as error:
        log.warning("hint_not_counted", error=type(error).__name__)
