"""Sources of webhooks by plain forms: their map and secret, a sample that is tried, dead letters."""

import json

import pytest
from sqlalchemy import select

from service.db import Database
from service.installation.settings import Settings
from service.models import Comment, InboundState, InboundWebhook, Site, Style, WebhookSource
from service.models.stored_ids import SEPARATOR, in_space
from service.moderation.webhooks import inbound
from service.vocabulary import Verdict
from tests.service.moderation.webhooks.test_id_spaces import add, deliver
from tests.support.comments import TEXT, classify
from tests.support.connections import PAGE, SOURCES, acts, endpoint, letter, seen, shown_secret, source, stored
from tests.support.console import Person

__all__ = ["endpoint", "source"]


def test_a_source_is_set_up_with_a_built_in_map(ada: Person, database: Database, settings: Settings) -> None:
    answer = ada.post(f"{SOURCES}/new", {"name": "Forum", "style": "discourse", "map": "discourse"})
    secret = shown_secret(answer.text)
    with database.read() as session:
        made = session.scalars(select(WebhookSource)).one()
    assert (made.style, made.preset, made.field_map) == (Style.DISCOURSE, "discourse", {})
    assert settings.keyring.open_all(made.secrets) == [secret]
    page = ada.get(f"{SOURCES}/{made.id}").text
    assert f"/v1/webhooks/{made.id}" in page
    assert secret not in page
    assert acts(database) == ["webhook_source.add"]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"name": ""}, "name"), ({"style": "carrier pigeon"}, "style"), ({"map": "none of ours"}, "preset"),
        ({"secret": "short"}, "secret"), ({"style": "standard", "secret": "x" * 20 + "!"}, "secret"),
        ({"token_header": "X Token"}, "token_header"), ({"map": "own", "id": "a b", "text": "t"}, "field_map"),
        ({"map": "own", "text": "t"}, "field_map"), ({"map": "own"}, "preset"),
    ],
)  # fmt: skip
def test_a_source_that_cannot_work_is_refused_beside_the_field(
    ada: Person, database: Database, fields: dict[str, str], fault: str
) -> None:
    answer = ada.post(f"{SOURCES}/new", {"name": "x", "style": "github", "map": "moderato"} | fields)
    assert answer.status_code == 422
    assert f'id="fault_{fault}"' in answer.text
    with database.read() as session:
        assert session.scalars(select(WebhookSource)).all() == []


def test_an_own_map_goes_through_the_form_and_back(ada: Person, database: Database, source: WebhookSource) -> None:
    fields = {
        "name": "Forum", "map": "own", "id": "note.key", "text": "note.markdown, note.html", "html": "on",
        "author_id": "note.user.id", "action_path": "@x-event", "action_submit": "made, changed",
        "action_erase": "gone",
        "only": "model = comment, reply\nkind = public",
    }  # fmt: skip
    assert ada.post(f"{SOURCES}/{source.id}", fields).status_code == 303
    expected = {
        "id": "note.key", "text": ["note.markdown", "note.html"], "html": True, "author_id": "note.user.id",
        "action": {"path": "@x-event", "submit": ["made", "changed"], "erase": ["gone"]},
        "only": [{"path": "model", "values": ["comment", "reply"]}, {"path": "kind", "values": ["public"]}],
    }  # fmt: skip
    assert stored(database, source).field_map == expected
    page = ada.get(f"{SOURCES}/{source.id}").text
    for part in ("note.markdown, note.html", "made, changed", "model = comment, reply\nkind = public"):
        assert part in page
    assert ada.post(f"{SOURCES}/{source.id}", fields | {"map": "strapi"}).status_code == 303
    assert (stored(database, source).preset, stored(database, source).field_map) == ("strapi", {})
    assert acts(database) == ["webhook_source.change", "webhook_source.change"]


def test_a_sample_is_tried_and_nothing_is_stored(ada: Person, database: Database, source: WebhookSource) -> None:
    def tried(body: object, headers: str = "") -> str:
        text = body if isinstance(body, str) else json.dumps(body)
        answer = ada.post(f"{SOURCES}/{source.id}/try", {"body": text, "headers": headers})
        assert answer.status_code == 200
        return answer.text

    fits = tried({"type": "comment.created", "data": {"id": "c-<9>", "text": TEXT, "article_id": "bridge"}})
    for part in ("It maps", "c-&lt;9&gt;", "own figures", "bridge"):
        assert part in fits
    assert "and erases" in tried({"type": "comment.deleted", "data": {"id": "c-1"}})
    assert "mapping ignores such webhooks" in tried({"type": "comment.liked", "data": {}})
    assert "It does not map: id:" in tried({"type": "comment.created", "data": {}})
    assert "It does not map: the body is not JSON" in tried("{")
    with database.write() as session:
        session.get_one(WebhookSource, source.id).preset = "discourse"
    body = {"post": {"id": 7, "raw": TEXT}}
    assert "mapping ignores such webhooks" in tried(body)
    assert "It maps" in tried(body, "X-Discourse-Event: post_created\nX-Discourse-Event-Type: post")
    with database.read() as session:
        assert session.scalars(select(Comment)).all() == session.scalars(select(InboundWebhook)).all() == []
    assert acts(database) == []


