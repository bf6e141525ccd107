"""A site sees only its own: every route is tried with another site's key; a new route that is not listed here fails."""

import json
from collections.abc import Callable

import pytest
from sqlalchemy import select

from service.accounts import keys
from service.api.operation import OPERATIONS
from service.db import Database
from service.models import Comment, InboundState, InboundWebhook, Site
from service.vocabulary import Scope, Verdict
from tests.service.api.conftest import LONG_ENOUGH, Caller
from tests.service.api.v1.test_comments import decide
from tests.support.legal_notices import SAID

SECRET = "only for readers of the gazette"
ADDRESS = "https://cms.gazette.example/verdicts"
Owned = dict[str, str]  # the ids of what the first site has
Attempt = Callable[[Caller, Owned], None]


def not_found(method: str, path: str, body: object = None) -> Attempt:
    def attempt(stranger: Caller, owned: Owned) -> None:
        answer = stranger(method, path.format(**owned), **({"json": body} if body is not None else {}))
        assert answer.status_code == 404
        assert SECRET not in answer.text

    return attempt


def shows_nothing(path: str) -> Attempt:
    def attempt(stranger: Caller, owned: Owned) -> None:
        answer = stranger("GET", path.format(**owned))
        assert answer.status_code == 200
        assert SECRET not in answer.text
        assert not any(answer.get_json().values()), "every list is empty, every cursor null"

    return attempt


def makes_its_own(method: str, path: str, body: object, status: int) -> Attempt:
    """The stranger may do it, with the same ids, and gets something of its own."""

    def attempt(stranger: Caller, owned: Owned) -> None:
        answer = stranger(method, path, json=body)
        assert answer.status_code == status
        assert SECRET not in answer.text

    return attempt


def period_is_empty(stranger: Caller, _owned: Owned) -> None:
    period = stranger("GET", "/v1/stats/period").get_json()
    assert (sum(step["received"] for step in period["steps"]), period["reasons"], period["articles"]) == (0, [], [])


def stats_are_empty(stranger: Caller, _owned: Owned) -> None:
    stats = stranger("GET", "/v1/stats").get_json()
    assert stats["received"] == stats["queue"]["depth"] == stats["queue"]["held"] == 0
    assert not stats["by_reason"]


def policy_is_its_own(stranger: Caller, _owned: Owned) -> None:
    policy = stranger("GET", "/v1/policy").get_json()
    assert policy["version"] == 0
    assert SECRET not in json.dumps(policy)


def score_needs_no_record(stranger: Caller, _owned: Owned) -> None:
    # Nothing stored goes into it; without a worker it is 503 here.
    assert SECRET not in stranger("POST", "/v1/score", json={"text": LONG_ENOUGH}).text


def erases_nobody(stranger: Caller, _owned: Owned) -> None:
    answer = stranger("DELETE", "/v1/authors/u1/comments")
    assert answer.status_code == 404 or not any(answer.get_json().values()), answer.text


def says_it_of_its_own(stranger: Caller, _owned: Owned) -> None:
    answer = stranger("PUT", "/v1/authors/u1", json={"standing": "blocked", "reason": "spam"})
    assert (answer.status_code, answer.get_json()["name"]) == (200, None)
    assert SECRET not in answer.text


def a_webhook_needs_its_sources_signature(stranger: Caller, owned: Owned) -> None:
    # An API key opens nothing here, least of all another site's.
    body = {"id": "c1", "text": LONG_ENOUGH}
    assert stranger("POST", "/v1/webhooks/{source}".format(**owned), json=body).status_code in (401, 404)


def a_phase_needs_its_sources_signature(stranger: Caller, owned: Owned) -> None:
    body = {"action": "NEW", "comment": {"body": LONG_ENOUGH}, "author": {"id": "u1"}, "story": {"id": "a1"}}
    assert stranger("POST", "/v1/coral/{source}".format(**owned), json=body).status_code == 401


def a_form_shows_none_of_its_comments(stranger: Caller, owned: Owned) -> None:
    answer = stranger.client.get("/v1/reader/comments?article=a1&key={form}".format(**owned))
    assert (answer.status_code, answer.get_json()["comments"], SECRET in answer.text) == (200, [], False)


def a_form_sends_to_its_own_site(stranger: Caller, owned: Owned) -> None:
    body = {"article": {"id": "a1"}, "text": LONG_ENOUGH, "parent": "c1"}
    assert stranger.client.post("/v1/reader/comments?key={form}".format(**owned), json=body).status_code == 202
    assert stranger("GET", "/v1/comments").get_json()["comments"][0]["parent_id"] is None


def a_receipt_is_good_at_its_site_alone(stranger: Caller, owned: Owned) -> None:
    assert stranger.client.get("/v1/reader/comments/{receipt}?key={form}".format(**owned)).status_code == 404


def appeals_go_with_a_receipt_of_its_own(stranger: Caller, owned: Owned) -> None:
    path = "/v1/reader/comments/{receipt}/appeals?key={form}".format(**owned)
    assert stranger.client.post(path, json={"text": "I meant no harm by it."}).status_code == 404


