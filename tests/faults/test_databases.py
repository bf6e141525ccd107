"""The database misbehaves: it locks, restarts or is away; nothing is lost, and programs and people learn of it."""

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import make_url, select

from service.accounts import keys
from service.app import create_app
from service.console.people import sign_in
from service.db import Database
from service.installation.settings import Settings, load
from service.models import Comment, Site
from service.queues import Queues
from service.vocabulary import CommentStatus
from tests.faults.conftest import assert_all_came_right, pending, scripted, wait_until
from tests.service.api.conftest import Caller
from tests.support.classifiers import ScriptedClassifiers
from tests.support.comments import TEXT, submit
from tests.support.fault_proxy import FaultProxy, proxied
from tests.support.services import Services
from workers import upkeep
from workers.runtime import Runtime


def test_a_locked_database_delays_intake_and_loses_nothing(
    settings: Settings, database: Database, site: Site, queues: Queues
) -> None:
    """SQLite's one writer, or a row lock on PostgreSQL: the second writer waits its turn."""
    with database.write() as session:
        key = keys.create(session, site.id, "cms")
    call = Caller(create_app(settings, database=database, queues=queues).test_client(), key)
    call.send("c-1")
    locked, free = threading.Event(), threading.Event()

    def hold() -> None:
        with database.write() as session:
            session.scalars(select(Comment).with_for_update()).all()
            locked.set()
            free.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    assert locked.wait(60)
    threading.Timer(0.5, free.set).start()
    answer = call("PUT", "/v1/comments/c-1", json={"text": TEXT + " Changed my mind."})
    holder.join()
    assert answer.status_code == 202


@pytest.mark.one_database
def test_a_database_that_is_away_is_said_so_to_programs_and_to_people(
    settings: Settings, database: Database, site: Site, redis_url: str
) -> None:
    with database.write() as session:
        key = keys.create(session, site.id, "cms")
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    app = create_app(settings, database=away, queues=Queues(redis_url))
    client = app.test_client()
    answer = Caller(client, key).send("c-1")
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    with client.session_transaction() as cookie:
        cookie[sign_in.SECRET] = "x" * 43
    page = client.get("/console/")
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "5"
    assert "The database cannot do this just now" in page.text
    away.dispose()


def test_a_worker_outlives_a_database_that_locks_or_restarts(
    services: Services, database: Database, site: Site, queues: Queues
) -> None:
    """SQLite locked for seconds, PostgreSQL away for a second and every connection cut: late, and otherwise nothing."""
    for number in range(6):
        submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.", author_id=f"a-{number}")
    queues.wake()
    quick = {"MODERATO_LEASE_SECONDS": "2", "TEST_SCORING_SECONDS": "0.2", "MODERATO_BATCH_SIZE": "2"}
    with proxied(database_socket(database)) as proxy:
        url = database.url if database.is_sqlite else through(database, proxy)
        worker = scripted(services, "classification", DATABASE_URL=url, **quick)
        wait_until(lambda: pending(database) < 6, 60, "nothing was classified")
        if database.is_sqlite:
            with database.write():
                time.sleep(3)  # longer than the lease
        else:
            proxy.set("refuse")
            time.sleep(1)
            proxy.set("pass")
        runtime = Runtime(load(services.environ), "upkeep", database, queues, ScriptedClassifiers())

        def done() -> bool:
            nonlocal worker
            upkeep.once(runtime)
            if worker.poll() is not None:
                worker = scripted(services, "classification", DATABASE_URL=url, **quick)
            return pending(database) == 0

        wait_until(done, 60, services.output()[-2000:])
        services.kill(worker)
    assert_all_came_right(database, 6, callbacks=0)


def database_socket(database: Database) -> int | Path:
    """Where PostgreSQL listens; for SQLite, which has no connections to break, anything."""
    url = make_url(database.url)
    if database.is_sqlite:
        return 1
    port = int(url.port or 5432)
    socket = Path(str(url.query.get("host", ""))) / f".s.PGSQL.{port}"
    return socket if socket.exists() else port


def through(database: Database, proxy: FaultProxy) -> str:
    """The address of the database, by way of `proxy`."""
    url = make_url(database.url).set(host="127.0.0.1", port=proxy.port, query={})
    return url.render_as_string(hide_password=False)


def test_a_database_that_comes_back_is_used_again(database: Database, site: Site, settings: Settings) -> None:
    """Every connection is cut, as by a restart or a failover; the pool notices before it lends a dead one."""
    if database.is_sqlite:
        database.dispose()  # a file has no connections to cut: a new process finds what the old one committed
        again = Database(database.url)
        submit(again, site.id)
        again.dispose()
        return
    with proxied(database_socket(database)) as proxy:
        again = Database(through(database, proxy))
        submit(again, site.id, "c-1")
        proxy.cut()
        submit(again, site.id, "c-2", TEXT + " After the cut.")
        again.dispose()
    with database.read() as session:
        statuses = list(session.scalars(select(Comment.status)))
    assert statuses == [CommentStatus.PENDING] * 2