def test_a_sources_secret_is_replaced_with_an_overlap(
    ada: Person, database: Database, source: WebhookSource, settings: Settings
) -> None:
    path = f"{SOURCES}/{source.id}"
    mark = seen(ada.get(path).text)
    given = "the-secret-that-the-cms-gave"
    assert shown_secret(ada.post(f"{path}/rotate", {"seen": mark, "secret": given}).text) == given
    assert ada.post(f"{path}/rotate", {"seen": mark}).status_code == 409
    assert settings.keyring.open_all(stored(database, source).secrets) == [given, "s" * 20]
    page = ada.get(path).text
    assert given not in page
    assert ada.post(f"{path}/end-rotation", {"seen": seen(page), "sure": "on"}).status_code == 303
    assert settings.keyring.open_all(stored(database, source).secrets) == [given]
    assert acts(database) == ["webhook_source.rotate", "webhook_source.end_rotation"]


def test_dead_letters_are_tried_again_after_mending(ada: Person, database: Database, source: WebhookSource) -> None:
    first = letter(database, source, {"note": {"key": "n-1", "words": TEXT}})
    letter(database, source, {"note": {"key": "n-2", "words": TEXT + " More."}})
    letter(database, source, {"something": "<script>alert(1)</script>"}, reason="<b>id</b>")
    path = f"{SOURCES}/{source.id}"
    ada.post(path, {"name": "Forum", "map": "own", "id": "note.id", "text": "note.words"})
    page = ada.get(path).text
    assert "&lt;script&gt;" in page
    assert "<b>id</b>" not in page
    assert ada.post(f"{path}/letters/replay", {"letter": first.id}).status_code == 303
    assert stored(database, first).state is InboundState.DEAD
    ada.post(path, {"name": "Forum", "map": "own", "id": "note.key", "text": "note.words"})
    assert ada.post(f"{path}/letters/replay", {"letter": first.id}).status_code == 303
    assert stored(database, first).state is InboundState.APPLIED
    assert ada.post(f"{path}/letters/replay").status_code == 303
    with database.read() as session:
        assert set(session.scalars(select(Comment.external_id))) == {"n-1", "n-2"}
        (left,) = inbound.dead_letters(session, source)
    assert "something" in (left.body or "")
    assert ada.post(f"{path}/letters/replay", {"letter": "0" * 32}).status_code == 404
    changed = "webhook_source.change"
    assert acts(database) == [changed, "webhook.replay", changed, "webhook.replay", "webhook.replay"]


def test_a_map_that_is_not_saved_yet_is_tried_on_a_dead_letter(
    ada: Person, database: Database, source: WebhookSource
) -> None:
    dead = letter(database, source, {"note": {"key": "n-1", "words": TEXT}})
    path = f"{SOURCES}/{source.id}"
    form = {"name": "Forum", "map": "own", "id": "note.key", "letter": dead.id}
    page = ada.post(f"{path}/try", form | {"text": "note.body"}).text
    assert "Map text to the path that has it." in page
    assert 'value="note.body"' in page, "the form keeps what was typed"
    page = ada.post(f"{path}/try", form | {"text": "note.words"}).text
    assert "It maps" in page
    assert "own figures" in page
    assert 'id="fault_field_map"' in ada.post(f"{path}/try", form | {"text": "a b"}).text
    assert ada.post(f"{path}/try", form | {"letter": "0" * 32}).status_code == 404
    assert stored(database, source).field_map == {}
    assert stored(database, dead).state is InboundState.DEAD


def test_the_console_says_whose_ids_it_shows_and_finds_what_was_typed(ada: Person, database: Database) -> None:
    """The same author and article of two sources: pages name the source, and what is ambiguous is asked for."""
    with database.read() as session:
        site = session.scalars(select(Site)).first()
    assert site is not None
    forum, blog = (add(database, site.id, name) for name in ("The forum", "The blog"))
    for made in (forum, blog):
        deliver(database, made, "created", id="7", text=TEXT, author={"id": "u-3"}, article_id="9")
    classify(database, Verdict.HOLD)
    with database.read() as session:
        comment = session.scalars(select(Comment).where(Comment.external_id == in_space(forum.id, "7"))).one()
    at = f"/console/sites/{site.slug}"
    assert "7 · from The forum" in ada.get(f"{at}/comments/{comment.id}").text
    author = ada.get(f"{at}/author?id=u-3&id_source={forum.id}").text
    assert "The forum" in author
    assert SEPARATOR not in author
    several = ada.get(f"{at}/author?id=u-3")
    assert (several.status_code, forum.id in several.text) == (409, True)
    one = ada.get(f"{at}/review?author=u-3&author_source={forum.id}").text
    assert one.count('class="row-link"') == 1
    assert SEPARATOR not in one
    deliver(database, blog, "created", id="8", text=TEXT, author={"id": "u-4"}, article_id="10")
    typed = ada.get(f"{at}/review?author=u-4&article=10")
    assert typed.headers["Location"].endswith(f"article=10&article_source={blog.id}&author=u-4&author_source={blog.id}")


def test_a_source_is_switched_off_and_removed(ada: Person, database: Database, source: WebhookSource) -> None:
    path = f"{SOURCES}/{source.id}"
    assert ada.post(f"{path}/switch", {"state": "off"}).status_code == 303
    assert stored(database, source).disabled_at is not None
    assert "switched off" in ada.get(PAGE).text
    assert ada.post(f"{path}/switch", {"state": "on"}).status_code == 303
    assert stored(database, source).disabled_at is None
    assert ada.post(f"{path}/remove").status_code == 422
    assert ada.post(f"{path}/remove", {"sure": "on"}).status_code == 303
    with database.read() as session:
        assert session.scalars(select(WebhookSource)).all() == []
    assert acts(database) == ["webhook_source.disable", "webhook_source.enable", "webhook_source.remove"]