def reports_its_own_comments_alone(stranger: Caller, owned: Owned) -> None:
    path = "/v1/reader/comments/c1/reports?key={form}".format(**owned)
    assert stranger.client.post(path, json={"kind": "spam"}).status_code == 404


def a_hint_needs_no_record(stranger: Caller, owned: Owned) -> None:
    answer = stranger.client.post("/v1/reader/comments/hints?key={form}".format(**owned), json={"text": LONG_ENOUGH})
    assert answer.get_json() == {"hint": None}


ENDPOINT, DELIVERY, SOURCE = "/v1/endpoints/{endpoint}", "/v1/deliveries/{delivery}", "/v1/webhook-sources/{source}"
REPLAY = "/v1/policy/replays/{replay}"

ATTEMPTS: dict[str, Attempt] = {
    "send_comment": makes_its_own("POST", "/v1/comments", {"id": "c1", "text": LONG_ENOUGH}, 202),
    "get_comment": not_found("GET", "/v1/comments/c1"),
    "edit_comment": not_found("PUT", "/v1/comments/c1", {"text": LONG_ENOUGH}),
    "erase_comment": not_found("DELETE", "/v1/comments/c1"),
    "list_comments": shows_nothing("/v1/comments"),
    "send_batch": makes_its_own(
        "POST", "/v1/comments/batch", {"comments": [{"id": "c1", "text": LONG_ENOUGH, "parent_id": "c1"}]}, 200
    ),
    "decide_comment": not_found("POST", "/v1/comments/c1/decisions", {"verdict": "approve", "expected_version": 2}),
    "put_article": makes_its_own("PUT", "/v1/articles/a1", {"title": "Another"}, 201),
    "get_article": not_found("GET", "/v1/articles/a1"),
    "get_policy": policy_is_its_own,
    "put_policy": makes_its_own("PUT", "/v1/policy", {"minimum_length": 10}, 200),
    "list_policy_versions": shows_nothing("/v1/policy/history"),
    "start_replay": makes_its_own("POST", "/v1/policy/replays", {"days": 7}, 202),
    "get_replay": not_found("GET", REPLAY),
    "apply_replay": not_found("POST", f"{REPLAY}/apply", {"act": "apply", "based_on": 1}),
    "undo_replay": not_found("POST", f"{REPLAY}/undo"),
    "score_text": score_needs_no_record,
    "get_stats": stats_are_empty,
    "get_period_stats": period_is_empty,
    "lodge_appeal": not_found("POST", "/v1/comments/c1/appeals", {"text": "I meant no harm by it."}),
    "list_appeals": not_found("GET", "/v1/comments/c1/appeals"),
    "send_legal_notice": makes_its_own("POST", "/v1/legal-notices", SAID | {"location": "c1"}, 201),
    "get_legal_notice": not_found("GET", "/v1/legal-notices/{legal_notice}"),
    "report_comment": not_found("POST", "/v1/comments/c1/reports", {"kind": "spam", "reporter": {"id": "u2"}}),
    "list_reports": not_found("GET", "/v1/comments/c1/reports"),
    "report_published_comment": reports_its_own_comments_alone,
    "erase_author": erases_nobody,
    "get_author": not_found("GET", "/v1/authors/u1"),
    "put_author": says_it_of_its_own,
    "list_endpoints": shows_nothing("/v1/endpoints"),
    "register_endpoint": makes_its_own("POST", "/v1/endpoints", {"url": ADDRESS}, 201),
    "get_endpoint": not_found("GET", ENDPOINT),
    "change_endpoint": not_found("PATCH", ENDPOINT, {"description": "mine"}),
    "remove_endpoint": not_found("DELETE", ENDPOINT),
    "rotate_endpoint_secret": not_found("POST", f"{ENDPOINT}/rotate"),
    "end_endpoint_rotation": not_found("DELETE", f"{ENDPOINT}/old-secrets"),
    "test_endpoint": not_found("POST", f"{ENDPOINT}/test"),
    "replay_deliveries": not_found("POST", f"{ENDPOINT}/replay", {"since": "2020-01-01T00:00:00Z"}),
    "list_deliveries": shows_nothing("/v1/deliveries"),
    "get_delivery": not_found("GET", DELIVERY),
    "replay_delivery": not_found("POST", f"{DELIVERY}/replay"),
    "list_published_comments": a_form_shows_none_of_its_comments,
    "send_readers_comment": a_form_sends_to_its_own_site,
    "follow_readers_comment": a_receipt_is_good_at_its_site_alone,
    "appeal_for_readers_comment": appeals_go_with_a_receipt_of_its_own,
    "give_hint": a_hint_needs_no_record,
    "take_webhook": a_webhook_needs_its_sources_signature,
    "moderate_for_coral": a_phase_needs_its_sources_signature,
    "list_webhook_sources": shows_nothing("/v1/webhook-sources"),
    "add_webhook_source": makes_its_own(
        "POST", "/v1/webhook-sources", {"name": "CMS", "style": "standard", "preset": "moderato"}, 201
    ),
    "get_webhook_source": not_found("GET", SOURCE),
    "change_webhook_source": not_found("PATCH", SOURCE, {"enabled": False}),
    "remove_webhook_source": not_found("DELETE", SOURCE),
    "list_dead_letters": not_found("GET", f"{SOURCE}/dead-letters"),
    "replay_dead_letter": not_found("POST", f"{SOURCE}/dead-letters/{{letter}}/replay"),
    "try_dead_letter": not_found("POST", f"{SOURCE}/dead-letters/{{letter}}/try", {"preset": "moderato"}),
}


