"""Maps from what each CMS sends to a comment: built-in and custom maps."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest

from service.moderation.webhooks import field_maps
from service.moderation.webhooks.field_maps import Mapped, Unmappable
from service.moderation.webhooks.presets import PRESETS
from tests.support.comments import TEXT
from tests.support.nasty_ids import NASTY
from tests.support.webhooks import created

SENT: dict[str, tuple[dict[str, Any], dict[str, str], Mapped]] = {
    "moderato": (
        created(author={"id": "u-7", "name": "Ann"}, parent_id="c-0", article={"title": "The bridge"}),
        {},
        Mapped(
            action="create", id="c-1", text=TEXT, author_id="u-7", author_name="Ann", article_id="bridge",
            article_title="The bridge", parent_id="c-0",
        ),
    ),
    "wordpress": (
        {
            "event": "comment_posted",
            "comment": {
                "comment_ID": "15", "comment_post_ID": "7", "comment_author": "Ann", "author_id": "email:ab12",
                "comment_content": "<p>Fish &amp; chips<br>twice</p>", "comment_parent": "0",
                "comment_date_gmt": "2026-11-22 22:59:00",
            },
            "post": {"title": "The  bridge", "url": "https://news.example/bridge"},
        },
        {},
        Mapped(
            action="create", id="15", text="Fish & chips\ntwice", author_id="email:ab12", author_name="Ann",
            article_id="7", article_title="The bridge", article_url="https://news.example/bridge", parent_id=None,
            created_at=datetime(2026, 11, 22, 22, 59, tzinfo=UTC),
        ),
    ),
    "discourse": (
        {"post": {"id": 99, "raw": TEXT, "user_id": 4, "username": "ann", "topic_id": 12, "topic_title": "The bridge",
                  "created_at": "2026-11-22T22:59:00.000Z"}},
        {"x-discourse-event": "post_edited", "x-discourse-event-type": "post"},
        Mapped(
            action="submit", id="99", text=TEXT, author_id="4", author_name="ann", article_id="12",
            article_title="The bridge", created_at=datetime(2026, 11, 22, 22, 59, tzinfo=UTC),
        ),
    ),
    "remark42": (
        {"id": "f1", "orig": TEXT, "pid": "", "user": {"id": "github_1", "name": "Ann"},
         "locator": {"url": "https://news.example/a b"}, "title": "The bridge"},
        {},
        Mapped(
            action="submit", id="f1", text=TEXT, author_id="github_1", author_name="Ann",
            article_id="https://news.example/a b", article_title="The bridge",
            article_url="https://news.example/a b",
        ),
    ),
    "strapi": (
        {"event": "entry.create", "model": "comment", "created_at": "2026-11-22T22:59:00.000Z",
         "entry": {"id": 5, "content": TEXT, "author": {"id": 3, "name": "Ann"}, "related": [{"id": 8, "title": "B"}]}},
        {},
        Mapped(
            action="create", id="5", text=TEXT, author_id="3", author_name="Ann", article_id="8", article_title="B"
        ),
    ),
    "coral": (
        {"action": "NEW", "comment": {"id": "c1", "body": f"<div>{TEXT}</div>", "parentID": None},
         "author": {"id": "u1", "role": "COMMENTER"}, "story": {"id": "s1", "url": "https://news.example/bridge"}},
        {},
        Mapped(
            action="submit", id="c1", text=TEXT, author_id="u1", article_id="s1",
            article_url="https://news.example/bridge",
        ),
    ),
    "drupal": (
        {
            "event": "entity:comment:update",
            "entity": {
                "cid": [{"value": 15}], "langcode": [{"value": "en"}], "pid": [], "name": [{"value": "Ann"}],
                "comment_body": [{"value": "<p>Fish &amp; chips</p>", "format": "basic_html",
                                  "processed": "<p>Fish &amp; chips</p>"}],
                "uid": [{"target_id": 4, "target_type": "user"}], "entity_id": [{"target_id": 7}],
                "created": [{"value": "2026-11-22T22:59:00+00:00", "format": "Y-m-d\\TH:i:sP"}],
                "changed": [{"value": "2026-11-22T23:01:00+00:00", "format": "Y-m-d\\TH:i:sP"}],
            },
            "article": {"title": "The bridge", "url": "https://news.example/node/7"},
        },
        {},
        Mapped(
            action="submit", id="15", text="Fish & chips", author_id="4", author_name="Ann", article_id="7",
            article_title="The bridge", article_url="https://news.example/node/7", language="en",
            created_at=datetime(2026, 11, 22, 22, 59, tzinfo=UTC), changed_at=datetime(2026, 11, 22, 23, 1, tzinfo=UTC),
        ),
    ),
    "waline": (
        {"type": "new_comment", "data": {"comment": {
            "objectId": 31, "nick": "Ann", "mail": "ann@news.example", "link": "", "pid": 30, "rid": 30, "ua": "x",
            "url": "/bridge/", "comment": "<p>rendered</p>", "rawComment": TEXT, "ip": "192.0.2.1",
            "insertedAt": "2026-11-22T22:59:00.000Z"}, "reply": {"objectId": 30, "comment": "Another"}}},
        {},
        Mapped(
            action="create", id="31", text=TEXT, author_name="Ann", article_id="/bridge/", parent_id="30",
            created_at=datetime(2026, 11, 22, 22, 59, tzinfo=UTC),
        ),
    ),
    "isso": (
        {"event": "comment.new", "changed_at": 1795993141.5, "thread": {"uri": "/bridge/", "title": "The bridge"},
         "comment": {"id": 3, "parent": None, "text": TEXT, "author": "Ann", "created": 1795993140.0,
                     "author_id": "email:ab12"}},
        {},
        Mapped(
            action="create", id="3", text=TEXT, author_id="email:ab12", author_name="Ann", article_id="/bridge/",
            article_title="The bridge", created_at=datetime(2026, 11, 29, 22, 59, tzinfo=UTC),
            changed_at=datetime(2026, 11, 29, 22, 59, 1, 500_000, tzinfo=UTC),
        ),
    ),
}  # fmt: skip
POST = {"x-discourse-event-type": "post"}
PLUGIN = {
    "id": 5, "content": TEXT, "blocked": False, "removed": False, "authorId": "42", "authorName": "Ann",
    "authorEmail": "ann@news.example", "related": "api::article.article:8", "threadOf": 4,
    "createdAt": "2026-11-22T22:59:00.000Z", "updatedAt": "2026-11-22T23:01:00.000Z",
}  # fmt: skip


def test_a_comment_of_strapi_plugin_comments_has_its_author_article_and_parent() -> None:
    body = {"event": "entry.update", "model": "comment", "uid": "plugin::comments.comment", "entry": PLUGIN}
    assert field_maps.apply(PRESETS["strapi"], body, {}) == Mapped(
        action="submit", id="5", text=TEXT, author_id="42", author_name="Ann", article_id="api::article.article:8",
        parent_id="4", created_at=datetime(2026, 11, 22, 22, 59, tzinfo=UTC),
        changed_at=datetime(2026, 11, 22, 23, 1, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("removed", "action"), [(True, "erase"), (1, "erase"), (False, "submit"), (0, "submit"), (None, "submit")]
)
def test_what_strapi_plugin_comments_marks_as_removed_is_erased(removed: Any, action: str) -> None:
    """SQLite and MySQL have no booleans: a subscriber of the database's events sees 0 and 1."""
    body = {"event": "entry.update", "model": "comment", "entry": PLUGIN | {"removed": removed}}
    mapped = field_maps.apply(PRESETS["strapi"], body, {})
    assert mapped is not None
    assert (mapped.action, mapped.id) == (action, "5")


