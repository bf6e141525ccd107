"""Up to 100 comments in one request, each accepted or refused by itself.

The body is read loosely, then every comment by the rules for a single one; every comment is stored under a savepoint
of its own, all in one transaction, so that a hundred comments cost one commit and one wake-up.
"""

import json
from typing import Any

from sqlalchemy.orm import Session

from service.api import bodies, idempotency, problems
from service.api.operation import Answer, Call, operation
from service.api.shapes import answers
from service.api.shapes.requests import BatchBody, CommentBody
from service.api.v1.comments import refuse_forms, submission_of
from service.errors import Malformed, Problem
from service.moderation.decisions import record
from service.moderation.intake import intake
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from service.vocabulary import Scope


@operation(
    "POST",
    "/v1/comments/batch",
    summary="Send up to 100 comments",
    tag="Comments",
    scope=Scope.SUBMIT,
    body=BatchBody,
    answers={200: ("What became of each.", answers.BatchAnswer)},
    problems=(409, 503),
    headers={idempotency.HEADER: idempotency.MEANING},
)
def send_batch(call: Call[BatchBody, None]) -> Answer:
    refuse_forms(call.key)
    call.keeper.limits.spend(call.key.id, len(call.body.comments) - 1)  # the request itself has been counted
    call.keeper.refuse_backlog(call.site_id)

    def work(session: Session) -> tuple[Answer, bool]:
        rules = policies.active(session, call.site_id).rules
        results = [_accept(session, call, given, rules) for given in call.body.comments]
        accepted = sum(result["comment"] is not None for result in results)
        body = {"results": results, "accepted": accepted, "refused": len(results) - accepted}
        return Answer(body), any(result["status"] == 202 for result in results)

    answer, changed = idempotency.once(call, work)
    if changed:
        call.context.queues.wake()
    return answer


def _accept(session: Session, call: Call[BatchBody, None], given: Any, rules: Rules) -> dict[str, Any]:
    try:
        body = _read(given)
        with session.begin_nested():
            submission = submission_of(session, call.key, body, allowed=call.context.settings.callback_allowances)
            accepted = intake.accept(session, call.site_id, submission, rules)
    except Problem as problem:
        return {"status": problem.status, "comment": None, "problem": problems.as_object(problem)}
    if Scope.READ not in call.key.scopes:
        return {"status": 202, "comment": record.first_receipt(accepted.comment), "problem": None}
    return {
        "status": 202 if accepted.changed else 200,
        "comment": record.receipt(accepted.comment),
        "problem": None,
    }


def _read(given: Any) -> CommentBody:
    # Once more through JSON: only there does pydantic read times and enums strictly (docs/adr/0003).
    try:
        return bodies.parse(json.dumps(given).encode(), CommentBody)
    except RecursionError:
        raise Malformed("The comment is nested too deeply.") from None
