"""Whoever guesses learns nothing from how long the answer takes: the same work is done, right or wrong, known or not.

Times are too noisy to measure here; what is watched is the one function that compares, and the one that hashes.
"""

import hmac
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask

from service.accounts import keys, passwords
from service.accounts.keys import KeyCache
from service.app import create_app
from service.db import Database, new_id
from service.installation.settings import Settings
from service.models import Site
from service.models.moderator import Role
from service.models.webhook_source import Style
from service.moderation.readers import marks
from service.outside import signatures
from service.outside.sealing import Keyring, new_key
from service.outside.signatures import BadSignature
from service.queues import Queues
from tests.support.console import add_moderator, send_sign_in

Lengths = list[tuple[int, int]]


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Lengths:
    """The lengths of what is compared in constant time, from now on."""
    seen: Lengths = []
    real: Callable[..., bool] = hmac.compare_digest

    def watched(one: str | bytes, other: str | bytes) -> bool:
        seen.append((len(one), len(other)))
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", watched)
    return seen


@pytest.mark.one_database
def test_every_check_of_a_key_compares_whole_digests_whoever_asks(
    database: Database, site: Site, other_site: Site, compared: Lengths
) -> None:
    with database.write() as session:
        right, other = keys.create(session, site.id, "cms"), keys.create(session, other_site.id, "cms")
        gone = keys.create(session, site.id, "old")
        keys.revoke(session, site.id, keys.id_of(gone))
    forged = _with_checksum(keys.id_of(right), other)
    unknown = _with_checksum("zzzzzzzz", other)
    keyring = KeyCache(database)
    for presented, known in ((right, True), (forged, False), (unknown, False), (gone, False)):
        compared.clear()
        assert (keyring.verify(presented) is not None) is known
        assert compared.count((64, 64)) == 1, "the SHA-256 of the secret, against one of a key or of nobody"


def _with_checksum(key_id: str, key: str) -> str:
    """Return a key of that id with the secret of `key`, as somebody makes it who knows the form."""
    body = keys.PREFIX + key_id + key[len(keys.PREFIX) + keys.ID_LENGTH : -keys.CHECKSUM_LENGTH]
    return body + keys._checksum(body)


@pytest.mark.parametrize("style", [Style.GITHUB, Style.TOKEN])
def test_every_signature_is_compared_in_constant_time(style: Style, compared: Lengths) -> None:
    headers = {"x-hub-signature-256": "sha256=" + "0" * 64, "x-token": "0" * 32}
    with pytest.raises(BadSignature):
        signatures.verify(style, ["a" * 32, "b" * 32], headers, b"{}", datetime.now(UTC), token_header="X-Token")
    assert len(compared) >= 2, "each secret that may be valid, whether or not one before it was right"


def test_every_receipt_is_compared_in_constant_time(compared: Lengths) -> None:
    keyring, identity = Keyring([new_key(), new_key()]), new_id()
    assert marks.read(keyring, marks.RECEIPT, "a site", identity + "0" * 64) is None
    assert compared == [(64, 64)] * 2, "with each key"


@pytest.mark.one_database
def test_signing_in_hashes_once_whether_or_not_there_is_such_an_account(
    settings: Settings, database: Database, queues: Queues, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    app: Flask = create_app(settings, database=database, queues=queues)
    add_moderator(database, "ada@gazette.example", "Ada", gazette=Role.MODERATOR)
    hashed: list[str | None] = []
    real = passwords.verify

    def watched(stored: str | None, password: str) -> bool:
        hashed.append(stored)
        return real(stored, password)

    monkeypatch.setattr(passwords, "verify", watched)
    for email in ("ada@gazette.example", "nobody@gazette.example"):
        assert send_sign_in(app.test_client(), email, "wrong").status_code == 401
    assert len(hashed) == 2
