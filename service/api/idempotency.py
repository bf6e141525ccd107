"""`Idempotency-Key`: the same key and the same request get the answer first given, for a day.

The answer is stored in the transaction that did the work, so that neither exists without the other. Refusals are
not stored: asked again, they are refused again.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.api.operation import Answer, Call
from service.errors import Conflict, Malformed
from service.models import IdempotentAnswer

Work = Callable[[Session], tuple[Answer, bool]]
HEADER = "Idempotency-Key"
MEANING = "A key of your own for this request: with the same body it gets the first answer again."


def once(call: Call[Any, Any], work: Work, /) -> tuple[Answer, bool]:
    """Do `work` in a write transaction, or repeat the answer it gave; also return whether something was changed."""
    key = call.request.headers.get(HEADER)
    if key is None:
        with call.context.database.write() as session:
            return work(session)
    if not 1 <= len(key) <= 200 or not key.isascii() or not key.isprintable():
        raise Malformed("Idempotency-Key must be 1 to 200 printable ASCII characters.")
    # Of this API key alone: a key of a public form must neither learn the answers to another one nor take its names.
    key = hashlib.sha256(f"{call.key.id}:{key}".encode()).hexdigest()
    digest = _digest(call)
    for last in (False, True):
        try:
            with call.context.database.write() as session:
                kept = session.get(IdempotentAnswer, (call.site_id, key))
                if kept is not None:
                    _check_same(kept, digest)
                    # What existed already when it was first asked for is not stored: it has the comment's text.
                    return (_repeat(kept), False) if kept.body else work(session)
                answer, changed = work(session)
                session.add(_keep(call.site_id, key, digest, answer))
                return answer, changed
        except IntegrityError:  # the same key came twice at once; now the other one's answer is there
            if last:
                raise
    raise AssertionError("unreachable")


def _check_same(kept: IdempotentAnswer, digest: str) -> None:
    if kept.request_digest != digest:
        raise Conflict("This Idempotency-Key was used with another request; use a new key for a new request.")


def _repeat(kept: IdempotentAnswer) -> Answer:
    headers = {"Idempotency-Replayed": "true"} | ({"Location": kept.location} if kept.location else {})
    return Answer(kept.body, status=kept.status, headers=headers)


def _keep(site_id: str, key: str, digest: str, answer: Answer) -> IdempotentAnswer:
    return IdempotentAnswer(
        site_id=site_id,
        key=key,
        request_digest=digest,
        status=answer.status,
        location=answer.headers.get("Location", ""),
        body=dict(answer.body) if answer.body and "text" not in answer.body else {},
    )


def _digest(call: Call[Any, Any]) -> str:
    head = f"{call.request.method} {call.request.path}\n".encode()
    return hashlib.sha256(head + call.request.get_data(cache=True)).hexdigest()
