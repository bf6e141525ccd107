"""`python -m tests.faults.siege`: a real `moderato up` under siege, and what other sites' readers notice of it.

Strangers hold connections of every kind, a site floods everything that sites share, and texts are made to be slow. The
table shows what intake, verdicts, callbacks and scores of another site take before and during each. Runs on SQLite and,
where it is installed, on PostgreSQL. Everything stays on this machine's loopback addresses.
"""

import http.client
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from sqlalchemy import select

from service.accounts import keys
from service.db import Database
from service.models import Site, WorkerBeat
from service.queues import CLASSIFICATION
from tests.faults.conftest import LOCAL, pending
from tests.support import postgres
from tests.support.hostile import KINDS, TEXT, besieged, hostile, milliseconds, send_comments
from tests.support.neighbours import Caller, Neighbour, Worst, greedy
from tests.support.receiver import receiving
from tests.support.services import Services, eventually, free_port, status_of

EACH = 200
SLOW_TEXTS = ("A-" * 4_900 + " f u c k f*ck @@ss", "\U0001f1e9" * 130_000, "(" * 9_000, "a\u0301" * 4_500)
Took = dict[str, list[float]]


@dataclass(frozen=True)
class Row:
    """One line of the table, in milliseconds."""

    database: str
    siege: str
    what: str
    count: int
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Up:
    """A running service and the keys of its two sites."""

    port: int
    database: Database
    quiet_key: str
    greedy_key: str


