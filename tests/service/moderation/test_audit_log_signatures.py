"""Who can write to the database, and has not the key beside it, cannot write another audit log.

Each forger below does everything that is possible with the database alone: hashes that fit, and the head.
"""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from service.db import KEYRING, Database
from service.models import AuditEntry, AuditHead, Site
from service.moderation import audit_log
from service.moderation.audit_log import BEGINNING, Verification
from service.moderation.upkeep import resealing
from service.outside.sealing import Keyring, new_key
from tests.service.moderation.test_audit_log import write_some

Opens = Callable[[Keyring | None], Database]


@pytest.fixture
def opened(database: Database) -> Iterator[Opens]:
    """What opens the same database as a process with other keys, or with none, has it."""
    made: list[Database] = []

    def opens(keyring: Keyring | None) -> Database:
        made.append(Database(database.url, info={KEYRING: lambda: keyring} if keyring else None))
        return made[-1]

    yield opens
    for one in made:
        one.dispose()


def verified(database: Database) -> Verification:
    with database.read() as session:
        return audit_log.verify(session)


def forge(session: Session, sign: Callable[[AuditEntry], str | None]) -> None:
    """Change what entry 2 says, and everything after it so that the chain is whole again."""
    previous = BEGINNING
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.number)):
        if entry.number == 2:
            entry.actor = "Somebody else"
        entry.previous_hash = previous
        entry.hash = previous = audit_log.hash_of(entry)
        if entry.number >= 2:
            entry.signature = sign(entry)
    session.execute(update(AuditHead).values(hash=previous))


FORGERS: dict[str, Callable[[AuditEntry], str | None]] = {
    "that keeps the signatures": lambda entry: entry.signature,
    "without signatures": lambda _entry: None,
    "with signatures of another key": lambda entry: Keyring([new_key()]).sign(audit_log.what_is_signed(entry)),
    "with words for signatures": lambda _entry: "signed \u2713",
}


@pytest.mark.parametrize("how", FORGERS)
def test_a_whole_chain_that_was_rewritten_with_fitting_hashes_is_found(
    database: Database, site: Site, opened: Opens, how: str
) -> None:
    write_some(database, site)
    assert verified(database).intact
    with database.write() as session:
        forge(session, FORGERS[how])
    assert verified(opened(None)).fault in ("", "entry 1 is signed, and the key that signed it is missing")
    assert verified(database).broken_at == 2


@pytest.mark.one_database
def test_what_is_written_after_a_forgery_does_not_make_it_genuine(database: Database, site: Site) -> None:
    write_some(database, site)
    with database.write() as session:
        forge(session, lambda _entry: None)
    write_some(database, site, 2)
    assert verified(database).broken_at == 2


@pytest.mark.one_database
def test_an_entry_that_was_moved_does_not_carry_its_signature_along(database: Database, site: Site) -> None:
    write_some(database, site, 2)
    with database.write() as session:
        one = session.get_one(AuditEntry, 1)
        session.execute(update(AuditEntry).where(AuditEntry.number == 2).values(signature=one.signature))
    assert verified(database).broken_at == 2


def test_what_was_cut_off_with_the_head_is_missed_by_a_head_noted_before(database: Database, site: Site) -> None:
    write_some(database, site)
    with database.read() as session:
        early, noted = f"2:{session.get_one(AuditEntry, 2).hash}", audit_log.head(session)
    with database.write() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.number > 3))
        session.execute(update(AuditHead).values(number=3, hash=session.get_one(AuditEntry, 3).hash))
    assert verified(database).intact, "the database alone cannot tell"
    with database.read() as session:
        assert audit_log.has_had(session, early)
        assert audit_log.has_had(session, f"0:{BEGINNING}")
        assert not audit_log.has_had(session, noted)
    write_some(database, site)
    with database.read() as session:
        assert not audit_log.has_had(session, noted), "entries of these numbers, but not these"


@pytest.mark.one_database
@pytest.mark.parametrize("noted", ["", "5", "5:", ":" + "0" * 64, "5:" + "0" * 63, "x:" + "0" * 64, "9" * 30 + ":0"])
def test_what_is_no_head_is_refused(database: Database, noted: str) -> None:
    with database.read() as session, pytest.raises(ValueError, match=r"as in 17:9f3c\.\.\."):
        audit_log.has_had(session, noted)


@pytest.mark.one_database
def test_a_key_is_replaced_as_that_of_the_secrets(database: Database, site: Site, opened: Opens) -> None:
    old, new = new_key(), new_key()
    write_some(opened(Keyring([old])), site, 3)
    both = opened(Keyring([new, old]))
    write_some(both, site, 2)
    assert verified(both).intact
    assert verified(opened(Keyring([new]))).broken_at == 1
    with both.write() as session:
        done = resealing.sign_again(session, Keyring([new, old]), unsigned=False)
    assert (done.renewed, done.unsigned, done.false) == (3, (), ())
    assert verified(opened(Keyring([new]))).intact


@pytest.mark.one_database
def test_what_an_earlier_version_wrote_is_signed_only_when_somebody_says_so(
    database: Database, site: Site, opened: Opens
) -> None:
    keyring = Keyring([new_key()])
    ours = opened(keyring)
    write_some(ours, site, 2)
    write_some(opened(None), site, 2)
    write_some(ours, site, 1)
    for wanted, intact in ((False, False), (True, True)):
        with ours.write() as session:
            done = resealing.sign_again(session, keyring, unsigned=wanted)
        assert done.unsigned == (3, 4)
        assert verified(ours).intact is intact


@pytest.mark.one_database
def test_a_false_signature_is_not_made_genuine(database: Database, site: Site) -> None:
    write_some(database, site, 2)
    keyring = Keyring([new_key()])
    with database.write() as session:
        assert resealing.sign_again(session, keyring, unsigned=True).false == (1, 2)
    assert verified(database).intact, "nothing was changed"
