"""The two builds under measurement as processes of their own: started, asked, measured, stopped."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from service.accounts import keys
from service.db import Database
from service.machine import redis_server
from service.models import Site
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from tests.bench.comments import ARTICLE, terms
from tests.support.client import Client

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Build(ABC):
    """One build: `post` sends a comment, `done` counts verdicts, `verdict` waits for one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.processes: list[subprocess.Popen[bytes]] = []
        self.client = Client(self.port)

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def post(self, number: int, text: str) -> None: ...

    @abstractmethod
    def done(self) -> int: ...

    @abstractmethod
    def wait_for(self, number: int) -> None: ...

    def run(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a program of this build in a process group of its own, its output in the folder."""
        output = (self.folder / f"{len(self.processes)}.log").open("wb")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MODERATO_")}
        process = subprocess.Popen(
            command, cwd=ROOT, env=inherited | environment, stdout=output, stderr=output, start_new_session=True
        )
        self.processes.append(process)
        return process

    def peaks(self) -> dict[str, int]:
        """Return the peak resident memory (bytes) of every process of this build, by what it is and its pid."""
        found = {}
        for pid, kind in self._own().items():
            status = (Path("/proc") / pid / "status").read_text()
            peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
            found[f"{kind} {pid}"] = int(peak) * 1024
        return found

    def cpu_seconds(self) -> dict[str, float]:
        """Return the processor time used so far by every process of this build, by what it is."""
        used: dict[str, float] = {}
        for pid, kind in self._own().items():
            fields = (Path("/proc") / pid / "stat").read_text().rpartition(")")[2].split()
            used[kind] = used.get(kind, 0.0) + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return used

    def _own(self) -> dict[str, str]:
        groups = {process.pid for process in self.processes}
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if os.getsid(int(entry.name)) in groups:
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    found[entry.name] = self.kind(command)
            except (OSError, ProcessLookupError):
                continue
        return found

    def kind(self, command: str) -> str:
        """Return what a command line is."""
        for name in ("redis", "classification", "interactive", "delivery", "upkeep", "bench work"):
            if all(part in command for part in name.split()):
                return name
        return "supervisor" if " up" in command else "web"

    def stop(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


class Moderato(Build):
    """The product as `moderato up` starts it, with one classification worker per core."""

    def start(self) -> None:
        data = self.folder / "data"
        environment = {
            "MODERATO_DATA_DIR": str(data),
            "MODERATO_CLASSIFICATION_WORKERS": "2",
            "MODERATO_RATE_LIMIT_PER_MINUTE": "10000000",
            "MODERATO_LOG_LEVEL": "warning",
            "PORT": str(self.port),
        }
        self.run(sys.executable, "-m", "service.cli.main", "up", **environment)
        self.client.wait_until(lambda: self.client.request("GET", "/readyz")[0] == 200, seconds=60, what="readiness")
        self.database = Database(f"sqlite:///{data / 'moderato.db'}")
        with self.database.write() as session:
            site = Site(slug="bench", name="Bench")
            session.add(site)
            session.flush()
            blocked, suspect = terms(5_000, seed=1), terms(5_000, seed=2)
            rules = Rules(flood_limit=None, repeats="ignore", blocked_terms=blocked, suspect_terms=suspect)
            policies.activate(session, site.id, rules, author="bench")
            key = keys.create(session, site.id, "bench")
        self.client = Client(self.port, key)
        status, answer = self.client.request("PUT", f"/v1/articles/{ARTICLE['id']}", _without_id(ARTICLE))
        assert status in (200, 201), answer

    def post(self, number: int, text: str) -> None:
        body = {
            "id": f"b-{number}",
            "article_id": ARTICLE["id"],
            "author": {"id": f"reader-{number % 97}", "name": "Reader"},
            "text": text,
        }
        status, answer = self.client.request("POST", "/v1/comments", body)
        assert status == 202, answer

    def done(self) -> int:
        with sqlite3.connect(self.folder / "data" / "moderato.db", timeout=30) as database:
            return int(database.execute("SELECT count(*) FROM comment WHERE status <> 'pending'").fetchone()[0])

    def pending(self) -> int:
        """Return how many comments wait for their verdict."""
        with sqlite3.connect(self.folder / "data" / "moderato.db", timeout=30) as database:
            return int(database.execute("SELECT count(*) FROM comment WHERE status = 'pending'").fetchone()[0])

    def wait_for(self, number: int) -> None:
        status, answer = self.client.request("GET", f"/v1/comments/b-{number}?wait=30")
        assert status == 200, answer
        assert answer["status"] != "pending", answer

    def scores(self, number: int) -> dict[str, Any]:
        """Return the scores of one comment, to see that both questions were answered."""
        _, answer = self.client.request("GET", f"/v1/comments/b-{number}")
        return dict(answer["scores"])


class Naive(Build):
    """Flask, RQ's default worker and Detoxify's predict, one comment a job."""

    worker = "tests.bench.naive"

    def start(self) -> None:
        from tests.bench.naive import make_checkpoint

        make_checkpoint(self.folder, ROOT / "workers" / "models" / "compact" / "tokenizer.json")
        with sqlite3.connect(self.folder / "naive.db") as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("CREATE TABLE comment (id INTEGER PRIMARY KEY, text TEXT, score REAL)")
        redis_port = free_port()
        self.run(str(redis_server.find_server()), "--port", str(redis_port), "--save", "", "--dir", str(self.folder))
        environment = {
            "NAIVE_FOLDER": str(self.folder),
            "NAIVE_REDIS": f"redis://127.0.0.1:{redis_port}",
            "HF_HUB_OFFLINE": "1",
        }
        self.run(sys.executable, "-m", self.worker, "work", **environment)
        self.run(sys.executable, "-m", "tests.bench.naive", "web", str(self.port), **environment)
        self.client.wait_until(lambda: self.client.request("GET", "/done")[0] == 200, seconds=60, what="the naive web")
        self.post(0, "A first comment, so that the model is loaded and warm before anything is measured.")
        self.client.wait_until(lambda: self.done() == 1, seconds=120, what="the worker's first answer")

    def post(self, number: int, text: str) -> None:
        status, answer = self.client.request("POST", "/comments", {"id": number, "text": text})
        assert status == 202, answer

    def done(self) -> int:
        return int(self.client.request("GET", "/done")[1]["done"])

    def wait_for(self, number: int) -> None:
        while self.client.request("GET", f"/comments/{number}")[1]["score"] is None:
            time.sleep(0.005)


class Careful(Naive):
    """The naive build's web side with the worker of `tests.bench.careful`: no fork, the model kept loaded."""

    worker = "tests.bench.careful"


def _without_id(article: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in article.items() if name != "id"}
