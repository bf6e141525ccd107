"""Callbacks by API: registered, rotated, tested, replayed, and never another site's."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from service.db import Database
from service.models import Delivery, DeliveryState, Endpoint, WebhookSource
from service.queues import DELIVERY, Queues
from tests.service.api.conftest import Caller
from tests.support.comments import TEXT, classify

URL = "https://cms.example/hooks"


def register(call: Caller, **fields: object) -> dict[str, object]:
    answer = call("POST", "/v1/endpoints", json={"url": URL, **fields})
    assert answer.status_code == 201, answer.text
    assert answer.json is not None
    return answer.json


def test_a_registered_endpoint_shows_its_secret_to_its_site_alone(call: Caller, other_call: Caller) -> None:
    endpoint = register(call, events=["comment.approved"])
    assert str(endpoint["secrets"][0]).startswith("whsec_")  # type: ignore[index]
    listed = call("GET", "/v1/endpoints").json["endpoints"]
    assert [(one["id"], "secrets" in one) for one in listed] == [(endpoint["id"], False)]
    assert call("GET", f"/v1/endpoints/{endpoint['id']}").json["secrets"] == endpoint["secrets"]
    assert other_call("GET", f"/v1/endpoints/{endpoint['id']}").status_code == 404
    assert other_call("GET", "/v1/endpoints").json == {"endpoints": []}


@pytest.mark.parametrize("url", ["http://cms.example/", "https://127.0.0.1/", "https://169.254.169.254/latest"])
def test_an_address_that_callbacks_may_not_reach_is_refused(call: Caller, url: str) -> None:
    answer = call("POST", "/v1/endpoints", json={"url": url})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "#/url"


@pytest.mark.parametrize("url", ["http://localhost:3000/", "https://127.0.0.1/", "https://cms.example:9000/"])
def test_a_callback_url_that_can_never_be_delivered_to_is_refused_with_the_comment(call: Caller, url: str) -> None:
    refused = call("POST", "/v1/comments", json={"id": "c-1", "text": TEXT, "callback_url": url})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "#/callback_url")
    assert "MODERATO_CALLBACK_ALLOW_PRIVATE" in refused.json["errors"][0]["detail"]
    batch = call("POST", "/v1/comments/batch", json={"comments": [{"id": "c-1", "text": TEXT, "callback_url": url}]})
    (result,) = batch.json["results"]
    assert (result["status"], result["problem"]["errors"]) == (422, refused.json["errors"])
    assert call("GET", "/v1/comments/c-1").status_code == 404


def test_the_refusal_of_an_endpoint_names_the_setting_that_would_allow_it(call: Caller) -> None:
    for url, setting in (
        ("http://cms.example/", "MODERATO_CALLBACK_ALLOW_HTTP=true"),
        ("http://localhost:3000/", "MODERATO_CALLBACK_ALLOW_PRIVATE=127.0.0.0/8,::1/128"),
    ):
        assert setting in call("POST", "/v1/endpoints", json={"url": url}).json["detail"]


def test_what_no_key_opens_is_not_shown_and_can_be_replaced(call: Caller, database: Database) -> None:
    endpoint = register(call)
    source = call("POST", "/v1/webhook-sources", json={"name": "x", "style": "github", "preset": "moderato"}).json
    with database.write() as session:
        session.get_one(Endpoint, endpoint["id"]).secrets = ["sealed with another key"]
        session.get_one(WebhookSource, source["id"]).secrets = ["sealed with another key"]
    for path in (f"/v1/endpoints/{endpoint['id']}", f"/v1/webhook-sources/{source['id']}"):
        shown = call("GET", path)
        assert (shown.status_code, shown.json["secrets"]) == (200, [])
    assert len(call("POST", f"/v1/endpoints/{endpoint['id']}/rotate").json["secrets"]) == 1


def test_secrets_are_rotated_with_an_overlap(call: Caller) -> None:
    endpoint = register(call)
    rotated = call("POST", f"/v1/endpoints/{endpoint['id']}/rotate").json["secrets"]
    assert rotated[1:] == endpoint["secrets"]
    assert call("DELETE", f"/v1/endpoints/{endpoint['id']}/old-secrets").status_code == 204
    assert call("GET", f"/v1/endpoints/{endpoint['id']}").json["secrets"] == rotated[:1]


def test_an_endpoint_is_switched_off_and_on(call: Caller) -> None:
    path = f"/v1/endpoints/{register(call)['id']}"
    off = call("PATCH", path, json={"state": "disabled"}).json
    assert (off["state"], off["disabled_reason"]) == ("disabled", "Switched off by the site.")
    on = call("PATCH", path, json={"state": "active", "events": ["comment.held"]}).json
    assert (on["state"], on["disabled_reason"], on["events"]) == ("active", None, ["comment.held"])


def test_a_removed_endpoint_is_gone_with_its_log(call: Caller, database: Database) -> None:
    path = f"/v1/endpoints/{register(call)['id']}"
    call.send()
    classify(database)
    assert call("DELETE", path).status_code == 204
    assert call("GET", path).status_code == 404
    assert call("GET", "/v1/deliveries").json["deliveries"] == []


def test_a_test_callback_is_owed_and_the_worker_woken(call: Caller, queues: Queues) -> None:
    answer = call("POST", f"/v1/endpoints/{register(call)['id']}/test")
    assert (answer.status_code, answer.json["event"]) == (202, "endpoint.test")
    assert queues.redis.llen(f"rq:queue:{DELIVERY}") == 1
    shown = call("GET", answer.headers["Location"]).json
    assert (shown["state"], shown["log"]) == ("waiting", [])


def test_deliveries_are_listed_in_pages_and_shown_with_their_payload(call: Caller, database: Database) -> None:
    endpoint = register(call)
    for number in range(3):
        call.send(f"c{number}", f"{number} is how many times I have read this article about the old bridge by now.")
    classify(database)
    first = call("GET", f"/v1/deliveries?limit=2&endpoint_id={endpoint['id']}&state=waiting").json
    rest = call("GET", f"/v1/deliveries?limit=2&before={first['next_before']}").json
    ids = [one["id"] for one in (*first["deliveries"], *rest["deliveries"])]
    assert (len(ids), len(set(ids)), rest["next_before"]) == (3, 3, None)
    shown = call("GET", f"/v1/deliveries/{ids[0]}").json
    assert shown["payload"]["type"] == "comment.approved"
    assert "article about" not in str(shown)


def test_one_delivery_or_all_since_a_time_are_sent_again(call: Caller, database: Database) -> None:
    endpoint = register(call)
    call.send()
    classify(database)
    with database.write() as session:
        session.execute(update(Delivery).values(state=DeliveryState.FAILED, attempts=10))
    (listed,) = call("GET", "/v1/deliveries?state=failed").json["deliveries"]
    replayed = call("POST", f"/v1/deliveries/{listed['id']}/replay")
    assert (replayed.status_code, replayed.json["state"], replayed.json["attempts"]) == (202, "waiting", 0)
    with database.write() as session:
        session.execute(update(Delivery).values(state=DeliveryState.DELIVERED))
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    path = f"/v1/endpoints/{endpoint['id']}/replay"
    assert call("POST", path, json={"since": since}).json == {"replayed": 0}
    assert call("POST", path, json={"since": since, "only": "all"}).json == {"replayed": 1}


def test_an_authors_comments_are_erased_with_a_report(call: Caller, other_call: Caller) -> None:
    call.send("c1", author={"id": "u-7"})
    other_call.send("c1", author={"id": "u-7"})
    erased = call("DELETE", "/v1/authors/u-7/comments")
    assert (erased.status_code, erased.json["comments"]) == (200, 1)
    assert call("GET", "/v1/comments/c1").json["text"] == ""
    assert other_call("GET", "/v1/comments/c1").json["text"] != ""
    assert call("DELETE", "/v1/authors/u-7/comments").json["comments"] == 0
