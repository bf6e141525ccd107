"""Whether the parts on this machine work, for health checks of containers: one question each, answered in seconds.

A worker is checked through the database: its beats stop there also when it hangs.
"""

import http.client
import socket
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from service.installation.settings import Settings
from service.installation.storage import opened
from service.moderation.insight import workers


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
    """Whether a worker of this role on this machine is alive."""
    with opened(settings) as database, database.read() as session:
        return workers.is_alive_on(session, socket.gethostname(), role)


def watcher_of_workers(settings: Settings) -> Callable[[int], bool]:
    """Return what says of a worker's process on this machine whether it responds; a database that is away says so."""

    def responds(pid: int) -> bool:
        try:
            with opened(settings, pool_size=1) as database, database.read() as session:
                return not workers.has_fallen_silent(session, socket.gethostname(), pid)
        except SQLAlchemyError:
            return True  # no worker can beat then, and killing one helps no site

    return responds
