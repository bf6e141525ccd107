"""The description of the API in OpenAPI 3.1, made from the declared operations; `openapi.json` in the repository is
this.

`python -m service.api` prints it. A test compares the two, so that a change of the contract is seen in
review.
"""

import hashlib
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from service.api.operation import OPERATIONS, PARAMETER, Operation, problem_statuses, problems_by_status
from service.api.shapes import answers, sent
from service.api.shapes.fields import ID_SCHEMA
from service.errors import KeyTooStrong, OriginRefused
from service.version import VERSION

DESCRIPTION = """\
Send readers' comments, get verdicts. A comment is stored at once (202) and judged within a moment: toxicity, whether it
is about the article, length, repeats, lists and links, by the policy of your site.

Every key belongs to one site and sees nothing of another. It has scopes (`submit`, `score`, `read`, `moderate`,
`configure`, `erase`); each operation says which one it needs. Errors are problem+json (RFC 9457) and never repeat what
was sent. Offsets count code points. Your ids have 1 to 512 characters, none of them a control character. They come back
unchanged; percent-encode them in an address (`a/b` as `a%2Fb`).
"""
TAGS = {
    "Comments": "Send, edit, erase, follow and decide.",
    "Readers": "What a form on a page asks for, with a key that may only submit and has the page's origin on its list.",
    "Legal notices": "Somebody says that a comment is illegal; a lead decides.",
    "Authors": "What is known of them, and whom the site trusts, exempts or blocks.",
    "Articles": "What comments are about.",
    "Policy": "What turns scores and facts into a verdict.",
    "Scores": "Scores at once, without storing anything.",
    "Figures": "What a dashboard shows.",
    "Health": "For load balancers and supervisors; no key needed.",
    "Callbacks": "Where verdicts are sent, what was sent, and sending it again.",
    "Webhooks": "Comments that a CMS sends by webhook, under its own signature.",
}
OUR_ID_SCHEMA = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[^\s/\\]+$"}
RATE_HEADERS = {
    "RateLimit-Limit": "Requests that the key may make in a minute.",
    "RateLimit-Remaining": "What is left of them.",
    "RateLimit-Reset": "Seconds until the next minute begins.",
}


def document() -> dict[str, Any]:
    """Return the description as a JSON object."""
    schemas = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for declared in OPERATIONS:
        path = PARAMETER.sub(r"{\1}", declared.path)
        paths.setdefault(path, {})[declared.method.lower()] = _operation(declared, schemas)
    paths |= _health()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Moderato",
            "version": VERSION,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This server"}],
        "security": [{"key": []}],
        "tags": [{"name": name, "description": meaning} for name, meaning in TAGS.items()],
        "paths": dict(sorted(paths.items())),
        "webhooks": sent.webhooks(schemas.request(sent.Callback)),
        "components": {
            "schemas": dict(sorted(schemas.components.items())),
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "cm_live_...",
                    "description": "An API key of the site, as `Authorization: Bearer <key>`.",
                },
                "form": {
                    "type": "apiKey",
                    "in": "query",
                    "name": "key",
                    "description": "A key with the scope `submit` alone, in the address: every reader sees it.",
                },
            },
            "headers": {
                name: {"description": meaning, "schema": {"type": "integer"}} for name, meaning in RATE_HEADERS.items()
            },
        },
    }


def digest(content: bytes, /) -> str:
    """Return an entity tag for content that changes with a release only."""
    return hashlib.sha256(content).hexdigest()[:32]


class _Schemas:
    def __init__(self, requests: list[type[BaseModel]], responses: list[type[BaseModel]]) -> None:
        wanted = [(kind, "validation") for kind in requests] + [(kind, "serialization") for kind in responses]
        self.refs, defined = models_json_schema(
            wanted,  # type: ignore[arg-type]
            ref_template="#/components/schemas/{model}",
        )
        self.components: dict[str, Any] = defined.get("$defs", {})

    def request(self, kind: type[BaseModel]) -> dict[str, Any]:
        return self.refs[kind, "validation"]

    def response(self, kind: type[BaseModel]) -> dict[str, Any]:
        return self.refs[kind, "serialization"]


def _schemas() -> _Schemas:
    requests = [declared.body for declared in OPERATIONS if declared.body]
    responses = [kind for declared in OPERATIONS for _, kind in declared.answers.values() if kind]
    found = _Schemas(
        list(dict.fromkeys([*requests, sent.Callback])), list(dict.fromkeys([*responses, answers.Problem]))
    )
    # Each comment of a batch is accepted or refused on its own, so its shape is described here.
    found.components["BatchBody"]["properties"]["comments"]["items"] = {"$ref": "#/components/schemas/CommentBody"}
    return found