@pytest.mark.parametrize(
    "post", [{"topic_archetype": "private_message"}, {"post_type": 2}, {"post_type": 3, "raw": ""}, {"post_type": 4}]
)
def test_private_messages_notices_and_whispers_of_discourse_are_left_alone(post: dict[str, Any]) -> None:
    body = {"post": {"id": 9, "raw": TEXT, "topic_archetype": "regular", "post_type": 1} | post}
    assert field_maps.apply(PRESETS["discourse"], body, POST | {"x-discourse-event": "post_created"}) is None


def test_a_user_of_discourse_who_changes_their_name_is_renamed() -> None:
    headers = {"x-discourse-event-type": "user", "x-discourse-event": "user_updated"}
    body = {"user": {"id": 4, "username": "anna", "email": "a@news.example"}}
    renamed = Mapped(action="rename", id="", author_id="4", author_name="anna")
    assert field_maps.apply(PRESETS["discourse"], body, headers) == renamed
    assert field_maps.apply(PRESETS["discourse"], {"user": {"id": -1, "username": "system"}}, headers) is None


@pytest.mark.parametrize("preset", list(PRESETS))
def test_each_built_in_map_reads_what_its_cms_sends(preset: str) -> None:
    body, headers, expected = SENT[preset]
    assert field_maps.apply(PRESETS[preset], body, headers) == expected


