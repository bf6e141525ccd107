"""A reader's comment: taken as any other, followed by its receipt alone, appealed for where the site allows it."""

import threading

import pytest
from flask import Flask
from sqlalchemy import select, update

from service.api import keeper
from service.db import Database
from service.models import Appeal, Article, AuditEntry, Comment, RejectionReason, Site
from service.moderation.erasure import erasing
from service.moderation.intake import intake
from service.moderation.intake.intake import Submission
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from service.moderation.review import deciding
from service.vocabulary import CommentStatus, Verdict
from tests.service.api.conftest import LONG_ENOUGH, Caller
from tests.service.api.reader.conftest import Reader, form_key
from tests.support.actors import ADA
from tests.support.comments import classify, moderate, submit
from tests.support.nasty_ids import NASTY, segment


def stored(database: Database) -> list[Comment]:
    with database.read() as session:
        return list(session.scalars(select(Comment)))


def test_a_comment_is_stored_as_one_that_nobody_vouches_for(reader: Reader, database: Database, site: Site) -> None:
    article = {"id": "bridge", "title": "The bridge", "url": "https://gazette.example/bridge"}
    sent = reader.sent(article=article, language="en")
    (comment,) = stored(database)
    assert (sent["status"], sent["message"], sent["id"]) == ("pending", None, comment.external_id)
    assert (comment.site_id, comment.text, comment.author_name) == (site.id, LONG_ENOUGH, "Ada")
    assert (comment.author_external_id, comment.author_is_claimed, comment.language) == (None, True, "en")
    with database.read() as session:
        assert session.scalars(select(Article.title)).one() == "The bridge"


@pytest.mark.one_database
def test_a_form_replaces_no_article(reader: Reader, call: Caller, database: Database) -> None:
    call("PUT", "/v1/articles/bridge", json={"title": "The bridge"})
    reader.sent(article={"id": "bridge", "title": "Buy our pills"})
    assert call("GET", "/v1/articles/bridge").get_json()["title"] == "The bridge"


@pytest.mark.one_database
def test_a_text_of_the_wrong_length_is_refused_with_the_numbers(reader: Reader, database: Database) -> None:
    short, long = reader.send("Too short."), reader.send("A long word and another. " * 600)
    problems = (short.get_json(), long.get_json())
    assert [(problem["status"], problem["code"]) for problem in problems] == [
        (422, "comment_too_short"), (422, "comment_too_long")
    ]  # fmt: skip
    assert (problems[0]["length"], problems[0]["minimum"], problems[1]["maximum"]) == (10, 50, 10_000)
    assert problems[0]["errors"][0]["pointer"] == "#/text"
    assert stored(database) == []


def test_a_reply_is_linked_to_a_published_comment_of_the_same_article_and_to_no_other(
    reader: Reader, database: Database, site: Site
) -> None:
    submit(database, site.id, "parent", article_id="bridge")
    submit(database, site.id, "elsewhere", f"{LONG_ENOUGH} Elsewhere.", article_id="market")
    classify(database)
    submit(database, site.id, "pending", f"{LONG_ENOUGH} Pending.", article_id="bridge")
    for number, (parent, linked) in enumerate(
        (("parent", "parent"), ("elsewhere", None), ("pending", None), ("nobody", None))
    ):
        sent = reader.sent(f"{LONG_ENOUGH} Reply {number}.", parent=parent)
        assert {one.external_id: one.parent_external_id for one in stored(database)}[sent["id"]] == linked


@pytest.mark.one_database
def test_a_publishers_ids_come_back_as_they_are_and_are_replied_to(
    reader: Reader, database: Database, site: Site
) -> None:
    with database.write() as session:
        for number, one in enumerate(NASTY):
            comment = Submission(id=one, text=f"{LONG_ENOUGH} This is number {number}.", article_id=one)
            intake.accept(session, site.id, comment, Rules())
        session.execute(update(Comment).values(status=CommentStatus.APPROVED, verdict=Verdict.APPROVE))
    for number, one in enumerate(NASTY):
        body = reader("GET", query=f"&article={segment(one)}").get_json()
        assert (body["article"], [comment["id"] for comment in body["comments"]]) == (one, [one])
        reader.sent(f"{LONG_ENOUGH} A reply to {number}.", article={"id": one}, parent=one)
    replies = [comment for comment in stored(database) if comment.author_is_claimed]
    assert [comment.parent_external_id for comment in sorted(replies, key=lambda one: one.id)] == list(NASTY)


