"""Alerts from the condition to the mailbox and the chat: once, to who wants them, and never a comment's text."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from service.db import Database, database_now
from service.doctor import alerts as doctor
from service.installation.settings import Settings, load
from service.models import AlertKind, AlertMessage, AlertState, Membership, Moderator, Preference, Site, SiteAlerts
from service.models.moderator import Role
from service.queues import Queues
from tests.support.console import add_moderator
from tests.support.held import SAID, hold
from tests.support.mailbox import Mailbox, mailbox
from tests.support.receiver import Receiver, canary, receiving
from workers import alerts
from workers.runtime import Runtime

EVERY = [kind.value for kind in AlertKind]
LONG = [AlertKind.QUEUE_LONG.value]
NIGHT, DAY = datetime(2026, 5, 4, 23, tzinfo=UTC), datetime(2026, 5, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with mailbox(tmp_path) as box:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        yield box


@pytest.fixture
def chat() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def runtime(box: Mailbox, environ: dict[str, str], database: Database, queues: Queues) -> Runtime:
    here = {"MODERATO_CALLBACK_ALLOW_PRIVATE": "127.0.0.0/8", "PUBLIC_URL": "https://mod.example"}
    return Runtime(load(environ | box.environ() | here), "upkeep", database, queues, None)


Tells = Callable[..., Moderator]


@pytest.fixture
def tells(database: Database, site: Site) -> Tells:
    """What adds a moderator who wants e-mails."""

    def add(kinds: list[str] = EVERY, name: str = "ana", **quiet: str) -> Moderator:
        person = add_moderator(database, f"{name}@gazette.example", name, gazette=Role.LEAD)
        with database.write() as session:
            session.add(Preference(moderator_id=person.id, choices={"alerts": {"kinds": kinds, **quiet}}))
        return person

    return add


def set_chat(database: Database, settings: Settings, site: Site, url: str, **chosen: Any) -> None:
    with database.write() as session:
        chosen = {"held_count": 1, "kinds": LONG} | chosen
        session.add(SiteAlerts(site_id=site.id, secrets=[settings.keyring.seal(url)] if url else [], **chosen))


def states(database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        rows = session.scalars(select(AlertMessage).order_by(AlertMessage.id)).all()
    return [(row.phase.value, row.state.value) for row in rows]


def make_due(database: Database) -> None:
    """Let the time pass until what waits is tried."""
    with database.write() as session:
        session.execute(update(AlertMessage).values(next_attempt_at=database_now(-1)))


def rounds(runtime: Runtime, *times: datetime) -> None:
    for now in times:
        alerts.look(runtime, now=now)
        alerts.send(runtime, now=now)


def test_a_long_queue_is_told_once_and_its_end_too_without_a_word_of_a_comment(
    runtime: Runtime, database: Database, site: Site, tells: Tells, box: Mailbox, chat: Receiver
) -> None:
    tells(LONG)
    tells([AlertKind.LEGAL_NOTICE.value], "ben")
    set_chat(database, runtime.settings, site, f"{chat.url}/services/T0/B0")
    with database.write() as session:
        session.execute(update(Site).values(name="The Gazette\r\nBcc: eve@evil.example <!channel>"))
    held = [hold(database, site.id, number) for number in range(3)]
    rounds(runtime, DAY, DAY + MINUTE, DAY + 2 * MINUTE, DAY + 300 * MINUTE)
    (message,), (post,) = box.messages, chat.requests
    assert box.recipients == ["ana@gazette.example"]
    assert message["Bcc"] is None
    assert (
        str(message["Subject"]).strip() == "Moderato: The Gazette Bcc: eve@evil.example <!channel>: 3 comments are held"
    )
    assert "https://mod.example/console/sites/gazette/review\n" in message.get_content().replace("\r\n", "\n")
    assert post.headers["content-type"] == "application/json"
    (text,) = json.loads(post.body).values()
    assert "&lt;!channel&gt;: 3 comments are held" in text
    sent = message.as_string() + text
    assert [said.text for said in SAID if said.text[:20] in sent or said.author in sent] == []
    with database.write() as session:
        for comment in held:
            session.delete(session.get_one(type(comment), comment.id))
    rounds(runtime, DAY + 311 * MINUTE, DAY + 322 * MINUTE, DAY + 400 * MINUTE)
    assert [str(one["Subject"]).rpartition(": ")[2] for one in box.messages] == [
        "3 comments are held",
        "the review queue is below your limit again",
    ]
    assert len(chat.requests) == 2


def test_two_workers_send_one_message(
    runtime: Runtime, database: Database, site: Site, tells: Tells, box: Mailbox
) -> None:
    for name in ("ana", "ben", "cem"):
        tells(LONG, name)
    set_chat(database, runtime.settings, site, "")
    for number in range(3):
        hold(database, site.id, number)
    alerts.look(runtime, now=DAY)
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        rounds(runtime, DAY + MINUTE, DAY + 2 * MINUTE)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(box.recipients) == [f"{name}@gazette.example" for name in ("ana", "ben", "cem")]
    assert states(database) == [("begins", "sent")] * 3


@pytest.mark.one_database
def test_quiet_hours_keep_an_alert_until_they_end_if_it_is_still_true(
    runtime: Runtime, database: Database, site: Site, tells: Tells, box: Mailbox
) -> None:
    tells(LONG, quiet_from="22:00", quiet_until="07:00")
    tells(LONG, "ben")
    set_chat(database, runtime.settings, site, "")
    for number in range(3):
        hold(database, site.id, number)
    rounds(runtime, NIGHT, NIGHT + MINUTE, NIGHT + 2 * MINUTE)
    assert box.recipients == ["ben@gazette.example"]
    with database.read() as session:
        (waits,) = session.scalars(select(AlertMessage).where(AlertMessage.state == AlertState.WAITING)).all()
    assert (waits.next_attempt_at, waits.attempts) == (datetime(2026, 5, 5, 7, tzinfo=UTC), 0)
    make_due(database)
    rounds(runtime, NIGHT + 481 * MINUTE)  # 07:01
    assert box.recipients == ["ben@gazette.example", "ana@gazette.example"]


@pytest.mark.one_database
def test_what_is_over_before_the_quiet_hours_are_is_not_told_at_all(
    runtime: Runtime, database: Database, site: Site, tells: Tells, box: Mailbox
) -> None:
    tells(LONG, quiet_from="22:00", quiet_until="07:00")
    set_chat(database, runtime.settings, site, "")
    for number in range(3):
        hold(database, site.id, number)
    rounds(runtime, NIGHT, NIGHT + MINUTE)
    with database.write() as session:
        session.execute(update(SiteAlerts).values(held_count=100))
    rounds(runtime, NIGHT + 12 * MINUTE)
    make_due(database)
    rounds(runtime, NIGHT + 500 * MINUTE)
    assert box.messages == []
    assert states(database) == [("begins", "dropped"), ("over", "dropped")]


@pytest.mark.one_database
def test_scoring_that_is_down_does_not_wait_and_is_told_once_for_all_sites(
    runtime: Runtime, database: Database, site: Site, other_site: Site, tells: Tells, box: Mailbox
) -> None:
    person = tells([AlertKind.SCORING_DOWN.value], quiet_from="22:00", quiet_until="07:00")
    with database.write() as session:
        session.add(Membership(moderator_id=person.id, site_id=other_site.id, role=Role.VIEWER))
    rounds(runtime, NIGHT, NIGHT + MINUTE, NIGHT + 2 * MINUTE)
    (message,) = box.messages
    assert message["Subject"] == "Moderato: Scoring is down"
    assert "https://mod.example/console/\n" in message.get_content().replace("\r\n", "\n")


def two_want_to_hear_of_a_long_queue(runtime: Runtime, database: Database, site: Site, tells: Tells) -> None:
    tells(LONG)
    tells(LONG, "ben")
    set_chat(database, runtime.settings, site, "")
    for number in range(3):
        hold(database, site.id, number)


@pytest.mark.one_database
def test_a_server_that_is_away_is_tried_again_from_the_database_and_named_by_the_doctor(
    runtime: Runtime, database: Database, site: Site, tells: Tells, box: Mailbox
) -> None:
    two_want_to_hear_of_a_long_queue(runtime, database, site, tells)
    box.fails = "451 the disk is full"
    rounds(runtime, DAY, DAY + MINUTE)
    with database.read() as session:
        first = session.scalars(select(AlertMessage)).all()
        now = session.scalar(select(database_now()))
    assert now is not None
    assert {one.error for one in first} == {f"127.0.0.1:{box.port} answered 451 the disk is full."}
    assert all(timedelta(seconds=50) < one.next_attempt_at - now <= timedelta(seconds=60) for one in first)
    (finding,) = doctor.check(database, runtime.settings)
    assert finding.grade == "warning"
    assert "451 the disk is full" in finding.detail
    rounds(runtime, DAY + MINUTE)  # too early
    box.fails = ""
    make_due(database)
    rounds(runtime, DAY + 3 * MINUTE)
    assert sorted(box.recipients) == ["ana@gazette.example", "ben@gazette.example"]
    assert [finding.grade for finding in doctor.check(database, runtime.settings)] == ["ok"]


@pytest.mark.one_database
def test_an_address_that_the_server_does_not_know_is_given_up_and_keeps_nobody_else_waiting(
    runtime: Runtime, database: Database, site: Site, tells: Tells, box: Mailbox
) -> None:
    two_want_to_hear_of_a_long_queue(runtime, database, site, tells)
    box.refuses["ana@gazette.example"] = "550 no such user"
    rounds(runtime, DAY, DAY + MINUTE)
    assert box.recipients == ["ben@gazette.example"]
    assert sorted(states(database)) == [("begins", "failed"), ("begins", "sent")]


@pytest.mark.one_database
def test_who_has_left_gets_nothing_that_was_planned(
    runtime: Runtime, database: Database, site: Site, tells: Tells, box: Mailbox
) -> None:
    tells(LONG)
    set_chat(database, runtime.settings, site, "")
    for number in range(3):
        hold(database, site.id, number)
    alerts.look(runtime, now=DAY)
    assert alerts.look(runtime, now=DAY + MINUTE) == 1
    with database.write() as session:
        session.execute(update(Moderator).values(disabled_at=database_now()))
    alerts.send(runtime, now=DAY + MINUTE)
    assert (box.messages, states(database)) == ([], [("begins", "dropped")])


@pytest.mark.one_database
def test_a_chat_inside_the_network_is_not_reached_and_the_reason_is_kept(
    runtime: Runtime, database: Database, site: Site
) -> None:
    closed = Runtime(
        runtime.settings.model_copy(update={"callback_allow_private": ""}), "upkeep", database, runtime.queues, None
    )
    with canary() as bird:
        set_chat(database, runtime.settings, site, f"http://127.0.0.1:{bird.port}/")
        for number in range(3):
            hold(database, site.id, number)
        rounds(closed, DAY, DAY + MINUTE)
    assert bird.hits == 0
    with database.read() as session:
        assert "127.0.0.1 is not a public address" in session.scalars(select(AlertMessage.error)).one()


@pytest.mark.one_database
def test_a_summary_is_sent_once_each_morning(
    runtime: Runtime, database: Database, site: Site, tells: Tells, box: Mailbox
) -> None:
    tells([AlertKind.MORNING_SUMMARY.value])
    hold(database, site.id, 0)
    morning = datetime(2026, 5, 5, 8, tzinfo=UTC)
    rounds(runtime, morning - MINUTE, morning, morning + MINUTE, morning + 30 * MINUTE)
    (message,) = box.messages
    assert message["Subject"] == "Moderato: The Gazette: 1 comment is held this morning"
    rounds(runtime, morning + 1_440 * MINUTE)
    assert len(box.messages) == 2


@pytest.mark.one_database
def test_without_a_mail_server_nothing_is_planned_for_mailboxes(
    environ: dict[str, str], database: Database, queues: Queues, site: Site, tells: Tells
) -> None:
    tells(LONG)
    set_chat(database, load(environ), site, "")
    for number in range(3):
        hold(database, site.id, number)
    bare = Runtime(load(environ), "upkeep", database, queues, None)
    rounds(bare, DAY, DAY + MINUTE)
    assert states(database) == []
    details = [finding.detail for finding in doctor.check(database, bare.settings)]
    assert "1 of the moderators want alerts by e-mail" in details[0]
