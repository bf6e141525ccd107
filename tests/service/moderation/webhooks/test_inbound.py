"""Webhooks from a CMS: applied once, kept with the reason where they do not fit, refused where they are not signed."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from service.db import Database
from service.errors import NotFound, Unauthenticated, Unavailable
from service.models import Article, Comment, InboundState, InboundWebhook, Site, Style, WebhookSource
from service.moderation.intake import articles, intake
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.webhooks import inbound as webhooks
from service.outside.sealing import Keyring, new_key
from service.outside.signatures import Verified, new_secret, sign
from service.vocabulary import CommentStatus, Verdict
from tests.support.comments import TEXT, classify
from tests.support.webhooks import created

NOW = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
KEYRING = Keyring([new_key()])


def add_source(database: Database, site: Site, preset: str = "moderato", **fields: Any) -> WebhookSource:
    with database.write() as session:
        source = WebhookSource(
            site_id=site.id, name=preset, **{
                "style": Style.STANDARD, "secrets": [KEYRING.seal(new_secret())], "preset": preset, **fields,
            },
        )  # fmt: skip
        session.add(source)
    return source


def secrets_of(source: WebhookSource) -> list[str]:
    return KEYRING.open_all(source.secrets)


def send(
    database: Database, source: WebhookSource, content: Any, webhook_id: str = "msg_1", **headers: str
) -> tuple[InboundWebhook, bool]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    signed = sign(secrets_of(source), webhook_id, NOW, body) | headers
    with database.write() as session:
        found, mark = webhooks.find_genuine(session, KEYRING, source.id, signed, body, NOW)
        return webhooks.receive(session, found, mark, signed, body)


def comments(database: Database) -> list[Comment]:
    with database.read() as session:
        return list(session.scalars(select(Comment).order_by(Comment.external_id)))


def test_control_characters_and_broken_unicode_do_not_reach_the_database(database: Database, site: Site) -> None:
    source = add_source(database, site)
    send(database, source, json.dumps(created(TEXT + "\x00\x07\x1b[31m")).encode().replace(b"council", b"\\ud800"))
    (comment,) = comments(database)
    assert comment.text.isprintable()


def test_a_webhook_becomes_a_comment_with_its_article(database: Database, site: Site) -> None:
    inbound, new = send(database, add_source(database, site), created(article={"title": "The bridge"}))
    assert (inbound.state, new, inbound.body) == (InboundState.APPLIED, True, None)
    (comment,) = comments(database)
    assert (comment.site_id, comment.text, comment.status) == (site.id, TEXT, CommentStatus.PENDING)
    with database.read() as session:
        assert session.scalars(select(Article.title)).one() == "The bridge"


def test_a_title_does_not_replace_an_article_that_is_known_whole(database: Database, site: Site) -> None:
    with database.write() as session:
        articles.put(session, site.id, ArticleSubmission(id="bridge", title="The old bridge", body="Built in 1901."))
    send(database, add_source(database, site), created(article={"title": "Another title"}))
    with database.read() as session:
        article = session.scalars(select(Article)).one()
    assert (article.title, article.body, article.revision) == ("The old bridge", "Built in 1901.", 1)


def test_the_same_webhook_again_has_no_second_effect(database: Database, site: Site) -> None:
    source = add_source(database, site)
    first, _ = send(database, source, created())
    send(database, source, created(TEXT + " Edited.", "comment.edited"), "msg_2")
    again, new = send(database, source, created())
    assert (again.id, new) == (first.id, False)
    (comment,) = comments(database)
    assert comment.text.endswith("Edited."), "a replay of the first webhook must not bring the old text back"


def test_the_same_webhook_many_times_at_once_is_applied_once(database: Database, site: Site) -> None:
    source = add_source(database, site)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: send(database, source, created())[1], range(8)))
    assert results.count(True) == 1
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(InboundWebhook)) == 1
        assert session.scalar(select(func.count()).select_from(Comment)) == 1


def test_the_same_id_from_two_sources_is_two_webhooks(database: Database, site: Site, other_site: Site) -> None:
    for one in (site, other_site):
        _, new = send(database, add_source(database, one), created())
        assert new
    assert len(comments(database)) == 2


def test_a_later_text_is_an_edit_and_a_deletion_an_erasure(database: Database, site: Site) -> None:
    source = add_source(database, site)
    send(database, source, created(), "msg_1")
    classify(database, Verdict.APPROVE)
    send(database, source, created(TEXT + " More.", "comment.edited"), "msg_2")
    (comment,) = comments(database)
    assert (comment.revision, comment.status) == (2, CommentStatus.PENDING)
    send(database, source, {"type": "comment.deleted", "data": {"id": "c-1"}}, "msg_3")
    (comment,) = comments(database)
    assert (comment.text, comment.erased_at is not None) == ("", True)
    inbound, _ = send(database, source, created(TEXT, "comment.edited"), "msg_4")
    assert inbound.state is InboundState.IGNORED, "what was erased stays erased"


def test_a_comment_that_is_too_short_is_taken_since_nobody_could_correct_it(database: Database, site: Site) -> None:
    inbound, _ = send(database, add_source(database, site), created("First!"))
    assert inbound.state is InboundState.APPLIED
    assert comments(database)[0].length == 6


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "not JSON"), (b"\xff\xfe", "not JSON"), (b"[" * 100_000, "not JSON"),
        (json.dumps(created(text=None)).encode(), "text"), (json.dumps(created(id=None)).encode(), "id"),
    ],
)  # fmt: skip
def test_what_does_not_map_is_kept_with_the_reason(database: Database, site: Site, body: bytes, reason: str) -> None:
    source = add_source(database, site)
    inbound, _ = send(database, source, body)
    assert (inbound.state, comments(database)) == (InboundState.DEAD, [])
    assert reason in inbound.reason
    with database.read() as session:
        (kept,) = webhooks.dead_letters(session, source)
    stored = f"{kept.body} {kept.headers} {kept.reason}"
    assert secrets_of(source)[0].removeprefix("whsec_") not in stored
    assert "v1," not in stored


def test_a_dead_letter_is_replayed_once_the_map_is_mended(database: Database, site: Site) -> None:
    source = add_source(database, site, field_map={"id": "note.key", "text": "note.words"})
    inbound, _ = send(database, source, {"comment": {"key": 4, "body": TEXT}})
    assert inbound.state is InboundState.DEAD
    with database.write() as session:
        stored = session.get_one(WebhookSource, source.id)
        stored.field_map = {"id": "comment.key", "text": "comment.body"}
        webhooks.replay(session, stored, session.get_one(InboundWebhook, inbound.id))
    (comment,) = comments(database)
    assert (comment.external_id, comment.text) == ("4", TEXT)
    with database.write() as session:
        done = session.get_one(InboundWebhook, inbound.id)
        assert (done.state, done.body, done.headers) == (InboundState.APPLIED, None, None)
        with pytest.raises(NotFound):
            webhooks.replay(session, session.get_one(WebhookSource, source.id), done)


def test_dead_letters_are_few(database: Database, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "DEAD_LETTERS", 3)
    source = add_source(database, site)
    for number in range(5):
        send(database, source, {"type": "comment.created", "data": {"number": number}}, f"msg_{number}")
    with database.read() as session:
        kept = [json.loads(letter.body or "")["data"]["number"] for letter in webhooks.dead_letters(session, source)]
    assert kept == [4, 3, 2]


def test_a_failure_while_applying_leaves_no_mark_so_that_the_sender_can_try_again(
    database: Database, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = add_source(database, site)
    with monkeypatch.context() as patch:
        patch.setattr(intake, "accept", lambda *_args, **_kw: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            send(database, source, created())
    _, new = send(database, source, created())
    assert (new, len(comments(database))) == (True, 1)


def test_a_forged_one_and_one_to_nobody_are_the_same_refusal(database: Database, site: Site) -> None:
    source, body = add_source(database, site), json.dumps(created()).encode()
    genuine = sign(secrets_of(source), "msg_1", NOW, body)
    forged = sign([new_secret()], "msg_1", NOW, body)
    off = add_source(database, site, disabled_at=NOW)
    said = set()
    for source_id, headers in (
        (source.id, forged), (source.id, {}), ("0" * 32, genuine), ("../x", genuine), ("", genuine),
        (off.id, sign(secrets_of(off), "msg_1", NOW, body)),
    ):  # fmt: skip
        with database.write() as session, pytest.raises(Unauthenticated) as refusal:
            webhooks.find_genuine(session, KEYRING, source_id, headers, body, NOW)
        said.add(refusal.value.detail)
    assert len(said) == 1
    assert comments(database) == []


def test_a_source_whose_key_is_lost_asks_to_be_sent_to_again_and_lets_nothing_in(
    database: Database, site: Site
) -> None:
    source, body = add_source(database, site), json.dumps(created()).encode()
    genuine = sign(secrets_of(source), "msg_1", NOW, body)
    with database.write() as session, pytest.raises(Unavailable) as refusal:
        webhooks.find_genuine(session, Keyring([new_key()]), source.id, genuine, body, NOW)
    assert refusal.value.retry_after == 300
    both = Keyring([new_key(), new_key()])
    unsealed = add_source(database, site, secrets=["whsec_" + "c2VjcmV0" * 4])  # as if somebody wrote it there in clear
    with database.write() as session, pytest.raises(Unavailable):
        webhooks.find_genuine(session, both, unsealed.id, genuine, body, NOW)


def test_a_map_that_asks_for_the_secrets_header_gets_nothing(database: Database, site: Site) -> None:
    token = "a-token-that-nobody-may-see"
    source = add_source(
        database, site, style=Style.TOKEN, secrets=[KEYRING.seal(token)], token_header="X-Our-Token",
        field_map={"id": "@x-our-token", "text": "@authorization", "only": [{"path": "@x-kind", "values": ["new"]}]},
    )  # fmt: skip
    headers = {"x-our-token": token, "authorization": f"Bearer {token}", "x-kind": "new"}
    with database.write() as session:
        found, mark = webhooks.find_genuine(session, KEYRING, source.id, headers, b"{}", NOW)
        inbound, _ = webhooks.receive(session, found, mark, headers, b"{}")
    assert inbound.state is InboundState.DEAD
    assert token not in f"{inbound.body} {inbound.headers} {inbound.reason} {inbound.event}"


def test_another_sites_source_is_not_found(database: Database, site: Site, other_site: Site) -> None:
    source = add_source(database, site)
    with database.read() as session, pytest.raises(NotFound):
        webhooks.require(session, other_site.id, source.id)


def test_the_same_bytes_are_another_event_where_no_delivery_is_named(database: Database, site: Site) -> None:
    """Discourse signs the body alone, and what happened to the post is in a header that it does not sign."""
    source = add_source(database, site, "discourse", style=Style.DISCOURSE)
    body = json.dumps({"post": {"id": 99, "raw": TEXT, "topic_id": 12}}).encode()
    with database.write() as session:
        for event in ("post_created", "post_created", "post_destroyed"):
            headers = {"x-discourse-event": event, "x-discourse-event-type": "post"}
            verified = Verified("0" * 64, is_one_delivery=False)
            webhooks.receive(session, session.get_one(WebhookSource, source.id), verified, headers, body)
    (comment,) = comments(database)
    assert (comment.text, comment.erased_at is not None) == ("", True)


def test_a_dead_letter_that_is_replayed_late_changes_nothing(database: Database, site: Site) -> None:
    source = add_source(database, site, field_map={"id": "note.key", "text": "note.words"})
    inbound, _ = send(database, source, {"data": {"id": 4, "text": f"{TEXT} Old."}}, "msg_1")
    with database.write() as session:
        session.get_one(WebhookSource, source.id).field_map = {"id": "data.id", "text": "data.text"}
    send(database, source, {"data": {"id": 4, "text": f"{TEXT} New."}}, "msg_2")
    with database.write() as session:
        letter = session.get_one(InboundWebhook, inbound.id)
        webhooks.replay(session, session.get_one(WebhookSource, source.id), letter)
        assert (letter.state, letter.body) == (InboundState.IGNORED, None)
    (comment,) = comments(database)
    assert comment.text == f"{TEXT} New."


def test_a_delete_of_what_lies_in_a_dead_letter_empties_it(database: Database, site: Site) -> None:
    source = add_source(database, site)
    send(database, source, {"type": "comment.created", "data": {"id": "c-1", "words": TEXT}}, "msg_1")
    send(database, source, {"type": "comment.deleted", "data": {"id": "c-1"}}, "msg_2")
    with database.read() as session:
        assert webhooks.dead_letters(session, source) == []
    assert [(one.text, one.status) for one in comments(database)] == [("", CommentStatus.REJECTED)]


def test_a_parent_that_comes_late_is_linked_to_its_replies(database: Database, site: Site) -> None:
    source = add_source(database, site)
    send(database, source, created(id="c-2", parent_id="c-1"), "msg_1")
    send(database, source, created(id="c-1", text=f"{TEXT} First."), "msg_2")
    parent, reply = comments(database)
    assert (reply.external_id, reply.parent_id) == ("c-2", parent.id)


def test_a_form_as_github_sends_it_by_default_is_read(database: Database, site: Site) -> None:
    inbound, _ = send(database, add_source(database, site), urlencode({"payload": json.dumps(created())}).encode())
    assert inbound.state is InboundState.APPLIED
    assert comments(database)[0].text == TEXT
