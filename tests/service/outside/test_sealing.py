"""Secrets are sealed at rest: by the first key, opened by every key, and of no use to anybody without one."""

import base64
import json
import os
import stat
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import make_url, select, text

from service import migrations
from service.cli.main import main
from service.db import Database
from service.doctor import examination
from service.installation.settings import SettingsError, load
from service.models import AuditEntry, Endpoint, Site, Style, WebhookSource
from service.moderation.callbacks import endpoints
from service.moderation.upkeep import resealing
from service.outside.sealing import Keyring, Unopenable, new_key
from service.outside.signatures import new_secret

SECRET = "whsec_a-secret"


def test_what_is_sealed_opens_with_its_key_alone() -> None:
    keyring = Keyring([new_key()])
    sealed = keyring.seal(SECRET)
    assert keyring.open(sealed) == SECRET
    assert SECRET not in sealed
    assert sealed != keyring.seal(SECRET)
    for other in (Keyring([new_key()]), Keyring([new_key(), new_key()])):
        with pytest.raises(Unopenable):
            other.open(sealed)


@pytest.mark.parametrize(
    "spoil", [lambda s: s[:-5] + "AAAA" + s[-1], lambda s: s[:20], lambda _s: SECRET, lambda _s: ""]
)
def test_what_was_changed_or_never_sealed_does_not_open(spoil: object) -> None:
    keyring = Keyring([new_key()])
    with pytest.raises(Unopenable):
        keyring.open(spoil(keyring.seal(SECRET)))  # type: ignore[operator]


def test_keys_are_replaced_one_after_the_other() -> None:
    old, new = new_key(), new_key()
    sealed = Keyring([old]).seal(SECRET)
    both = Keyring([new, old])
    assert both.open(sealed) == SECRET
    assert not both.is_current(sealed)
    anew = both.seal(SECRET)
    assert both.is_current(anew)
    assert Keyring([new]).open(anew) == SECRET


def test_a_lost_secret_does_not_take_the_other_with_it() -> None:
    keyring = Keyring([new_key()])
    lost, kept = Keyring([new_key()]).seal("lost"), keyring.seal("kept")
    assert keyring.open_all([kept, lost]) == keyring.open_all([lost, kept]) == ["kept"]
    assert keyring.open_all([]) == []
    with pytest.raises(Unopenable):
        keyring.open_all([lost])


KEY = "bW9kZXJhdG8gdGVzdCBrZXksIDMyIGJ5dGVzIGxvbmc="