def _operation(declared: Operation, schemas: _Schemas) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": declared.name,
        "summary": declared.summary,
        "description": _needs(declared),
        "tags": [declared.tag],
        "parameters": _parameters(declared, schemas),
        "responses": _responses(declared, schemas),
    }
    if declared.body:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas.request(declared.body)}},
        }
    if declared.scope:
        described["security"] = [{"key": [declared.scope.value]}]
    if declared.door:
        described["security"].insert(0, {"form": []})
    if declared.signed:
        described["security"] = []
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": {}}}}
    return described


def _needs(declared: Operation) -> str:
    if declared.scope is None:
        return "Needs no key."
    alone = " alone, and for a page the page's origin on the key's list" if declared.door else ""
    return f"Needs the scope `{declared.scope}`{alone}."


def _parameters(declared: Operation, schemas: _Schemas) -> list[dict[str, Any]]:
    in_path = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": dict(ID_SCHEMA if name in declared.publisher_ids else OUR_ID_SCHEMA),
        }
        for name in declared.parameters
    ]
    in_header = [
        {"name": name, "in": "header", "required": False, "description": meaning, "schema": {"type": "string"}}
        for name, meaning in declared.headers.items()
    ]
    return in_path + _query_parameters(declared, schemas) + in_header


def _query_parameters(declared: Operation, schemas: _Schemas) -> list[dict[str, Any]]:
    if declared.query is None:
        return []
    schema = declared.query.model_json_schema(ref_template="#/components/schemas/{model}")
    # What an answer or a body has too is referred to, so that clients have one type for both.
    defined = {name: shape for name, shape in schema.get("$defs", {}).items() if name not in schemas.components}
    found = []
    for name, field in schema["properties"].items():
        field = _without_null(_inlined(field, defined))
        description = field.pop("description", None)
        parameter = {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": field}
        found.append(parameter | ({"description": description} if description else {}))
    return found


def _inlined(schema: Any, defined: dict[str, Any]) -> Any:
    if isinstance(schema, dict):
        if (name := schema.get("$ref", "").rsplit("/", 1)[-1]) in defined:
            return _inlined(defined[name], defined)
        return {name: _inlined(value, defined) for name, value in schema.items()}
    return [_inlined(value, defined) for value in schema] if isinstance(schema, list) else schema


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    # A query string has no null: leaving the parameter out is what None means.
    if "anyOf" in schema:
        (kept,) = [option for option in schema["anyOf"] if option != {"type": "null"}]
        schema = {name: value for name, value in schema.items() if name not in ("anyOf", "default")} | kept
    return {name: value for name, value in schema.items() if name != "title"}


def _responses(declared: Operation, schemas: _Schemas) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status, (description, kind) in declared.answers.items():
        headers: dict[str, Any] = {name: {"$ref": f"#/components/headers/{name}"} for name in RATE_HEADERS}
        if status == 202:
            headers["Location"] = {"description": "Where to follow it.", "schema": {"type": "string"}}
            headers["Retry-After"] = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
        if "If-None-Match" in declared.headers:
            headers["ETag"] = {"description": "Changes with the answer.", "schema": {"type": "string"}}
        content = {"content": {"application/json": {"schema": schemas.response(kind)}}} if kind else {}
        found[str(status)] = {"description": description, "headers": headers, **content}
    titles = problems_by_status()
    for status in problem_statuses(declared):
        kinds = {kind for kind in titles.get(status, []) if declared.door or kind not in (OriginRefused, KeyTooStrong)}
        meaning = "; ".join(sorted({kind.title for kind in kinds})) or HTTPStatus(status).phrase
        found[str(status)] = {
            "description": meaning,
            "content": {"application/problem+json": {"schema": schemas.response(answers.Problem)}},
        }
    return dict(sorted(found.items()))


def _health() -> dict[str, Any]:
    def probe(name: str, summary: str, statuses: dict[str, str], properties: dict[str, Any]) -> dict[str, Any]:
        schema = {"type": "object", "properties": properties, "required": list(properties)}
        content = {"application/json": {"schema": schema}}
        responses = {status: {"description": meaning, "content": content} for status, meaning in statuses.items()}
        described = {
            "operationId": name,
            "summary": summary,
            "tags": ["Health"],
            "security": [],
            "responses": responses,
        }
        return {"get": described}

    status = {"type": "string"}
    checks = {"type": "object", "additionalProperties": {"type": "string"}}
    return {
        "/healthz": probe("alive", "Whether the process answers", {"200": "It does."}, {"status": status}),
        "/readyz": probe(
            "ready",
            "Whether it can do its work",
            {"200": "It can; degraded: without Redis.", "503": "The database is away or not migrated."},
            {"status": status, "checks": checks},
        ),
    }
