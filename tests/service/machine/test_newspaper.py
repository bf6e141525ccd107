"""Where the newspaper of the demo is: on the next free port, and only in a checkout."""

import socket
from pathlib import Path

import pytest

from service.machine import newspaper
from service.settings import load
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