@pytest.mark.parametrize("value", ["short", "z" * 64, "a" * 62, f"{KEY},short", ",", "ü" * 44])
def test_a_key_that_is_none_is_refused_without_being_shown(value: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load({"MODERATO_ENCRYPTION_KEYS": value})
    assert "MODERATO_ENCRYPTION_KEYS=(hidden): must be" in str(refusal.value)
    assert value not in str(refusal.value)


def test_a_key_may_be_base64_of_either_alphabet_or_hex() -> None:
    raw = bytes(range(224, 256))
    spellings = [raw.hex(), base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode().rstrip("=")]
    sealed = Keyring([spellings[0]]).seal(SECRET)
    assert [Keyring([spelling]).open(sealed) for spelling in spellings] == [SECRET] * 3


def test_without_a_configured_key_one_is_made_once_readable_by_its_owner_alone(tmp_path: Path) -> None:
    environ = {"MODERATO_DATA_DIR": str(tmp_path / "var")}
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(load(environ).keyring.seal(SECRET))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keyring = load(environ).keyring
    assert [keyring.open(sealed) for sealed in found] == [SECRET] * 16
    assert stat.S_IMODE(os.stat(tmp_path / "var" / "encryption_key").st_mode) == 0o600
    assert os.listdir(tmp_path / "var") == ["encryption_key"]


def test_a_configured_key_makes_no_file_and_may_come_from_one(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(new_key() + "\n")
    environ = {"MODERATO_DATA_DIR": str(tmp_path / "var"), "MODERATO_ENCRYPTION_KEYS_FILE": str(key)}
    assert load(environ).keyring.open(Keyring([key.read_text().strip()]).seal(SECRET)) == SECRET
    assert not (tmp_path / "var").exists()


def test_the_migration_seals_what_stood_there_in_clear(empty_database_url: str) -> None:
    database, keyring = Database(empty_database_url), Keyring([new_key()])
    secrets = [new_secret() for _ in range(3)]
    migrations.upgrade(database, "held_text")
    with database.write() as session:
        session.execute(text("INSERT INTO site (id, slug, name, created_at) VALUES ('s', 's', 's', CURRENT_TIMESTAMP)"))
        session.execute(
            text(
                "INSERT INTO endpoint (id, site_id, kind, url, description, events, secrets, state, disabled_reason,"
                " failures, created_at, updated_at) VALUES ('e', 's', 'registered', 'https://x.example', '', '[]',"
                " :secrets, 'active', '', 0, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)"
            ),
            {"secrets": json.dumps(secrets[:2])},
        )
        session.execute(
            text(
                "INSERT INTO webhook_source (id, site_id, name, style, token_header, secrets, preset, field_map,"
                " created_at) VALUES ('w', 's', 'x', 'token', 'X', :secrets, 'moderato', '{}', CURRENT_TIMESTAMP)"
            ),
            {"secrets": json.dumps(secrets[2:])},
        )
    with pytest.raises(RuntimeError, match="no key"):
        migrations.upgrade(database)
    migrations.upgrade(database, keyring=lambda: keyring)
    with database.read() as session:
        found = session.get_one(Endpoint, "e").secrets + session.get_one(WebhookSource, "w").secrets
    assert keyring.open_all(found) == secrets
    if database.is_sqlite:
        file = make_url(database.url).database
        written = b"".join(Path(f"{file}{suffix}").read_bytes() for suffix in ("", "-wal"))
        assert b"webhook_source" in written
        for secret in secrets:
            assert secret.removeprefix("whsec_").encode() not in written
    database.dispose()


def test_resealing_frees_the_old_key_and_names_what_it_cannot_open(database: Database, site: Site) -> None:
    old, new, lost = new_key(), new_key(), new_key()
    with database.write() as session:
        first = Endpoint(site_id=site.id, url="https://a.example", secrets=[Keyring([old]).seal("a")])
        second = Endpoint(site_id=site.id, url="https://b.example", secrets=[Keyring([lost]).seal("b")])
        source = WebhookSource(
            site_id=site.id, name="x", style=Style.TOKEN, preset="moderato",
            secrets=[Keyring([new]).seal("c"), Keyring([old]).seal("d")],
        )  # fmt: skip
        session.add_all([first, second, source, Endpoint(site_id=site.id, url="https://never.example")])
    both = Keyring([new, old])
    with database.read() as session:
        assert resealing.sealed_secrets(session, both) == resealing.SealedSecrets(4, 2, (f"endpoint {second.id}",))
    with database.write() as session:
        assert resealing.reseal(session, both) == resealing.Resealed(4, 2, (f"endpoint {second.id}",))
    with database.write() as session:
        keyring = Keyring([new])
        assert endpoints.secrets_of(session, session.get_one(Endpoint, first.id), keyring) == ["a"]
        assert keyring.open_all(session.get_one(WebhookSource, source.id).secrets) == ["c", "d"]
        assert Keyring([lost]).open_all(session.get_one(Endpoint, second.id).secrets) == ["b"]


def findings(environ: dict[str, str]) -> list[tuple[str, str, tuple[str, ...]]]:
    found = examination.examine(load(environ))
    return [(finding.grade, finding.detail, finding.ids) for finding in found if finding.check == "secrets"]


def test_the_doctor_names_the_secrets_that_no_key_opens_and_makes_no_key(
    environ: dict[str, str], database: Database, site: Site, tmp_path: Path
) -> None:
    assert findings(environ) == [("ok", "none yet", ())]
    old, new = new_key(), new_key()
    with database.write() as session:
        endpoint = Endpoint(site_id=site.id, url="https://a.example", secrets=[Keyring([old]).seal("a")])
        session.add(endpoint)
    ((grade, detail, _),) = findings(environ)
    assert grade == "failed"
    assert "is gone" in detail
    assert not (tmp_path / "var" / "encryption_key").exists()
    ((grade, _, ids),) = findings(environ | {"MODERATO_ENCRYPTION_KEYS": new})
    assert (grade, ids) == ("failed", (f"endpoint {endpoint.id}",))
    both = environ | {"MODERATO_ENCRYPTION_KEYS": f"{new},{old}"}
    assert [grade for grade, _, _ in findings(both)] == ["warning", "ok"]
    resealed = CliRunner(env=both).invoke(main, ["db", "reseal"])
    assert (resealed.exit_code, resealed.output) == (0, "1 of 1 secrets were sealed anew.\n")
    assert CliRunner(env=both).invoke(main, ["db", "reseal"]).output == "0 of 1 secrets were sealed anew.\n"
    with database.read() as session:
        (entry,) = session.scalars(select(AuditEntry)).all()
    assert (entry.action, entry.detail) == ("secrets.reseal", {"resealed": 1})
    assert [grade for grade, _, _ in findings(environ | {"MODERATO_ENCRYPTION_KEYS": new})] == ["ok"]
    with database.write() as session:
        session.get_one(Endpoint, endpoint.id).held_reason = "the worker has another key"
    assert findings(environ | {"MODERATO_ENCRYPTION_KEYS": new})[0][2] == (endpoint.id,)


def test_the_doctor_fails_on_a_key_that_others_can_read(environ: dict[str, str], tmp_path: Path) -> None:
    assert load(environ).keyring
    (tmp_path / "var" / "encryption_key").chmod(0o644)
    assert any(grade == "failed" and "chmod 600" in detail for grade, detail, _ in findings(environ))
