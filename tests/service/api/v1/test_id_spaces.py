"""Equal ids of two sources over HTTP: each answer says whose it is, and an id that several have must be named."""

from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from sqlalchemy import select

from service.db import Database
from service.models import Comment, Delivery
from service.moderation.callbacks import payloads
from tests.service.api.conftest import LONG_ENOUGH, Caller
from tests.service.api.v1.connections.test_webhooks import add, created, post


def at(path: str, source: str) -> str:
    return f"{path}?{urlencode({'source': source})}"


def test_each_route_takes_the_id_of_the_source_it_names(call: Caller, client: FlaskClient, database: Database) -> None:
    call("POST", "/v1/endpoints", json={"url": "https://cms.example/hooks"})
    forum, blog = add(call, name="Forum"), add(call, name="Blog")
    for number, source in enumerate((forum, blog)):
        said: dict[str, Any] = {"article_id": "9", "author": {"id": "3"}, "article": {"title": source["name"]}}
        post(client, source, created(f"{LONG_ENOUGH} {number}", **said), f"msg_{number}")
    several = call("GET", "/v1/comments/c1")
    assert (several.status_code, forum["id"] in several.json["detail"]) == (409, True)
    for source in (forum, blog):
        comment = call("GET", at("/v1/comments/c1", source["id"])).json
        assert (comment["id"], comment["source"], comment["author"]["id"]) == ("c1", source["id"], "3")
        article = call("GET", at("/v1/articles/9", source["id"])).json
        assert (article["id"], article["source"], article["title"]) == ("9", source["id"], source["name"])
    assert call("GET", at("/v1/comments/c1", "api")).status_code == 404
    assert call("GET", at("/v1/comments/c1", "f" * 32)).status_code == 404
    assert call("GET", at("/v1/comments/c1", "no id")).status_code == 400

    block = {"standing": "blocked", "reason": "Adverts"}
    author = call("PUT", at("/v1/authors/3", forum["id"]), json=block).json
    assert (author["id"], author["source"], author["standing"]["standing"]) == ("3", forum["id"], "blocked")
    assert call("GET", at("/v1/authors/3", blog["id"])).json["standing"] is None

    edited = call("PUT", at("/v1/comments/c1", blog["id"]), json={"text": f"{LONG_ENOUGH} edited"})
    assert edited.headers["Location"] == f"/v1/comments/c1?source={blog['id']}"
    listed = call("GET", f"/v1/comments?{urlencode({'author_id': '3', 'source': blog['id']})}").json["comments"]
    assert [(one["source"], one["revision"]) for one in listed] == [(blog["id"], 2)]

    sent = call("POST", "/v1/comments", json={"id": "c1", "text": LONG_ENOUGH, "article_id": "9"})
    assert (sent.status_code, sent.json["source"]) == (202, None)
    assert call("GET", "/v1/comments/c1").json["text"] == LONG_ENOUGH, "the API's own comes first"
    assert call("PUT", "/v1/articles/9", json={"title": "The bridge"}).json["source"] is None

    erased = call("DELETE", at("/v1/authors/3/comments", forum["id"])).json
    assert (erased["source"], erased["comments"]) == (forum["id"], 1)
    assert call("GET", at("/v1/comments/c1", blog["id"])).json["erased_at"] is None
    assert call("DELETE", at("/v1/comments/c1", blog["id"])).json["source"] == blog["id"]
    assert call("GET", "/v1/comments/c1").json["erased_at"] is None
    with database.read() as session:
        told = [
            payloads.payload(session, one)["data"] for one in session.scalars(select(Delivery).order_by(Delivery.id))
        ]
        assert len(session.scalars(select(Comment)).all()) == 3
    assert {(one["comment_id"], one["source"]) for one in told} == {("c1", forum["id"]), ("c1", blog["id"])}


def test_a_source_says_whose_authors_it_has_and_a_removed_one_keeps_its_comments(
    call: Caller, client: FlaskClient
) -> None:
    forum = add(call, name="Forum")
    assert (forum["own_ids"], forum["authors_of"]) == (True, "own")
    assert add(call, name="Blog", authors_of=forum["id"])["authors_of"] == forum["id"]
    path = f"/v1/webhook-sources/{forum['id']}"
    assert call("PATCH", path, json={"authors_of": "api"}).json["authors_of"] == "api"
    refused = call("PATCH", path, json={"authors_of": "0" * 32})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "#/authors_of")
    post(client, forum, created(author={"id": "3"}))
    assert call("GET", "/v1/authors/3").json["source"] is None
    assert call("DELETE", path).status_code == 204
    assert call("GET", path).status_code == 404
    assert [one["name"] for one in call("GET", "/v1/webhook-sources").json["sources"]] == ["Blog"]
    assert post(client, forum, created(), "msg_2").status_code == 401
    assert call("GET", "/v1/comments/c1").json["source"] == forum["id"]


def test_a_map_is_tried_on_a_dead_letter_before_it_is_saved(call: Caller, client: FlaskClient) -> None:
    source = add(call, field_map={"id": "key", "text": "words"}, preset="")
    letter = post(client, source, {"comment": {"key": "c9", "words": LONG_ENOUGH}}).json
    path = f"/v1/webhook-sources/{source['id']}/dead-letters/{letter['id']}/try"
    mended = {"id": "comment.key", "text": "comment.words"}
    tried = call("POST", path, json={"field_map": mended}).json
    assert (tried["result"], tried["mapped"]["id"], tried["mapped"]["text"]) == ("mapped", "c9", LONG_ENOUGH)
    assert call("POST", path, json={}).json == {"result": "dead", "reason": letter["reason"], "mapped": None}
    assert letter["reason"].endswith("Map id to the path that has it.")
    assert call("POST", path, json={"preset": "moderato"}).json["result"] == "ignored"
    assert call("POST", path, json={"field_map": {"id": ""}}).status_code == 422
    assert call("GET", "/v1/comments/c9").status_code == 404, "nothing was stored"


def test_remark42_gets_the_only_answer_that_it_takes_for_success(call: Caller, client: FlaskClient) -> None:
    source = add(call, style="token", preset="remark42")
    headers = {"Authorization": f"Bearer {source['secrets'][0]}"}
    body = {
        "id": "f1",
        "orig": LONG_ENOUGH,
        "user": {"id": "u", "name": "Ann"},
        "locator": {"url": "https://n.example/"},
    }
    assert client.post(source["address"], json=body, headers=headers).status_code == 200
