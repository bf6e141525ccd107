"""What a legal notice must say, which comment it is about, and how its receipt is confirmed."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from service.db import Database
from service.errors import Invalid
from service.models import AuditEntry, LegalNotice, LegalNoticeKind, Site
from service.moderation.callbacks import payloads
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.legal_notices import receiving
from service.moderation.legal_notices.receiving import Submitted
from service.vocabulary import Event
from tests.support.comments import submit
from tests.support.legal_notices import EMAIL, NAME, SAID, listen_for_them, receive
from tests.support.outbox import listen, owed

PAGE = "https://gazette.example/bridge"


def wrong(**said: Any) -> list[str]:
    return [error.pointer for error in receiving.faults(Submitted(**SAID | said))]


@pytest.mark.parametrize(
    ("said", "pointers"),
    [
        ({}, []),
        ({"kind": "rude"}, ["#/kind"]),
        ({"location": ""}, ["#/location"]),
        ({"explanation": "It is illegal."}, ["#/explanation"]),
        ({"explanation": "x" * 10_001}, ["#/explanation"]),
        ({"name": ""}, ["#/name"]),
        ({"email": ""}, ["#/email"]),
        ({"email": "ada at example.org"}, ["#/email"]),
        ({"email": "ada@example"}, ["#/email"]),
        ({"good_faith": False}, ["#/good_faith"]),
        ({"kind": LegalNoticeKind.CHILD_ABUSE, "name": "", "email": ""}, []),
        ({"kind": LegalNoticeKind.CHILD_ABUSE, "name": "", "email": "nobody"}, ["#/email"]),
        ({"kind": "", "name": "", "good_faith": False}, ["#/kind", "#/name", "#/good_faith"]),
    ],
)  # fmt: skip
def test_everything_that_article_16_asks_for_is_required_and_each_field_has_its_error(
    said: dict[str, Any], pointers: list[str]
) -> None:
    assert wrong(**said) == pointers


def test_what_is_blank_or_only_control_characters_says_nothing(database: Database, site: Site) -> None:
    with pytest.raises(Invalid) as raised:
        receive(database, site, name=" \u0007 ", explanation=" " * 60)
    assert [error.pointer for error in raised.value.errors] == ["#/explanation", "#/name"]


def test_the_comment_is_found_by_its_id_or_by_an_address_that_names_it(
    database: Database, site: Site, other_site: Site
) -> None:
    article = ArticleSubmission(id="bridge", url=PAGE, title="The bridge")
    comment = submit(database, site.id, "c-1", article=article)
    theirs = submit(database, other_site.id, "c-2")
    for location, is_found in {
        "c-1": True,
        comment.id: True,  # our own
        f"{PAGE}#c-1": True,
        f"{PAGE}/#comment-c-1": True,
        f"{PAGE}?replytocom=c-1#respond": True,
        f"{PAGE}?comment_id=c-1": True,
        "https://gazette.example/tunnel#c-1": False,  # the page of another article
        f"{PAGE}?page=c-1": False,
        f"{PAGE}?{'&'.join(f'reply={number}' for number in range(200))}&reply=c-1": False,  # bounded
        "https://gazette.example/c-1": False,
        PAGE: False,
        "c-2": False,  # another site's
        theirs.id: False,
        "https://[broken#c-1": False,
        "the third comment under the bridge": False,
    }.items():
        found = receive(database, site, location=location)
        assert (found.comment_id, found.location) == (comment.id if is_found else None, location)


def test_receipt_is_confirmed_to_endpoints_that_name_the_event_and_to_no_others(database: Database, site: Site) -> None:
    listen(database, site, "https://chat.example/all")
    listen(database, site, "https://chat.example/held", events=[Event.HELD.value])
    listen_for_them(database, site)
    legal_notice = receive(database, site)
    (delivery,) = owed(database)
    with database.read() as session:
        told = payloads.payload(session, delivery)
        shown = payloads.shown(session, delivery)
    assert told["type"] == "legal_notice.received"
    assert told["data"] | {"received_at": ""} == {
        "legal_notice_id": legal_notice.id,
        "kind": "defamation",
        "location": "c-0",
        "notifier": {"name": NAME, "email": EMAIL},
        "received_at": "",
    }
    assert not {NAME, EMAIL} & set(shown["data"]["notifier"].values())


def test_a_legal_notice_is_on_record_without_its_notifier(database: Database, site: Site) -> None:
    legal_notice = receive(database, site)
    with database.read() as session:
        entry = session.scalars(select(AuditEntry)).one()
        assert session.scalars(select(LegalNotice.email)).one() == EMAIL
    assert (entry.action, entry.subject_kind, entry.subject_id) == (
        "legal_notice.received", "legal_notice", legal_notice.id
    )  # fmt: skip
    assert NAME not in json.dumps(entry.detail)
