"""Where the newspaper of the demo is: on the next free port, and only in a checkout; and its key of each start."""

import socket
from pathlib import Path

import pytest
from sqlalchemy import select

from service.accounts import keys
from service.db import Database
from service.installation.settings import Settings, load
from service.machine import newspaper
from service.machine.demo_access import Access
from service.models import AuditEntry, Site
from tests.support.services import free_port


def test_it_takes_the_first_free_port_after_the_services() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        chosen = int(newspaper.environ(load({"PORT": str(port - 1)}))[newspaper.PORT])
    assert port < chosen < port + newspaper.PORTS_TRIED


def test_an_installed_package_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(newspaper, "FOLDER", tmp_path / "integrations/newspaper")
    assert newspaper.environ(load({"PORT": str(free_port())})) == {}
    assert newspaper.address() is None


def test_each_start_has_a_key_of_its_own_and_the_end_of_the_one_before_is_on_record(
    settings: Settings, database: Database, site: Site
) -> None:
    access = Access("http://127.0.0.1:1", "", "ada@gazette.example", "", site.slug)
    first, second = (keys.id_of(newspaper.new_key(settings, access)) for _ in range(2))
    with database.read() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
    told = [(entry.action, entry.subject_id) for entry in entries]
    assert told == [("key.create", first), ("key.create", second), ("key.revoke", first)]