@pytest.mark.one_database
def test_what_fills_the_hidden_field_is_answered_as_any_other_and_stored_as_nothing(
    reader: Reader, database: Database
) -> None:
    person, program = reader.sent(), reader.sent(website="https://pills.example")
    assert set(person) == set(program)
    assert {name: len(value or "") for name, value in person.items()} == {
        name: len(value or "") for name, value in program.items()
    }
    assert [comment.external_id for comment in stored(database)] == [person["id"]]
    followed = reader.status(program["receipt"], "&wait=1")
    assert (followed["status"], followed["message"], followed["appeal"]) == ("pending", None, None)


def test_who_has_the_receipt_follows_the_comment(reader: Reader, database: Database) -> None:
    sent = reader.sent()
    assert reader.status(sent["receipt"]) == sent | {"appeal": None}
    classify(database, Verdict.HOLD)
    answer = reader("GET", f"/{sent['receipt']}")
    assert (answer.get_json()["status"], answer.headers["Cache-Control"]) == ("held", "no-store")


@pytest.mark.one_database
def test_a_poll_for_a_receipt_returns_as_soon_as_there_is_a_verdict(
    reader: Reader, database: Database, poll_waits: threading.Event
) -> None:
    receipt = reader.sent()["receipt"]

    def decide_meanwhile() -> None:
        assert poll_waits.wait(25)
        classify(database)

    deciding = threading.Thread(target=decide_meanwhile)
    deciding.start()
    assert reader.status(receipt, "&wait=25")["status"] == "approved"
    deciding.join()
    assert poll_waits.is_set()
    assert reader("GET", f"/{receipt}", query="&wait=26").status_code == 400


@pytest.mark.one_database
def test_a_poll_for_a_receipt_of_a_held_comment_returns_with_a_moderators_decision(
    reader: Reader, database: Database, site: Site, poll_waits: threading.Event
) -> None:
    receipt = reader.sent()["receipt"]
    classify(database, Verdict.HOLD)
    (comment,) = stored(database)

    def decide_meanwhile() -> None:
        assert poll_waits.wait(25)
        moderate(database, comment, Verdict.APPROVE)

    deciding = threading.Thread(target=decide_meanwhile)
    deciding.start()
    assert reader.status(receipt, "&wait=25")["status"] == "approved"
    deciding.join()
    assert poll_waits.is_set()


@pytest.mark.one_database
def test_a_text_of_a_program_is_refused_as_any_other(reader: Reader) -> None:
    answers = [reader.send("Too short.", website=website).get_json() for website in ("", "https://pills.example")]
    for answer in answers:
        del answer["instance"]
    assert answers[0] == answers[1]
    assert answers[0]["status"] == 422


@pytest.mark.one_database
def test_a_program_waits_for_its_receipt_as_a_person_does(reader: Reader, poll_waits: threading.Event) -> None:
    receipt = reader.sent(website="https://pills.example")["receipt"]
    assert reader.status(receipt, "&wait=0.05")["status"] == "pending"
    assert poll_waits.is_set()


@pytest.mark.one_database
def test_nothing_but_a_receipt_leads_to_a_comment(reader: Reader, database: Database) -> None:
    sent = reader.sent()
    receipt, comment_id = sent["receipt"], sent["id"]
    other = reader.sent(f"{LONG_ENOUGH} Another.")["receipt"]
    changed = receipt[:-1] + ("0" if receipt[-1] != "0" else "1")
    crossed = receipt[:32] + other[32:]
    for guess in (comment_id, comment_id + "0" * 64, changed, crossed, receipt + "0", receipt.upper(), "é", " ", "."):
        for method, path in (("GET", ""), ("GET", "/page"), ("POST", "/appeals")):
            answer = reader(method, f"/{guess}{path}", **({"json": {"text": "Why?"}} if method == "POST" else {}))
            assert answer.status_code in (404, 405), (guess, path)
            assert LONG_ENOUGH not in answer.text