@click.command()
@click.option("--minutes", default=5.0, show_default=True, help="How long it takes in all, apart from starting.")
@click.option("--database", "kinds", multiple=True, type=click.Choice(["sqlite", "postgresql"]), help="Default: both.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
def siege(minutes: float, kinds: tuple[str, ...], as_json: bool) -> None:
    """Besiege a real `moderato up` and print what others notice."""
    binaries = postgres.find_binaries()
    chosen = [kind for kind in kinds or ("sqlite", "postgresql") if kind == "sqlite" or binaries]
    rows: list[Row] = []
    for kind in chosen:
        with (
            running(kind) as up,
            receiving() as receiver,
            closing(Neighbour(up.port, up.quiet_key, receiver)) as neighbour,
        ):
            rows += besiege(kind, up, neighbour, minutes * 60 / len(chosen))
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    click.echo(f"{'database':<11} {'siege':<26} {'other site':<12} {'times':>5} {'p50':>8} {'p95':>8} {'p99':>8}  (ms)")
    for row in rows:
        click.echo(line(row))


def besiege(kind: str, up: Up, neighbour: Neighbour, seconds: float) -> Iterator[Row]:
    """Yield the table's rows for one database."""
    port, quiet_key, greedy_key, database = up.port, up.quiet_key, up.greedy_key, up.database
    connections = {f"{EACH} × {one}": ([one], EACH) for one in KINDS}
    connections |= {f"{EACH} of each": (list(KINDS), EACH), "1,100 silent sockets": (["silent sockets"], 1_100)}
    turn = seconds / (len(connections) + 4)

    def intake() -> Took:
        return {"intake": lasting(turn, lambda: send_comments(port, quiet_key, number=10, pause=0.05))}

    def everything() -> Took:
        took: Took = {}
        until = time.monotonic() + turn
        while time.monotonic() < until:
            for what, seconds_each in neighbour.rounds(1).items():
                took.setdefault(what, []).extend(seconds_each)
        return took

    neighbour.rounds(1)  # every worker is up
    yield from rows_of(kind, "quiet", everything)
    for name, (kinds, each) in connections.items():
        with besieged(port, kinds, each=each):
            yield from rows_of(kind, name, intake)
    with polls(port, greedy_key, database):
        yield from rows_of(kind, f"{EACH} open polls", intake)
    eventually(lambda: not pending(database), "the comments of the phases before are not decided", seconds=180)
    with greedy(port, greedy_key, Worst()):
        yield from rows_of(kind, "a site at its worst", everything)
    send_slow_texts(port, greedy_key)
    yield from rows_of(kind, "texts made to be slow", everything)


def rows_of(kind: str, name: str, measure: Callable[[], Took]) -> Iterator[Row]:
    """Yield a row for each thing that `measure` timed; where it never came, say so and go on."""
    click.echo(f"{kind}: {name} …", err=True)
    try:
        took = measure()
    except (AssertionError, OSError, http.client.HTTPException) as fault:
        click.echo(f"{kind}: {name}: {fault!r}", err=True)
        took = {"nothing came": [float("inf")]}
    for what, each in took.items():
        row = Row(kind, name, what, len(each), *(milliseconds(each, share) for share in (50, 95, 99)))
        click.echo(line(row), err=True)
        yield row


def line(row: Row) -> str:
    """Return one line of the table."""
    figures = f"{row.count:>5} {row.p50:>8.1f} {row.p95:>8.1f} {row.p99:>8.1f}"
    return f"{row.database:<11} {row.siege:<26} {row.what:<12} {figures}"


def lasting(seconds: float, measure: Callable[[], list[float]]) -> list[float]:
    """Return what `measure` returns, again and again for so long."""
    took, until = measure(), time.monotonic() + seconds
    while time.monotonic() < until:
        took += measure()
    return took


@contextmanager
def polls(port: int, key: str, database: Database) -> Iterator[None]:
    """Keep polls open on a comment that waits, because the classification workers are stopped meanwhile."""
    with database.read() as session:
        pids = set(session.scalars(select(WorkerBeat.pid).where(WorkerBeat.role == CLASSIFICATION)))
    with closing(Caller(port, key)) as call, ExitStack() as stack:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
            stack.callback(os.kill, pid, signal.SIGCONT)
        call("POST", "/v1/comments", {"id": "polled", "text": TEXT.format("polled")})
        head = f"GET /v1/comments/polled?wait=30 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n"
        for _ in range(EACH):
            stack.enter_context(closing(hostile(port, head.encode())))
        yield


def send_slow_texts(port: int, key: str) -> None:
    """Send each slow text a few times as a comment and to be scored."""
    with closing(Caller(port, key)) as call:
        for number, text in enumerate(SLOW_TEXTS * 5):
            call("POST", "/v1/comments", {"id": f"slow-{number}", "text": text})
            call("POST", "/v1/score", {"text": text})


@contextmanager
def running(kind: str) -> Iterator[Up]:
    """Run `moderato up` on a database of its own, with a quiet and a greedy site."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="moderato-siege-")))
        url = f"sqlite:///{folder / 'var' / 'moderato.db'}"
        if kind == "postgresql":
            cluster = postgres.Cluster(postgres.find_binaries())  # type: ignore[arg-type]
            stack.callback(cluster.stop)
            url = cluster.create("siege")
        environ = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | LOCAL
        port = free_port()
        environ |= {"DATABASE_URL": url, "MODERATO_DATA_DIR": str(folder / "var"), "PORT": str(port)}
        environ |= {"MODERATO_RATE_LIMIT_PER_MINUTE": "1000000", "PYTHONUNBUFFERED": "1"}
        database = Database(url)
        stack.callback(database.dispose)
        services = Services(database, environ, folder)
        stack.callback(services.stop)
        click.echo(f"{kind}: starting `moderato up` …", err=True)
        services.start([sys.executable, "-m", "service.cli.main", "up"], "up")
        eventually(lambda: status_of(f"http://127.0.0.1:{port}/healthz") == 200, services.output)
        with database.write() as session:
            made = [Site(slug=slug, name=slug) for slug in ("quiet", "greedy")]
            session.add_all(made)
            session.flush()
            quiet_key, greedy_key = (keys.create(session, site.id, "siege") for site in made)
        yield Up(port, database, quiet_key, greedy_key)


if __name__ == "__main__":
    siege()
