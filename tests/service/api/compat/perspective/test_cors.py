"""Pages in a browser may call with credentials from the origins on their key's list, and from no other."""

from service.accounts.perspective import Terms
from tests.service.api.compat.conftest import Perspective

OURS, STRANGE = "https://gazette.example", "https://gazette.example.evil"
ALLOW = "Access-Control-Allow-Origin"


def test_only_an_origin_on_the_keys_list_reads_the_answer(perspective: Perspective) -> None:
    listed = perspective.with_terms(Terms(origins=(OURS,)))
    for client, origin, allowed in ((listed, OURS, True), (listed, STRANGE, False), (perspective, OURS, False)):
        for text in ("Thank you.", ""):  # an error is an answer too
            answer = client.post(
                "analyze",
                {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}},
                headers={"Origin": origin},
            )
            assert answer.headers.get(ALLOW) == (origin if allowed else None)
            assert answer.headers.get("Access-Control-Allow-Credentials") == ("true" if allowed else None)
            assert "Origin" in answer.headers["Vary"]


def test_a_preflight_without_a_key_passes_for_an_origin_on_some_keys_list(perspective: Perspective) -> None:
    perspective.with_terms(Terms(origins=("https://herald.example",)))
    headers = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-goog-api-key"}
    for path in ("/v1alpha1/comments:analyze", "/v1alpha1/comments:suggestscore", "/batch", "/$discovery/rest"):
        answer = perspective.client.options(path, headers=headers | {"Origin": "https://herald.example"})
        assert answer.status_code == 204
        assert answer.headers[ALLOW] == "https://herald.example"
        assert "x-goog-api-key" in answer.headers["Access-Control-Allow-Headers"]
        assert ALLOW not in perspective.client.options(path, headers=headers | {"Origin": STRANGE}).headers


def test_a_preflight_with_a_key_goes_by_its_list(perspective: Perspective) -> None:
    listed = perspective.with_terms(Terms(origins=(OURS,)))
    for key, allowed in ((listed.key, True), (perspective.key, False)):
        path = f"/v1alpha1/comments:analyze?key={key}"
        answer = perspective.client.options(path, headers={"Origin": OURS, "Access-Control-Request-Method": "POST"})
        assert (ALLOW in answer.headers) is allowed
