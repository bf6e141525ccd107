"""Every place of every route where somebody can put a value, found in the service itself, so that a new one is tried.

Addresses come from the URL map, bodies and parameters of the API from its description, forms from the console's pages
and from the names that its views read.
"""

import copy
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from service.api import openapi
from service.moderation.webhooks.field_maps import FieldMap
from service.moderation.webhooks.presets import PRESETS
from tests.support.nasty_values import TEXTS, TOKENS, WORST, WORST_TOKENS, as_bytes, percent

READS = re.compile(r"""(?:form|args|values)(?:\.get|\.getlist)?[\(\[]\s*["'](\w+)["']""")
HERE = "@@here@@"
Body = bytes | None


@dataclass(frozen=True)
class Attempt:
    """A request with one nasty value in it."""

    method: str
    path: str  # with its query
    body: Body = None
    content_type: str | None = None
    headers: Mapping[str, str] | None = None

    def __str__(self) -> str:
        body = f" {self.body[:200]!r}" if self.body is not None else ""
        return f"{self.method} {self.path[:300]}{body} {dict(self.headers or {})}"


@dataclass(frozen=True)
class Place:
    """A place where a value goes: which route's, which field's, how to send one, and which are worth sending."""

    route: str
    field: str
    attempt: Callable[[str], Attempt]
    worst: tuple[str, ...] = WORST
    values: tuple[str, ...] = TEXTS

    def value(self, number: int) -> str:
        """Return one of the values, every second time one of the worst."""
        among, at = (self.values, number // 2) if number % 2 else (self.worst, number // 2)
        return among[at % len(among)]


@dataclass(frozen=True)
class Form:
    """A form of a page, as somebody would send it without touching it."""

    method: str
    action: str
    fields: tuple[tuple[str, str], ...]


def addresses(app: Flask, names: Mapping[str, str]) -> Iterator[Place]:
    """Yield each variable part of each address there is; `names` has real values for the other parts."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for name in sorted(rule.arguments):
                at = _filled(rule, names | {name: HERE})
                yield Place(
                    _named(method, rule), f"<{name}>",
                    lambda value, at=at, method=method: Attempt(method, at.replace(HERE, percent(value) or "%20")),
                )  # fmt: skip


def of_the_api(names: Mapping[str, str]) -> Iterator[Place]:
    """Yield each parameter, header and field of a body that the API's description has."""
    described = openapi.document()
    for template, methods in described["paths"].items():
        path = re.sub(r"{(\w+)}", lambda found: names.get(found[1], "c1"), template)
        for method, operation in methods.items():
            route = f"{method.upper()} {template}"
            for parameter in operation.get("parameters", ()):
                name = parameter["name"]
                if parameter["in"] == "query":
                    yield Place(route, f"?{name}", _query(method, path, name))
                elif parameter["in"] == "header":
                    yield Place(route, name, _header(method, path, name))
            if "requestBody" in operation:
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                base = _example(schema, described)
                yield Place(route, "body", _json(method, path, HERE), WORST_TOKENS, TOKENS)
                for place, body in _with_one_replaced(schema, base, described):
                    yield Place(route, place, _json(method, path, body), WORST_TOKENS, TOKENS)


def of_readers_form() -> Iterator[Place]:
    """Yield each field of the form that a page without JavaScript sends."""
    fields = {"article": "bridge", "text": "The council has voted to rebuild the bridge, and I am glad of it."}
    for name in (*fields, "article_title", "article_url", "author", "parent", "website", "language", "back"):
        yield Place("POST /v1/reader/comments", f"form: {name}", _form("/v1/reader/comments", fields, name))


def webhooks(address: str, headers: Mapping[str, str]) -> Iterator[Place]:
    """Yield each field of a genuine webhook that the map reads, of the source at `address`, and its whole body."""
    yield Place("POST /v1/webhooks/{source_id}", "body", _json("post", address, HERE, headers), WORST_TOKENS, TOKENS)
    for preset, field_map in PRESETS.items():
        for path in _paths(field_map):
            body: dict[str, Any] = {}
            for other in _paths(field_map):
                _put(body, other, HERE if other == path else "1")
            if field_map.action and path != field_map.action.path and isinstance(field_map.action.path, str):
                _put(body, field_map.action.path, (field_map.action.submit or [""])[0])
            yield Place(
                "POST /v1/webhooks/{source_id}",
                f"{preset}: {path}",
                _json("post", address, body, headers),
                WORST_TOKENS,
                TOKENS,
            )


def of_the_console(app: Flask, forms: list[Form], names: Mapping[str, str]) -> Iterator[Place]:
    """Yield each field of each form of the console's pages, and each name that a view's module reads."""
    adapter, known = app.url_map.bind("localhost"), {}
    for form in forms:
        try:
            endpoint, _ = adapter.match(form.action.partition("?")[0], method=form.method)
        except HTTPException:  # sent by a script, to somewhere else
            continue
        known.setdefault((endpoint, form.method), form)
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("console.") or rule.endpoint == "console.static":
            continue
        source = inspect.getsource(sys.modules[inspect.unwrap(app.view_functions[rule.endpoint]).__module__])
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            form = known.get((rule.endpoint, method))
            fields = dict(form.fields) if form else {}
            for name in sorted({*fields, *READS.findall(source)}):
                path = form.action.partition("?")[0] if form else _filled(rule, names)
                make = _query("get", path, name) if method == "GET" else _form(path, fields, name)
                yield Place(_named(method, rule), name, make)


class Forms(HTMLParser):
    """Reads the forms of a page."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._address = address
        self._form: tuple[str, list[str], list[tuple[str, str]]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = (said.get("method", "get").upper(), [said.get("action") or self._address], [])
        elif self._form and said.get("formaction"):
            self._form[1].append(said["formaction"])
        elif self._form and said.get("name", "csrf_token") != "csrf_token":
            ticked = said.get("type") not in ("checkbox", "radio") or "checked" in said
            self._form[2].append((said["name"], said.get("value", "" if ticked else "on")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._form:
            method, actions, fields = self._form
            self.found += [Form(method, action.partition("#")[0], tuple(fields)) for action in actions]
            self._form = None


def _filled(rule: Rule, names: Mapping[str, str]) -> str:
    return re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda found: names.get(found[1], "1"), rule.rule)


def _named(method: str, rule: Rule) -> str:
    return f"{method} {rule.rule}"


def _query(method: str, path: str, name: str) -> Callable[[str], Attempt]:
    return lambda value: Attempt(method.upper(), f"{path}?{name}={percent(value)}")


def _header(method: str, path: str, name: str) -> Callable[[str], Attempt]:
    # A server passes on what Latin-1 can spell, without line ends.
    def attempt(value: str) -> Attempt:
        sent = as_bytes(value).decode("latin-1").translate({10: " ", 13: " ", 0: " "})[:4_000]
        return Attempt(method.upper(), path, headers={name: sent})

    return attempt


def _json(method: str, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Callable[[str], Attempt]:
    spelled = json.dumps(body)

    def attempt(token: str) -> Attempt:
        sent = spelled.replace(json.dumps(HERE), token).encode()
        return Attempt(method.upper(), path, sent, "application/json", headers)

    return attempt


def _form(path: str, fields: Mapping[str, str], name: str) -> Callable[[str], Attempt]:
    def attempt(value: str) -> Attempt:
        pairs = [f"{other}={percent(given)}" for other, given in fields.items() if other != name]
        body = "&".join([*pairs, f"{name}={percent(value)}"]).encode()
        return Attempt("POST", path, body, "application/x-www-form-urlencoded")

    return attempt


def _paths(field_map: FieldMap) -> list[str]:
    told = field_map.model_dump(exclude={"html", "action", "only"}, exclude_none=True)
    found = [path for paths in told.values() for path in ([paths] if isinstance(paths, str) else paths)]
    found += [field_map.action.path] if field_map.action and isinstance(field_map.action.path, str) else []
    return [path for path in dict.fromkeys(found) if not path.startswith("@")]


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    *above, last = re.sub(r"\[\d+\]", "", path).split(".")
    for name in above:
        inner = body.setdefault(name, {})
        body = inner if isinstance(inner, dict) else {}
    if not isinstance(body.get(last), dict):
        body[last] = value


def _resolved(schema: dict[str, Any], described: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    for option in schema.get("anyOf", ()):
        if option.get("type") != "null":
            return _resolved(option, described)
    return schema


def _example(schema: dict[str, Any], described: dict[str, Any]) -> Any:
    schema = _resolved(schema, described)
    if schema.get("examples"):
        return copy.deepcopy(schema["examples"][0])
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object" or "properties" in schema:
        needed = schema.get("required", ())
        return {name: _example(schema["properties"][name], described) for name in needed}
    if schema.get("type") == "array":
        return [_example(schema["items"], described)] if schema.get("items") else []
    return {"integer": 1, "number": 1, "boolean": True}.get(str(schema.get("type")), "2026-01-01T00:00:00Z")


def _with_one_replaced(schema: dict[str, Any], base: Any, described: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    schema = _resolved(schema, described)
    if schema.get("type") == "array" and schema.get("items"):
        first = base[0] if isinstance(base, list) and base else _example(schema["items"], described)
        yield "[0]", [HERE]
        for place, inner in _with_one_replaced(schema["items"], first, described):
            yield f"[0]/{place}", [inner]
    for name, inner in schema.get("properties", {}).items():
        around = base if isinstance(base, dict) else {}
        yield name, {**around, name: HERE}
        for place, value in _with_one_replaced(inner, around.get(name), described):
            yield f"{name}/{place}", {**around, name: value}