@pytest.mark.one_database
def test_the_receipt_of_an_erased_comment_leads_nowhere(reader: Reader, database: Database, site: Site) -> None:
    sent = reader.sent()
    classify(database)
    with database.write() as session:
        erasing.erase_comment(session, site.id, sent["id"], by=ADA)
    assert reader("GET", f"/{sent['receipt']}").status_code == 404


def test_a_rejected_comment_comes_with_the_sites_sentence_and_no_number(reader: Reader, database: Database) -> None:
    receipt = reader.sent()["receipt"]
    classify(database, Verdict.REJECT)  # by the policy, with a score
    message = reader.status(receipt)["message"]
    assert message == "Your comment insults a person or a group. Please stick to the topic and avoid personal attacks."


@pytest.mark.one_database
def test_the_sentence_is_the_one_that_the_moderator_picked(reader: Reader, database: Database, site: Site) -> None:
    with database.write() as session:
        own = RejectionReason(site_id=site.id, code="house", label="House", sentence="Not in our house.", position=1)
        session.add(own)
    sent = reader.sent()
    classify(database, Verdict.HOLD)
    assert reader.status(sent["receipt"])["message"] is None
    with database.write() as session:
        comment = session.scalars(select(Comment)).one()
        ruling = deciding.ruling_of(session, site.id, Verdict.REJECT, reason="house", second_look_percent=0)
        deciding.decide(session, comment, ruling, version=comment.version, by=ADA)
    assert reader.status(sent["receipt"])["message"] == "Not in our house."


def test_an_appeal_is_possible_once_against_a_rejection_where_the_key_allows_it(
    app: Flask, database: Database, site: Site
) -> None:
    plain, may = (Reader(app, form_key(database, site, appeals=appeals_)) for appeals_ in (False, True))
    receipt = may.sent()["receipt"]
    assert may("POST", f"/{receipt}/appeals", json={"text": "Why?"}).status_code == 409, "it is pending"
    classify(database, Verdict.REJECT)
    assert (plain.status(receipt)["appeal"], may.status(receipt)["appeal"]) == (None, "possible")
    assert plain("POST", f"/{receipt}/appeals", json={"text": "Why?"}).status_code == 409
    answer = may("POST", f"/{receipt}/appeals", json={"text": "I meant no harm."})
    assert (answer.status_code, answer.get_json()) == (201, {"appeal": "open"})
    assert may.status(receipt)["appeal"] == "open"
    assert may("POST", f"/{receipt}/appeals", json={"text": "Again."}).status_code == 409
    with database.read() as session:
        assert session.scalars(select(Appeal.text)).one() == "I meant no harm."
        lodged = session.scalars(select(AuditEntry).where(AuditEntry.action == "appeal.lodged")).one()
        assert (lodged.actor_kind, lodged.actor_id) == ("key", may.key[8:16])
    assert (plain.comments()["appeals"], may.comments()["appeals"]) == (False, True)


@pytest.mark.one_database
def test_the_form_learns_the_lengths_of_the_policy_in_force(reader: Reader, database: Database, site: Site) -> None:
    with database.write() as session:
        policies.activate(session, site.id, Rules(minimum_length=5, maximum_length=80), author="ada")
    body = reader.comments()
    assert (body["minimum_length"], body["maximum_length"]) == (5, 80)
    assert reader.send("Glad of it.").status_code == 202


@pytest.mark.one_database
def test_beyond_the_backlog_limit_a_form_is_asked_to_come_later(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, site: Site
) -> None:
    kept = keeper.of(reader.app)
    monkeypatch.setattr(kept.counts, "get", lambda *_: {site.id: kept.context.settings.backlog_limit})
    answer = reader.send()
    assert (answer.status_code, int(answer.headers["Retry-After"]) >= 1) == (503, True)
