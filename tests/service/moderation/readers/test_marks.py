"""Marks: made here alone, for one kind and one site, and read back after a change of keys."""

from datetime import UTC, datetime

import pytest

from service.db import new_id
from service.moderation.readers import marks
from service.outside.sealing import Keyring, new_key

OLD, NEW = new_key(), new_key()


def test_a_mark_is_read_back_for_its_kind_and_site_alone() -> None:
    keyring, identity = Keyring([OLD]), new_id()
    mark = marks.make(keyring, marks.RECEIPT, "site-1", identity)
    assert marks.read(keyring, marks.RECEIPT, "site-1", mark) == identity
    assert marks.read(keyring, marks.RECEIPT, "site-2", mark) is None
    assert marks.read(keyring, marks.HINT, "site-1", mark) is None
    assert marks.read(Keyring([NEW, OLD]), marks.RECEIPT, "site-1", mark) == identity
    assert marks.read(Keyring([NEW]), marks.RECEIPT, "site-1", mark) is None


@pytest.mark.parametrize("given", ["", "x", "0" * 96, "é" * 96, "0" * 95 + "\x00", "0" * 10_000])
def test_anything_else_is_no_mark(given: str) -> None:
    keyring = Keyring([OLD])
    assert marks.read(keyring, marks.RECEIPT, "site-1", given) is None
    assert marks.recent_hint(keyring, "site-1", given) is None


def test_a_hint_counts_for_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = Keyring([OLD])
    hint = marks.make_hint(keyring, "site-1")
    assert marks.recent_hint(keyring, "site-1", hint) == (hint[:32], datetime.now(UTC).date())
    monkeypatch.setattr(marks, "HINT_SECONDS", -1)
    assert marks.recent_hint(keyring, "site-1", hint) is None
