"""The audit log: acts in a chain that shows every change, gap and cut."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from service.db import KEYRING, Database
from service.models import AuditEntry, AuditHead, Site
from service.moderation import audit_log
from service.moderation.actors import SERVICE, Actor
from service.moderation.audit_log import Filter

ANNA = Actor(kind="moderator", id="m1", name="Anna")
KEY = Actor(kind="key", id="k1", name="CMS")


def write_some(database: Database, site: Site, count: int = 5) -> None:
    for number in range(count):
        with database.write() as session:
            audit_log.record(
                session,
                "decision.reject" if number % 2 else "policy.activate",
                ANNA if number % 2 else KEY,
                site_id=site.id,
                subject_kind="comment",
                subject_id=f"c{number}",
                detail={"number": number, "share": 0.1 + number, "words": "naïve – ok"},
            )


def test_an_untouched_chain_is_intact_and_ends_in_its_head(database: Database, site: Site) -> None:
    write_some(database, site)
    with database.read() as session:
        found = audit_log.verify(session)
        assert (found.intact, found.entries) == (True, 5)
        assert found.head == session.scalar(select(AuditHead.hash))


def test_an_empty_chain_is_intact(database: Database) -> None:
    with database.read() as session:
        assert audit_log.verify(session).intact


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "Somebody else"),
        ("action", "decision.approve"),
        ("subject_id", "c9"),
        ("detail", {"number": 99}),
        ("site_id", None),
        ("at", datetime(2020, 1, 1, tzinfo=UTC)),
        ("actor_kind", "service"),
    ],
)
def test_a_changed_entry_is_found(database: Database, site: Site, column: str, value: object) -> None:
    write_some(database, site)
    with database.write() as session:
        session.execute(update(AuditEntry).where(AuditEntry.number == 3).values({column: value}))
    with database.read() as session:
        found = audit_log.verify(session)
    assert (found.broken_at, found.fault) == (3, "entry 3 was changed after it was written")


def test_a_rewritten_entry_with_a_fitting_hash_breaks_the_next(database: Database, site: Site) -> None:
    write_some(database, site)
    with database.write() as session:
        entry = session.get_one(AuditEntry, 3)
        entry.actor = "Somebody else"
        entry.hash = audit_log.hash_of(entry)
        entry.signature = session.info[KEYRING]().sign(audit_log.what_is_signed(entry))
    with database.read() as session:
        assert audit_log.verify(session).broken_at == 4


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_removed_entry_is_missed_even_the_newest(database: Database, site: Site, number: int) -> None:
    write_some(database, site)
    with database.write() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.number == number))
    with database.read() as session:
        assert audit_log.verify(session).broken_at == number


def test_verification_goes_on_beyond_one_page(database: Database, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "PAGE", 2)
    write_some(database, site, 6)
    with database.read() as session:
        assert audit_log.verify(session).entries == 6
        assert [entry["number"] for entry in audit_log.export(session, Filter(site_id=site.id))] == [1, 2, 3, 4, 5, 6]


def test_an_act_that_is_rolled_back_leaves_no_entry(database: Database, site: Site) -> None:
    def act_and_fail() -> None:
        with database.write() as session:
            audit_log.record(session, "policy.activate", ANNA, site_id=site.id)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act_and_fail()
    write_some(database, site, 1)
    with database.read() as session:
        found = audit_log.verify(session)
        assert (found.intact, found.entries) == (True, 1)


def test_writers_at_the_same_time_make_one_chain(database: Database, site: Site) -> None:
    threads = [threading.Thread(target=write_some, args=(database, site, 5)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        found = audit_log.verify(session)
        assert (found.intact, found.entries) == (True, 20)


def test_a_chain_that_grows_while_it_is_verified_is_intact(
    database: Database, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_some(database, site, 5)
    monkeypatch.setattr(audit_log, "PAGE", 3)
    threads = [threading.Thread(target=write_some, args=(database, site, 12)) for _ in range(3)]
    for thread in threads:
        thread.start()
    found = []
    while any(thread.is_alive() for thread in threads):
        with database.read() as session:
            found.append(audit_log.verify(session))
    for thread in threads:
        thread.join()
    assert [one.fault for one in found if not one.intact] == []
    with database.read() as session:
        assert audit_log.verify(session).entries == 41


def test_entries_written_between_the_walk_and_the_look_at_the_head_are_walked_too(
    database: Database, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_some(database, site, 2)
    walk, walks = audit_log._from, []

    def with_a_writer_after(*given: Any) -> Iterator[AuditEntry]:
        yield from walk(*given)
        if not walks:
            write_some(database, site, 1)
        walks.append(given)

    monkeypatch.setattr(audit_log, "_from", with_a_writer_after)
    with database.read() as session:
        found = audit_log.verify(session)
    assert found.fault == ""
    assert found.entries == (2 if database.is_sqlite else 3)  # SQLite reads the moment at which it began
    assert len(walks) == (1 if database.is_sqlite else 2)


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Filter(action="policy."), [5, 3, 1]),
        (Filter(action="decision.reject"), [4, 2]),
        (Filter(actor="ann"), [4, 2]),
        (Filter(actor="k1"), [5, 3, 1]),
        (Filter(subject_id="c3"), [4]),
        (Filter(actor="%"), []),
        (Filter(until=datetime(2020, 1, 1, tzinfo=UTC)), []),
        (Filter(since=datetime(2020, 1, 1, tzinfo=UTC)), [5, 4, 3, 2, 1]),
    ],
)
def test_entries_are_found_by_filter_newest_first(
    database: Database, site: Site, wanted: Filter, numbers: list[int]
) -> None:
    write_some(database, site)
    with database.read() as session:
        assert [entry.number for entry in audit_log.entries(session, wanted)] == numbers


def test_a_site_sees_only_its_own_entries(database: Database, site: Site, other_site: Site) -> None:
    write_some(database, site, 2)
    with database.write() as session:
        audit_log.record(session, "site.create", SERVICE, site_id=other_site.id)
    with database.read() as session:
        assert [e.site_id for e in audit_log.entries(session, Filter(site_id=other_site.id))] == [other_site.id]
        assert audit_log.actions(session, other_site.id) == ["site.create"]


def test_pages_follow_each_other(database: Database, site: Site) -> None:
    write_some(database, site)
    with database.read() as session:
        first = audit_log.entries(session, Filter(), limit=2)
        second = audit_log.entries(session, Filter(), before=first[-1].number, limit=2)
    assert [e.number for e in first + second] == [5, 4, 3, 2]