def test_every_route_is_tried() -> None:
    assert {declared.name for declared in OPERATIONS} == set(ATTEMPTS), "list the new route in ATTEMPTS"


@pytest.mark.parametrize("name", ATTEMPTS)
def test_another_sites_key_reaches_nothing(
    call: Caller, other_call: Caller, database: Database, site: Site, other_site: Site, name: str
) -> None:
    call("PUT", "/v1/articles/a1", json={"title": SECRET, "body": SECRET})
    call("PUT", "/v1/policy", json={"suspect_terms": [SECRET], "name": SECRET})
    text = f"{LONG_ENOUGH} {SECRET}"
    call.send("c1", text, article_id="a1", author={"id": "u1", "name": SECRET})
    decide(database, Verdict.HOLD)
    call("PUT", "/v1/authors/u1", json={"standing": "trusted", "reason": SECRET})
    owned = have_webhooks(call, database) | have_forms(call, database, site, other_site)
    before = everything(call, owned)
    ATTEMPTS[name](other_call, owned)
    assert everything(call, owned) == before


def have_webhooks(call: Caller, database: Database) -> Owned:
    """Give the site an endpoint with a delivery, a source with a dead letter, and a replay; return their ids."""
    endpoint = call("POST", "/v1/endpoints", json={"url": ADDRESS, "description": SECRET}).get_json()["id"]
    delivery = call("POST", f"/v1/endpoints/{endpoint}/test").get_json()["id"]
    added = call("POST", "/v1/webhook-sources", json={"name": SECRET, "style": "standard", "preset": "moderato"})
    source = added.get_json()["id"]
    with database.write() as session:
        letter = InboundWebhook(source_id=source, mark="0" * 64, state=InboundState.DEAD, body=SECRET)
        session.add(letter)
    legal_notice = call("POST", "/v1/legal-notices", json=SAID | {"explanation": SECRET}).get_json()["id"]
    replay = call("POST", "/v1/policy/replays", json={"days": 7}).get_json()["id"]
    made = {"endpoint": endpoint, "delivery": delivery, "source": source, "replay": replay}
    return made | {"letter": letter.id, "legal_notice": legal_notice}


def have_forms(call: Caller, database: Database, site: Site, other_site: Site) -> Owned:
    """Send a comment by a form of the site; return its receipt, and the key of the stranger's own form."""
    with database.write() as session:
        ours, theirs = (keys.create(session, one.id, "form", scopes=(Scope.SUBMIT,)) for one in (site, other_site))
    body = {"article": {"id": "a1"}, "text": f"{LONG_ENOUGH} {SECRET}"}
    sent = call.client.post(f"/v1/reader/comments?key={ours}", json=body).get_json()
    return {"receipt": sent["receipt"], "form": theirs}


def everything(call: Caller, owned: Owned) -> list[str]:
    """Return what the site sees of its own."""
    named = ("/v1/comments/c1", "/v1/articles/a1", "/v1/policy", "/v1/authors/u1")
    paths = (*named, ENDPOINT, DELIVERY, SOURCE, f"{SOURCE}/dead-letters", REPLAY)
    answers = [call("GET", path.format(**owned)) for path in paths]
    assert all(answer.status_code == 200 for answer in answers)
    return [answer.text for answer in answers]


def test_lists_filtered_by_anothers_ids_are_empty(call: Caller, other_call: Caller) -> None:
    call("PUT", "/v1/articles/a1", json={"title": SECRET})
    call.send("c1", article_id="a1", author={"id": "u1"})
    for query in ("article_id=a1", "author_id=u1", "status=pending", "since=2020-01-01T00:00:00Z"):
        assert len(call("GET", f"/v1/comments?{query}").get_json()["comments"]) == 1
        assert other_call("GET", f"/v1/comments?{query}").get_json()["comments"] == []


def test_anothers_cursor_leads_to_ones_own_comments_only(call: Caller, other_call: Caller) -> None:
    for number in range(3):
        call.send(f"c{number}", f"{LONG_ENOUGH} {number}")
    cursor = call("GET", "/v1/comments?limit=1").get_json()["next_cursor"]
    assert other_call("GET", f"/v1/comments?limit=1&cursor={cursor}").get_json()["comments"] == []


def test_a_parent_of_another_site_is_not_linked(call: Caller, other_call: Caller, database: Database) -> None:
    call.send("c1", f"{LONG_ENOUGH} {SECRET}")
    other_call.send("c2", parent_id="c1")
    reply = other_call("GET", "/v1/comments/c2").get_json()
    assert reply["parent_id"] == "c1"
    with database.read() as session:
        assert session.scalar(select(Comment.parent_id).where(Comment.external_id == "c2")) is None