@pytest.mark.parametrize(
    "nobody", ["", "0", 0, "-1", -1, "null", *(hashlib.new(n).hexdigest() for n in ("md5", "sha1", "sha256"))]
)
def test_a_guest_has_no_id_whatever_the_cms_sends_instead(nobody: Any) -> None:
    mapped = field_maps.apply(PRESETS["moderato"], created(author={"id": nobody, "name": "Ann"}), {})
    assert mapped is not None
    assert (mapped.author_id, mapped.author_name) == (None, "Ann")


@pytest.mark.parametrize(
    "value", ["1795993140", 1795993140, 1795993140000, "1795993140000", "2026-11-29T23:59:00+01:00"]
)
def test_a_time_is_read_as_text_seconds_or_milliseconds(value: Any) -> None:
    mapped = field_maps.apply(PRESETS["moderato"], created(created_at=value), {})
    assert mapped is not None
    assert mapped.created_at == datetime(2026, 11, 29, 22, 59, tzinfo=UTC)


def test_entities_in_a_name_and_a_title_are_decoded_where_the_cms_sends_html() -> None:
    body, headers, _ = SENT["wordpress"]
    body = body | {
        "post": {"title": "Fish &amp; chips"},
        "comment": body["comment"] | {"comment_author": "O&#8217;Neill"},
    }
    mapped = field_maps.apply(PRESETS["wordpress"], body, headers)
    assert mapped is not None
    assert (mapped.article_title, mapped.author_name) == ("Fish & chips", "O’Neill")


@pytest.mark.parametrize(
    ("preset", "body", "headers"),
    [
        ("wordpress", {"event": "comment_deleted", "comment": {"comment_ID": 15}}, {}),
        ("discourse", {"post": {"id": 15}}, {"x-discourse-event": "post_destroyed", "x-discourse-event-type": "post"}),
        ("strapi", {"event": "entry.delete", "model": "comment", "entry": {"id": 15}}, {}),
        ("moderato", {"type": "comment.deleted", "data": {"id": "15"}}, {}),
    ],
)
def test_a_deletion_at_the_cms_is_an_erasure_here(preset: str, body: Any, headers: dict[str, str]) -> None:
    assert field_maps.apply(PRESETS[preset], body, headers) == Mapped(action="erase", id="15")


