"""A site's policy over HTTP: the rules in force, a new version, the versions before."""

from typing import Any

from sqlalchemy import select

from service.api.operation import Answer, Call, operation
from service.api.shapes import answers
from service.api.shapes.requests import HistoryQuery
from service.clock import rfc3339
from service.errors import FieldError, Invalid
from service.models import Policy
from service.moderation import audit_log
from service.moderation.audit_log import Actor
from service.moderation.policy import policies
from service.moderation.policy.policies import ActivePolicy
from service.moderation.policy.rules import Rules

TAG = "Policy"
LISTS = ("blocked_terms", "suspect_terms", "blocked_hosts")


@operation(
    "GET",
    "/v1/policy",
    summary="Ask for the policy in force",
    tag=TAG,
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
    body=Rules,
    answers={200: ("The policy now in force; the same rules again make no new version.", answers.PolicyAnswer)},
)
def put_policy(call: Call[Rules, None]) -> Answer:
    _refuse_controls(call.body)
    with call.context.database.write() as session:
        before = policies.active(session, call.site_id)
        policy = policies.activate(session, call.site_id, call.body, author=call.key.name)
        if policy.version != before.version:
            audit_log.record(
                session,
                "policy.activate",
                Actor(kind="key", id=call.key.id, name=call.key.name),
                site_id=call.site_id,
                subject_kind="policy",
                subject_id=str(policy.version),
                detail={"from": before.version, "to": policy.version},
            )
    return _answer(policy)


@operation(
    "GET",
    "/v1/policy/history",
    summary="List the versions of the policy, newest first",
    tag=TAG,
    query=HistoryQuery,
    answers={200: ("The versions.", answers.PolicyHistory)},
)
def list_policy_versions(call: Call[None, HistoryQuery]) -> Answer:
    with call.context.database.read() as session:
        rows = session.scalars(
            select(Policy).where(Policy.site_id == call.site_id).order_by(Policy.version.desc()).limit(call.query.limit)
        ).all()
    return Answer({"versions": [_version(row) for row in rows]})


def _answer(policy: ActivePolicy) -> Answer:
    body = {"version": policy.version, "rules": policy.rules.model_dump(mode="json")}
    return Answer(body, etag=f"policy.{policy.version}")


def _version(row: Policy) -> dict[str, Any]:
    return {"version": row.version, "rules": row.rules, "author": row.author, "created_at": rfc3339(row.created_at)}


def _refuse_controls(rules: Rules) -> None:
    """Refuse terms that no text can contain, and that PostgreSQL would not store."""
    named = [("#/name", rules.name)]
    listed = [(f"#/{field}/{place}", term) for field in LISTS for place, term in enumerate(getattr(rules, field))]
    errors = [
        FieldError(pointer, "invalid", "must be printable, without control characters")
        for pointer, value in (*named, *listed)
        if not value.isprintable()
    ]
    if errors:
        raise Invalid("The policy is not valid; see errors.", errors=errors[:20])
