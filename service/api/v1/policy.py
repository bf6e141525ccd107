"""A site's policy over HTTP: the rules in force, a new version, the earlier versions."""

from typing import Any

from service.api.operation import Answer, Call, operation
from service.api.shapes import answers
from service.api.shapes.requests import HistoryQuery, PolicyBody
from service.clock import rfc3339
from service.models import Policy
from service.moderation.actors import of_key
from service.moderation.policy import changes, policies
from service.moderation.policy.policies import ActivePolicy
from service.vocabulary import Scope

TAG = "Policy"


@operation(
    "GET",
    "/v1/policy",
    summary="Get the policy in force",
    tag=TAG,
    scope=Scope.READ,
    answers={200: ("The policy.", answers.PolicyAnswer), 304: ("Unchanged since If-None-Match.", None)},
    headers={"If-None-Match": "The ETag you have."},
)
def get_policy(call: Call[None, None]) -> Answer:
    with call.context.database.read() as session:
        return _answer(policies.active(session, call.site_id))


@operation(
    "PUT",
    "/v1/policy",
    summary="Set the policy: a new version, in force at once",
    tag=TAG,
    scope=Scope.CONFIGURE,
    body=PolicyBody,
    answers={200: ("The policy now in force; the same rules again make no new version.", answers.PolicyAnswer)},
    problems=(409,),
)
def put_policy(call: Call[PolicyBody, None]) -> Answer:
    with call.context.database.write() as session:
        change = changes.put_in_force(
            session,
            call.site_id,
            call.body.rules(),
            actor=of_key(call.key),
            based_on=call.body.based_on,
        )
    return _answer(change.after)


@operation(
    "GET",
    "/v1/policy/history",
    summary="List the versions of the policy, newest first",
    tag=TAG,
    scope=Scope.READ,
    query=HistoryQuery,
    answers={200: ("The versions.", answers.PolicyHistory)},
)
def list_policy_versions(call: Call[None, HistoryQuery]) -> Answer:
    with call.context.database.read() as session:
        rows = policies.versions(session, call.site_id, limit=call.query.limit)
    return Answer({"versions": [_version(row) for row in rows]})


def _answer(policy: ActivePolicy) -> Answer:
    body = {"version": policy.version, "rules": policy.rules.model_dump(mode="json")}
    return Answer(body, etag=f"policy.{policy.version}")


def _version(row: Policy) -> dict[str, Any]:
    return {"version": row.version, "rules": row.rules, "author": row.author, "created_at": rfc3339(row.created_at)}
