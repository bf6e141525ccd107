"""The web server: uvicorn under our own front (`service.front`), configured from the settings alone.

Each process opens its own database connections. One process serves by itself; of several, uvicorn starts and watches
them.
"""

import gc
import multiprocessing
import resource
import signal
import sys

import uvicorn
from uvicorn.supervisors import Multiprocess

from service.front.front import Front, make
from service.installation.settings import Settings, load
from service.machine.processes import die_with_parent

GRACE_SECONDS = 5  # for requests under way when told to stop; a long poll is cut after that
KEEP_ALIVE_SECONDS = 15  # that a connection may idle between two requests
# Bytes of a request's line and headers together; an id of 512 emoji takes 6,144 of them.
HEAD_BYTES = 32 * 1024
SPARE_FILES = 1_024  # descriptors beside those of connections: database, Redis, logs


def serve(settings: Settings) -> None:
    """Serve until told to stop; does not return."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))  # after uvicorn has stopped by its own handler
    chosen = config(settings)
    if settings.web_concurrency == 1:
        uvicorn.Server(chosen).run()
    else:
        Multiprocess(chosen, sockets=[chosen.bind_socket()]).run()


def config(settings: Settings) -> uvicorn.Config:
    """Return uvicorn's configuration for these settings."""
    return uvicorn.Config(
        "service.machine.web_server:application",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.web_concurrency,
        http="service.front.connections:Connection",
        ws="none",
        loop="asyncio",
        lifespan="off",
        interface="asgi3",
        proxy_headers=False,  # the application reads them, as many as MODERATO_PROXY_HOPS says
        server_header=False,
        access_log=False,
        log_level="error",  # a warning for each request that is not HTTP would be a stranger's to fill the disk with
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        h11_max_incomplete_event_size=HEAD_BYTES,
    )


def application() -> Front:
    """Return the front of this process."""
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        die_with_parent(of=parent.pid)()
    settings = load()
    _allow_files(settings.connections + SPARE_FILES)
    front = make(settings)
    # To look through two hundred thousand objects that stay takes 150 ms, in which this process answers nobody.
    gc.freeze()
    return front


def _allow_files(wanted: int) -> None:
    """Raise this process's limit of open files, often 1,024, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
