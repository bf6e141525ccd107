"""The web server: gunicorn with threads, configured from the settings alone.

Nothing is preloaded: each process opens its own database connections. A long poll holds a thread, not a process.
"""

import os
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from service.machine.processes import die_with_parent
from service.settings import Settings

APPLICATION = "service.wsgi:app"
GRACE_SECONDS = 5  # for requests under way when told to stop; a long poll is cut after that


def serve(settings: Settings) -> None:
    """Serve until told to stop; does not return."""
    _Server(options(settings)).run()


def options(settings: Settings) -> dict[str, Any]:
    """Return gunicorn's options for these settings."""
    tie = die_with_parent()
    memory = Path("/dev/shm")  # noqa: S108  (gunicorn's heartbeat file must not wait for a disk)
    return {
        "bind": f"{settings.host}:{settings.port}",
        "workers": settings.web_concurrency,
        "worker_class": "gthread",
        "threads": settings.web_threads,
        "timeout": 60,
        "graceful_timeout": GRACE_SECONDS,
        "keepalive": 15,
        "limit_request_line": 8190,  # gunicorn's most; an id of 512 emoji takes 6,144 bytes of it
        "worker_tmp_dir": str(memory) if os.access(memory, os.W_OK) else None,
        "loglevel": "warning",
        "control_socket_disable": True,
        # The kernel ends the web processes with gunicorn's own, however that one dies.
        "post_fork": lambda _arbiter, _worker: tie(),
    }


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, chosen: dict[str, Any]) -> None:
        self._chosen = chosen
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from gunicorn.util import import_app

        return import_app(APPLICATION)
