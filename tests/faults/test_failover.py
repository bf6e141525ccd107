"""Redis fails over to a replica that has not heard of the last jobs, then to one that is empty: nothing is lost.

What stands between is an address that follows the primary (a proxy, a service, a name): the only topology that is
supported (docs/operators/running.md). Two real servers replicate; the proxy of the tests is that address.
"""

import subprocess
from pathlib import Path

import pytest
from redis import Redis

from service.db import Database
from service.machine import redis_server
from service.models import Endpoint, Site
from service.queues import Queues
from tests.faults.conftest import assert_all_came_right, pending, scripted, undelivered, wait_until
from tests.support.chaos import QUICK
from tests.support.comments import TEXT, submit
from tests.support.fault_proxy import proxied
from tests.support.receiver import Receiver
from tests.support.services import Services, free_port

PATIENCE = 240  # seconds; a few on a quiet machine
ROLES = ("upkeep", "classification", "delivery")


@pytest.mark.one_database
@pytest.mark.timeout(900)
def test_a_failover_to_a_stale_and_then_to_an_empty_redis_loses_nothing(
    services: Services, database: Database, site: Site, endpoint: Endpoint, receiver: Receiver, tmp_path: Path
) -> None:
    ports = [free_port() for _ in range(3)]
    primary = start(tmp_path / "primary", ports[0])
    replica = start(tmp_path / "replica", ports[1], "--replicaof", "127.0.0.1", str(ports[0]))
    empty = start(tmp_path / "empty", ports[2])
    at_replica = Redis(port=ports[1])
    wait_until(lambda: at_replica.info("replication")["master_link_status"] == "up", 30, "no replication")
    sent = 0

    def send(queues: Queues) -> None:
        nonlocal sent
        for _ in range(8):
            submit(database, site.id, f"c-{sent}", f"{TEXT} Remark {sent}.", author_id=f"a-{sent}")
            queues.wake()
            sent += 1

    with proxied(ports[0]) as address:
        url = f"redis://127.0.0.1:{address.port}"
        queues = Queues(url)
        workers = {role: scripted(services, role, **(QUICK | {"REDIS_URL": url})) for role in ROLES}

        def all_done() -> bool:
            for role, worker in workers.items():
                if worker.poll() is not None:  # as a supervisor does
                    workers[role] = scripted(services, role, **(QUICK | {"REDIS_URL": url}))
            return pending(database) + undelivered(database) == 0

        send(queues)
        wait_until(all_done, PATIENCE, f"the service does not run: {services.output()[-3000:]}")
        at_replica.replicaof("no", "one")  # cut off: it hears of nothing more
        send(queues)
        primary.kill()
        address.target = ports[1]
        address.cut()
        send(queues)
        wait_until(all_done, PATIENCE, f"after the first fail-over: {services.output()[-3000:]}")
        send(queues)
        replica.kill()
        address.target = ports[2]
        address.cut()
        wait_until(all_done, PATIENCE, f"after the second fail-over: {services.output()[-3000:]}")
        for worker in workers.values():
            services.kill(worker)
        queues.redis.close()
    at_replica.close()
    for server in (primary, replica, empty):
        server.kill()
        server.wait()
    assert sent == 32
    assert_all_came_right(database, sent)
    assert len(set(receiver.ids("/hooks"))) == sent


def start(folder: Path, port: int, *options: str) -> subprocess.Popen[bytes]:
    """Start a Redis with a port, as only this test needs one."""
    redis_server.prepare(folder / "r.sock", folder)
    command = redis_server.command(redis_server.find_server(), folder / "r.sock", folder)
    process = subprocess.Popen([*command, "--port", str(port), "--bind", "127.0.0.1", *options])
    redis_server.wait(process, folder / "r.sock", folder)
    return process