@pytest.mark.parametrize(
    ("preset", "body", "headers"),
    [
        ("discourse", {"post": {"id": 1}}, {"x-discourse-event": "topic_created", "x-discourse-event-type": "topic"}),
        ("strapi", {"event": "entry.create", "model": "page", "entry": {"id": 1}}, {}),
        ("wordpress", {"event": "comment_spammed", "comment": {"comment_ID": 15}}, {}),
        ("moderato", {"type": "article.created", "data": {}}, {}),
        ("moderato", [], {}),
    ],
)
def test_what_is_of_no_concern_is_left_alone(preset: str, body: Any, headers: dict[str, str]) -> None:
    assert field_maps.apply(PRESETS[preset], body, headers) is None


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"id": None}, "id"), ({"id": ""}, "id"), ({"id": ["c-1"]}, "id"), ({"id": True}, "id"), ({"id": 1.5}, "id"),
        ({"text": None}, "text"), ({"text": {"a": "b"}}, "text"), ({"text": ""}, "text"), ({"id": "x" * 513}, "id"),
        ({"id": "a\x00b"}, "id"), ({"id": "\ud83d"}, "id"),
    ],
)  # fmt: skip
def test_what_does_not_fit_names_the_field_and_not_the_content(data: dict[str, Any], field: str) -> None:
    with pytest.raises(Unmappable) as refusal:
        field_maps.apply(PRESETS["moderato"], created(**data), {})
    assert field in str(refusal.value)
    assert TEXT[:20] not in str(refusal.value)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"text": "a"}, "id"), ({"id": "a", "text": "b", "colour": "c"}, "colour"), ({"id": "a..b", "text": "c"}, "id"),
        ({"id": "$.a", "text": "b"}, "id"), ({"id": "a", "text": "b", "action": {"path": "a b"}}, "action"),
    ],
)  # fmt: skip
def test_a_map_that_cannot_be_is_refused_with_the_name_of_what_is_wrong(value: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        field_maps.parse(value)


def test_an_id_is_taken_as_the_cms_sends_it() -> None:
    for one in NASTY:
        mapped = field_maps.apply(PRESETS["moderato"], created(id=one, article_id=one, author={"id": one}), {})
        assert mapped is not None
        assert (mapped.id, mapped.article_id, mapped.author_id) == (one, one, one)


def test_a_cyrillic_page_is_the_article_of_its_comments() -> None:
    page = "https://news.example/" + "%D0%BC%D0%BE%D1%81%D1%82" * 20
    body, headers, _ = SENT["remark42"]
    mapped = field_maps.apply(PRESETS["remark42"], body | {"locator": {"url": page}}, headers)
    assert mapped is not None
    assert (len(page), mapped.article_id) == (501, page)


@pytest.mark.parametrize("bad", ["x" * 513, "a\x00b", "\ud83d", "", None, 1.5])
def test_an_optional_id_that_does_not_fit_is_left_out_and_the_comment_is_taken(bad: Any) -> None:
    sent = created(article_id=bad, parent_id=bad, author={"id": bad, "name": "Ann\x00\n Lee"})
    mapped = field_maps.apply(PRESETS["moderato"], sent, {})
    assert mapped == Mapped(action="create", id="c-1", text=TEXT, author_name="Ann Lee")


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://news.example/x", True), ("HTTP://news.example/x", True), ("javascript:alert(1)", False),
        (" javascript:alert(1)", False), ("data:text/html,x", False), ("//news.example/x", False), ("news", False),
    ],
)  # fmt: skip
def test_only_a_web_address_becomes_the_articles(address: str, kept: bool) -> None:
    body = {"type": "comment.created", "data": {"id": "1", "text": "x", "article_id": "7", "article": {"url": address}}}
    mapped = field_maps.apply(PRESETS["moderato"], body, {})
    assert mapped is not None
    assert mapped.article_url == (address if kept else None)


@pytest.mark.parametrize("empty", ["", False, None])
def test_an_empty_first_path_does_not_hide_the_second(empty: Any) -> None:
    body, headers, _ = SENT["strapi"]
    body = body | {"entry": body["entry"] | {"content": empty, "text": "What readers see."}}
    mapped = field_maps.apply(PRESETS["strapi"], body, headers)
    assert mapped is not None
    assert mapped.text == "What readers see."
