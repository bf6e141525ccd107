"""Whether the parts on this machine work, for health checks of containers: one question each, answered in seconds.

A worker is asked through the database, where it writes its signs of life: they stop also when it hangs.
"""

import http.client
import socket

from sqlalchemy import select

from service.db import Database, database_now
from service.models import WorkerBeat
from service.settings import Settings

SILENT_SECONDS = 30  # a worker writes every few seconds


def web_answers(settings: Settings) -> bool:
    """Whether the web server on this machine answers /healthz."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104  (compared, not bound)
    name = settings.trusted_hosts.partition(",")[0].strip()  # it may answer to this name alone
    connection = http.client.HTTPConnection(host, settings.port, timeout=4)
    try:
        connection.request("GET", "/healthz", headers={"Host": name} if name else {})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def worker_beats(settings: Settings, role: str) -> bool:
    """Whether a worker of this role on this machine gave a sign of life lately."""
    database = Database(settings.effective_database_url)
    try:
        with database.read() as session:
            found = select(WorkerBeat.id).where(
                WorkerBeat.role == role,
                WorkerBeat.host == socket.gethostname(),
                WorkerBeat.seen_at > database_now(-SILENT_SECONDS),
            )
            return session.scalar(found.limit(1)) is not None
    finally:
        database.dispose()
