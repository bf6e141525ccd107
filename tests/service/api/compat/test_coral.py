"""Rules of Coral's external moderation phase: signed, judged by the site's policy, answered in Coral's words."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from service.accounts.keys import KeyCache
from service.models import Comment, InboundWebhook
from service.models.stored_ids import in_space
from service.moderation.actors import of_key
from service.moderation.authors import standing
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules, Threshold
from service.vocabulary import Attribute, Standing
from tests.service.api.compat.conftest import Perspective

RUDE = "You stupid idiot, you pathetic worthless moron, shut up and get lost now."
KIND = "Thank you for this thoughtful article about our bridge and its cables."
FAR = "Their rye bread is the best in the whole country, I queue for it each week."
SECRET, OTHER = "a secret that Coral has made", "the next secret that Coral makes"
PLACE = "https://news.example/bridge"


REJECTING = {Attribute.TOXICITY: Threshold(hold_at=0.3, reject_at=0.9)}


@pytest.fixture(scope="module")
def source(perspective: Perspective) -> dict[str, Any]:
    """The site's source for Coral's phase, as the API tells of it."""
    return add_source(perspective, style="coral")


@pytest.fixture
def site_rules(perspective: Perspective) -> Iterator[Any]:
    """Put rules in force for one test."""

    def put(rules: Rules) -> None:
        with perspective.database.write() as session:
            policies.activate(session, perspective.site.id, rules, author="ada")

    yield put
    put(Rules())


def add_source(service: Perspective, **fields: Any) -> dict[str, Any]:
    body = {"name": "Coral", "preset": "coral", "secret": SECRET} | fields
    answer = service.client.post("/v1/webhook-sources", json=body, headers=bearer(service))
    assert answer.status_code == 201, answer.text
    return dict(answer.get_json())


def bearer(service: Perspective) -> dict[str, str]:
    return {"Authorization": f"Bearer {service.key}"}


def request(text: str, **fields: Any) -> dict[str, Any]:
    return {
        "action": "NEW",
        "comment": {"body": text, "parentID": None},
        "author": {"id": "u-7", "role": "COMMENTER"},
        "story": {"id": "s-1", "url": "https://news.example/elsewhere"},
        "site": {"id": "x"},
        "tenantID": "t",
        "tenantDomain": "news.example",
    } | fields


def signed(body: bytes, *secrets: str) -> dict[str, str]:
    each = (hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets)
    return {"X-Coral-Signature": ",".join(f"sha256={one}" for one in each), "Content-Type": "application/json"}


def ask(service: Perspective, source: dict[str, Any], text: str, **fields: Any) -> TestResponse:
    body = json.dumps(request(text, **fields), indent=2).encode()
    return service.client.post(source["address"], data=body, headers=signed(body, SECRET))


def test_the_source_tells_the_address_of_the_phase(source: dict[str, Any]) -> None:
    assert source["address"] == f"/v1/coral/{source['id']}"


@pytest.mark.parametrize("action", ["NEW", "EDIT"])
def test_a_rejection_has_a_status_a_flag_and_a_reason(
    perspective: Perspective, source: dict[str, Any], site_rules: Any, action: str
) -> None:
    site_rules(Rules(thresholds=REJECTING))
    answer = ask(perspective, source, RUDE, action=action)
    assert answer.status_code == 200
    body = answer.get_json()
    assert body["status"] == body["moderationAction"]["status"] == "REJECTED"
    assert body["actions"] == [{"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"}]
    why = body["moderationAction"]["rejectionReason"]
    assert why["code"] == "ABUSIVE"
    assert why["detailedExplanation"].endswith(".")


def test_what_the_policy_approves_gets_no_opinion(perspective: Perspective, source: dict[str, Any]) -> None:
    answer = ask(perspective, source, KIND)
    assert (answer.status_code, answer.data) == (204, b"")


def test_what_the_policy_holds_waits_for_a_moderator(
    perspective: Perspective, source: dict[str, Any], site_rules: Any
) -> None:
    site_rules(Rules(suspect_terms=["cables"], link_limit=0))
    assert ask(perspective, source, KIND).get_json() == {"status": "PREMOD"}
    linked = ask(perspective, source, f"{KIND} See https://spam.example/x").get_json()
    assert linked["actions"] == [{"actionType": "FLAG", "reason": "COMMENT_DETECTED_SPAM"}]
    site_rules(Rules())
    reached = f"{KIND} Write to ruth.miller@news.example."  # every check of the policy, not only those of toxicity
    assert ask(perspective, source, reached).get_json() == {"status": "PREMOD"}
    foreign = "კომიტეტმა ახალი ხიდის აშენება გადაწყვიტა და ეს ძალიან კარგი გადაწყვეტილებაა."
    assert ask(perspective, source, foreign).get_json() == {"status": "PREMOD"}


@pytest.mark.parametrize(
    ("rules", "text", "code"),
    [
        (Rules(blocked_terms=["cables"]), KIND, "BANNED_WORD"),
        (Rules(blocked_hosts=["spam.example"]), f"{KIND} https://spam.example/x", "SPAM"),
        (Rules(), "Too short.", "OTHER"),
    ],
)
def test_each_rejection_has_its_code_and_no_listed_term(
    perspective: Perspective, source: dict[str, Any], site_rules: Any, rules: Rules, text: str, code: str
) -> None:
    site_rules(rules)
    body = ask(perspective, source, text).get_json()
    why = body["moderationAction"]["rejectionReason"]
    assert (body["status"], why["code"]) == ("REJECTED", code)
    assert ("customReason" in why) is (code == "OTHER")
    assert "cables" not in json.dumps(body)


def test_the_story_is_the_article_that_the_site_has_at_its_address_or_under_its_id(
    perspective: Perspective, source: dict[str, Any], site_rules: Any
) -> None:
    body = "Rust was found in the steel cables of the bridge. The council will close it for two months."
    article = {"title": "Council closes Harbour Bridge for repairs", "body": body, "url": PLACE}
    put = perspective.client.put("/v1/articles/bridge", json=article, headers=bearer(perspective))
    assert put.status_code in (200, 201)
    site_rules(Rules(thresholds={Attribute.OFF_TOPIC: Threshold(hold_at=0.5)}))
    assert ask(perspective, source, FAR).status_code == 204  # a story that the site has not sent
    for story in (
        {"id": "s-1", "url": f"{PLACE}/?utm_source=mail#comments"},
        {"id": "bridge", "url": "https://news.example/moved"},
    ):
        held = ask(perspective, source, FAR, story=story)
        assert held.get_json() == {"status": "PREMOD"}, story
        assert ask(perspective, source, KIND, story=story).status_code == 204


def test_what_the_team_has_said_about_the_author_counts(
    perspective: Perspective, source: dict[str, Any], site_rules: Any
) -> None:
    site_rules(Rules(hold_newcomers=3, strike_limit=1, trust_after=5, thresholds=REJECTING))
    assert ask(perspective, source, KIND).status_code == 204  # nothing stored says how many were approved
    key = KeyCache(perspective.database).verify(perspective.key)
    assert key is not None
    with perspective.database.write() as session:
        by = of_key(key)
        standing.set_to(
            session, perspective.site.id, in_space(source["id"], "u-8"), Standing.BLOCKED, reason="threats", by=by
        )
        standing.set_to(session, perspective.site.id, in_space(source["id"], "u-9"), Standing.STAFF, by=by)
    blocked = ask(perspective, source, KIND, author={"id": "u-8", "role": "COMMENTER"}).get_json()
    assert blocked["moderationAction"]["rejectionReason"]["code"] == "OTHER"
    assert ask(perspective, source, KIND, author={"id": "u-9", "role": "COMMENTER"}).get_json() == {"tags": ["STAFF"]}
    for role, status, tags in (
        ("MODERATOR", "PREMOD", ["STAFF"]),
        ("MEMBER", "REJECTED", None),
        ("COMMENTER", "REJECTED", None),
    ):
        opinion = ask(perspective, source, RUDE, author={"id": "u-7", "role": role}).get_json()
        assert (opinion["status"], opinion.get("tags")) == (status, tags), role


def test_html_is_judged_as_readers_see_it_and_text_is_not_taken_for_html(
    perspective: Perspective, source: dict[str, Any], site_rules: Any
) -> None:
    site_rules(Rules(thresholds=REJECTING))
    html = f"<div>{KIND}</div><div>You are a stu<b>pid idi</b>ot, shut up.</div>"
    assert ask(perspective, source, html).get_json()["status"] in ("REJECTED", "PREMOD")
    assert ask(perspective, source, f"<div>{KIND}</div>").status_code == 204
    assert ask(perspective, source, f"<{RUDE}>").get_json()["status"] == "REJECTED"


def test_nothing_of_a_question_is_stored(perspective: Perspective, source: dict[str, Any]) -> None:
    ask(perspective, source, KIND)
    ask(perspective, source, RUDE)
    with perspective.database.read() as session:
        assert [session.scalar(select(func.count()).select_from(one)) for one in (Comment, InboundWebhook)] == [0, 0]


def test_only_the_raw_bytes_with_the_sources_signature_are_judged(
    perspective: Perspective, source: dict[str, Any]
) -> None:
    body = json.dumps(request(RUDE), indent=2).encode()
    for headers in (
        {},
        signed(body, "another secret of this length"),
        signed(json.dumps(request(RUDE)).encode(), SECRET),  # the same JSON in other bytes
        {"X-Coral-Signature": "sha256="},
        bearer(perspective),
    ):
        assert perspective.client.post(source["address"], data=body, headers=headers).status_code == 401
    other = perspective.client.post(f"/v1/coral/{'0' * 32}", data=body, headers=signed(body, SECRET))
    assert other.status_code == 401


def test_a_source_that_signs_nothing_is_not_corals(perspective: Perspective) -> None:
    source = add_source(perspective, style="token", token_header="X-Token", preset="moderato")
    body = json.dumps(request(RUDE)).encode()
    headers = {"X-Token": SECRET, "Content-Type": "application/json"}
    assert perspective.client.post(f"/v1/coral/{source['id']}", data=body, headers=headers).status_code == 401


def test_during_a_rotation_either_secret_signs(perspective: Perspective) -> None:
    source, body = add_source(perspective, style="coral"), json.dumps(request(KIND), indent=2).encode()
    one = f"/v1/webhook-sources/{source['id']}"
    changed = perspective.client.patch(one, json={"secret": OTHER}, headers=bearer(perspective))
    assert changed.status_code == 200
    for secrets in ((SECRET,), (OTHER,), ("unknown to us", OTHER), (SECRET, OTHER)):
        answer = perspective.client.post(source["address"], data=body, headers=signed(body, *secrets))
        assert answer.status_code == 204, secrets


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"action": "NEW"}', json.dumps(request(KIND, action="DELETE")).encode()]
)
def test_a_signed_body_that_is_not_a_question_is_refused(
    perspective: Perspective, source: dict[str, Any], body: bytes
) -> None:
    answer = perspective.client.post(source["address"], data=body, headers=signed(body, SECRET))
    assert answer.status_code in (400, 422)
