"""A policy applied to past comments over HTTP: begin a list, read how far it is, apply it, undo it.

The acts are those of the console. They change the verdicts of many comments, so the key needs both scopes.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from service.accounts import keys
from service.api.operation import Answer, Call, operation
from service.api.shapes.replays import ApplyPolicyReplayBody, PolicyReplayAnswer, PolicyReplayBody
from service.clock import rfc3339
from service.models import Replay
from service.moderation.actors import Actor, of_key
from service.moderation.trials import replay as replays
from service.moderation.trials.replay import Picked
from service.queues import REPLAY
from service.vocabulary import Scope

TAG = "Policy"
COUNTS = ("looked", "decided_by_people", "kinds", "picked", "moved", "left_alone", "undone", "kept")


@operation(
    "POST",
    "/v1/policy/replays",
    summary="List the past comments that the policy in force would decide otherwise",
    tag=TAG,
    scope=Scope.CONFIGURE,
    body=PolicyReplayBody,
    answers={202: ("A worker makes the list; nothing changes before it is applied.", PolicyReplayAnswer)},
    problems=(409,),
)
def start_replay(call: Call[PolicyReplayBody, None]) -> Answer:
    usual = call.context.settings.retention_days
    return _act(
        call,
        lambda session, by: replays.start(session, call.site_id, call.body.days, by=by, default_days=usual),
    )


@operation(
    "GET",
    "/v1/policy/replays/<replay_id>",
    summary="Get how far a replay has come",
    tag=TAG,
    scope=Scope.CONFIGURE,
    answers={200: ("The replay.", PolicyReplayAnswer)},
    problems=(404,),
)
def get_replay(call: Call[None, None], replay_id: str) -> Answer:
    with call.context.database.read() as session:
        return _answer(replays.require(session, call.site_id, replay_id))


@operation(
    "POST",
    "/v1/policy/replays/<replay_id>/apply",
    summary="Apply the policy to comments on the list",
    tag=TAG,
    scope=Scope.CONFIGURE,
    body=ApplyPolicyReplayBody,
    answers={202: ("A worker applies it. It can be undone.", PolicyReplayAnswer)},
    problems=(404, 409),
)
def apply_replay(call: Call[ApplyPolicyReplayBody, None], replay_id: str) -> Answer:
    body = call.body
    picked = Picked(act=body.act, kind=body.kind, comments=body.comments)
    return _act(
        call,
        lambda session, by: replays.apply(session, call.site_id, replay_id, picked, by=by, based_on=body.based_on),
    )


@operation(
    "POST",
    "/v1/policy/replays/<replay_id>/undo",
    summary="Undo a replay wherever nothing has changed since",
    tag=TAG,
    scope=Scope.CONFIGURE,
    answers={202: ("A worker undoes it.", PolicyReplayAnswer)},
    problems=(404, 409),
)
def undo_replay(call: Call[None, None], replay_id: str) -> Answer:
    return _act(call, lambda session, by: replays.undo(session, call.site_id, replay_id, by=by))


def _act(call: Call[Any, Any], act: Callable[[Session, Actor], Replay]) -> Answer:
    """Do the act for the key, and wake a worker that carries it out."""
    keys.require(call.key, Scope.MODERATE)
    with call.context.database.write() as session:
        replay = act(session, of_key(call.key))
        session.refresh(replay)
        answer = _answer(replay, 202)
    call.context.queues.wake(REPLAY)
    return answer


def _answer(replay: Replay, status: int = 200) -> Answer:
    body: dict[str, Any] = {
        "id": replay.id,
        "state": replay.state.value,
        "policy_version": replay.policy_version,
        "days": replay.days,
        "actor": replay.actor,
        "act": replay.act.value if replay.act else None,
        "created_at": rfc3339(replay.created_at),
        "applied_at": rfc3339(replay.applied_at),
        "undone_at": rfc3339(replay.undone_at),
    }
    return Answer(body | {name: getattr(replay, name) for name in COUNTS}, status=status)
