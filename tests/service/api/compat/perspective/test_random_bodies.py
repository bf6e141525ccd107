"""A hundred bodies made from the discovery document, right and wrong: whatever a client sends, it gets an answer."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.api.compat.perspective import discovery
from tests.service.api.compat.conftest import Perspective

SCHEMAS = discovery.document()["schemas"]
NAMES = st.sampled_from(["TOXICITY", "INSULT@2", "THREAT_EXPERIMENTAL", "OFF_TOPIC", "SPAM"]) | st.text(max_size=5)
LANGUAGES = st.sampled_from(["en", "en-GB", "hi-Latn", "zz", "", "x y"])
WRONG = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.just([]) | st.just({})


def values(schema: dict[str, Any], name: str = "") -> st.SearchStrategy[Any]:
    """Return what fits the schema, and now and then what does not."""
    return st.integers(0, 19).flatmap(lambda drawn: WRONG if drawn == 0 else fitting(schema, name))


def fitting(schema: dict[str, Any], name: str) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return fitting(SCHEMAS[schema["$ref"]], name)
    if "properties" in schema:
        known = {part: values(inner, part) for part, inner in schema["properties"].items()}
        always = {part: known.pop(part) for part in ("comment", "text", "requestedAttributes") if part in known}
        return st.fixed_dictionaries(always, optional=known)
    if "additionalProperties" in schema:
        return st.dictionaries(NAMES, values(schema["additionalProperties"]), max_size=4)
    if schema["type"] == "array":
        return st.lists(values(schema["items"], name), max_size=3)
    if "enum" in schema:
        return st.sampled_from([*schema["enum"][:2], schema["enum"][-1]])
    return {
        "string": LANGUAGES if name == "languages" else st.text(max_size=60),
        "boolean": st.booleans(),
        "number": st.floats(0, 1) | st.floats(),
        "integer": st.integers(),
    }[schema["type"]]


CALLS = st.sampled_from([("analyze", "AnalyzeCommentRequest"), ("suggestscore", "SuggestCommentScoreRequest")]).flatmap(
    lambda call: st.tuples(st.just(call[0]), values({"$ref": call[1]}))
)


def test_every_body_is_answered(perspective: Perspective) -> None:
    seen: set[int] = set()

    @settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(CALLS)
    def answered(call: tuple[str, Any]) -> None:
        method, body = call
        answer = perspective.client.post(
            f"/v1alpha1/comments:{method}?key={perspective.key}", data=json.dumps(body).encode("utf-8", "surrogatepass")
        )
        assert answer.status_code in (200, 400), (body, answer.text)
        seen.add(answer.status_code)
        found = answer.get_json()
        for scores in found.get("attributeScores", {}).values():
            assert 0 < scores["summaryScore"]["value"] <= 1
            assert scores["spanScores"]
        assert ("error" in found) is (answer.status_code == 400)

    answered()
    assert seen == {200, 400}
