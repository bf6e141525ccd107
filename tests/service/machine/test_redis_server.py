"""The private Redis keeps nothing on disk, and nothing that lies in its folder keeps it from starting."""

import signal
from pathlib import Path

import pytest
from redis import Redis

from service.machine import redis_server

DAMAGED = bytes(64)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "redis"


@pytest.mark.parametrize("left", ["dump.rdb", "appendonly.aof", "appendonlydir/appendonly.aof.1.base.rdb"])
def test_a_damaged_file_of_an_earlier_redis_does_not_keep_it_from_starting(folder: Path, left: str) -> None:
    (folder / left).parent.mkdir(parents=True)
    (folder / left).write_bytes(DAMAGED)
    process = redis_server.start(redis_server.find_server(), folder / "r.sock", folder)
    try:
        client = Redis(unix_socket_path=str(folder / "r.sock"))
        assert client.set("wake", 1)
        client.close()
        assert not (folder / left).exists(), "what it held may have been readers' texts"
        process.send_signal(signal.SIGTERM)
        process.wait(10)
    finally:
        process.kill()
        process.wait()
    kept = {path.name for path in folder.rglob("*") if path.is_file()}
    assert kept <= {"redis.log"}
