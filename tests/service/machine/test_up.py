"""`moderato up --demo` as somebody meets it: to verdicts, a curl line that works, and nothing left behind."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.machine import demo, newspaper
from service.machine.demo_api import Api
from tests.support.services import REPOSITORY, eventually, free_port, status_of

CONTENT = json.loads(demo.CONTENT.read_text())


@dataclass
class Demo:
    """A running demo, what it printed, and what it wrote for programs."""

    process: subprocess.Popen[str]
    folder: Path
    printed: str
    access: dict[str, Any]


def up(folder: Path, *arguments: str, **environ: str) -> subprocess.Popen[str]:
    """Start `moderato up` with settings of its own and its data in `folder`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "service.cli.main", "up", *arguments],
        cwd=REPOSITORY,
        env=kept | {"MODERATO_DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"} | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo") / "var"
    process = up(folder, "--demo", PORT=str(free_port()))
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C stops everything." in line:
            break
    assert process.poll() is None, "".join(lines)
    yield Demo(process, folder, "".join(lines), json.loads((folder / "demo.json").read_text()))
    process.kill()
    process.communicate()


def test_every_comment_of_the_demo_has_its_row(running: Demo) -> None:
    for comment in CONTENT["comments"]:
        assert re.search(rf"(approved|rejected|held|refused) .*{comment['about']}", running.printed)


def test_the_comment_that_is_too_short_was_refused_with_the_numbers(running: Demo) -> None:
    assert "The comment has 11 of at least 50 characters." in running.printed


def test_what_is_rude_or_off_topic_was_not_approved_and_what_is_fair_was(running: Demo) -> None:
    assert re.search(r"^(rejected|held) .* rude  ", running.printed, re.M)
    assert re.search(r"^(rejected|held) .* rude in disguise ", running.printed, re.M)
    assert re.search(r"^held .* off the topic +off_topic 0\.", running.printed, re.M)
    assert re.search(r"^approved .* on the topic ", running.printed, re.M)


def test_the_file_for_programs_says_what_was_printed_and_is_nobody_elses(running: Demo) -> None:
    access = running.access
    assert set(access) == {"base_url", "api_key", "moderator", "site", "newspaper"}
    moderator = access["moderator"]
    for value in (
        access["base_url"],
        access["api_key"],
        moderator["email"],
        moderator["password"],
        access["newspaper"],
    ):
        assert value in running.printed
    assert stat.S_IMODE((running.folder / "demo.json").stat().st_mode) == 0o600


def test_the_newspaper_is_connected_and_answers(running: Demo) -> None:
    eventually(lambda: status_of(running.access["newspaper"]) == 200, "the newspaper does not answer")
    assert connections(running.access) == (1, 1)


def test_nobody_else_on_the_machine_can_read_the_data(running: Demo) -> None:
    assert stat.S_IMODE(running.folder.stat().st_mode) == 0o700
    open_to_others = [path.name for path in running.folder.rglob("*") if path.stat().st_mode & 0o077]
    assert open_to_others == []


def test_the_curl_lines_work_as_pasted_and_work_twice(running: Demo) -> None:
    send, ask = re.findall(r"^  (curl .+)$", running.printed, re.M)
    for _ in range(2):
        sent = subprocess.run(["bash", "-c", send], capture_output=True, text=True, check=True)
        assert json.loads(sent.stdout)["id"] == "my-first-comment"
    asked = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True)
    assert json.loads(asked.stdout)["status"] == "approved"


def test_the_address_leads_to_the_console_and_to_the_description_of_the_api(running: Demo) -> None:
    for path in ("/", "/docs", "/openapi.json"):
        with urllib.request.urlopen(running.access["base_url"] + path, timeout=10) as answer:
            assert answer.status == 200


def test_a_receiver_on_this_machine_can_be_tried_without_a_setting(running: Demo) -> None:
    body = json.dumps({"url": "http://localhost:3000/callbacks"}).encode()
    headers = {"Authorization": f"Bearer {running.access['api_key']}", "Content-Type": "application/json"}
    request = urllib.request.Request(running.access["base_url"] + "/v1/endpoints", body, headers, method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 201


def test_a_second_one_on_the_same_folder_is_refused_in_words(running: Demo) -> None:
    second = up(running.folder, PORT=str(free_port()))
    printed, _ = second.communicate(timeout=30)
    assert second.returncode == 1
    assert "Another `moderato up` is running on" in printed


def test_a_port_that_is_taken_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = up(tmp_path / "var", PORT=port)
        printed, _ = process.communicate(timeout=30)
    assert process.returncode == 78
    assert f"PORT={port}: cannot listen on 127.0.0.1 (Address already in use)" in printed
    assert not (tmp_path / "var").exists()


def test_a_killed_worker_comes_back(running: Demo) -> None:
    first = processes(running.folder, "workers upkeep")
    assert len(first) == 1
    os.kill(first[0], signal.SIGKILL)
    eventually(lambda: processes(running.folder, "workers upkeep") not in ([], first), "upkeep was not started again")


def test_sigterm_stops_all_of_it_and_leaves_no_process(running: Demo) -> None:
    assert len(processes(running.folder)) >= 8, "the supervisor, Redis, the web server, four workers, the newspaper"
    running.process.terminate()
    assert running.process.wait(120) == 0
    assert processes(running.folder) == []


def test_a_second_run_keeps_the_site_and_the_password_and_leaves_nothing_when_killed(running: Demo) -> None:
    running.process.wait(120)
    process = up(running.folder, "--demo", PORT=str(free_port()))
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C stops everything." in line:
            break
    assert "These comments got their verdicts in an earlier run." in "".join(lines)
    again = json.loads((running.folder / "demo.json").read_text())
    assert (again["moderator"], again["api_key"]) == (running.access["moderator"], running.access["api_key"])
    eventually(lambda: status_of(again["newspaper"]) == 200, "the newspaper does not answer")
    assert connections(again) == (1, 1), "the first run's source and endpoint are used again"
    eventually(lambda: len(processes(running.folder)) >= 8, "not everything started")
    process.kill()
    process.communicate()
    eventually(lambda: processes(running.folder) == [], lambda: f"left: {processes(running.folder)}")


def connections(access: dict[str, Any]) -> tuple[int, int]:
    """Return how many sources and endpoints of the newspaper the demo site has."""
    api = Api(access["base_url"], access["api_key"])
    sources, endpoints = api.call("GET", "/v1/webhook-sources")[1], api.call("GET", "/v1/endpoints")[1]
    return (
        sum(source["name"] == newspaper.NAME for source in sources["sources"]),
        sum(endpoint["description"] == newspaper.NAME for endpoint in endpoints["endpoints"]),
    )


def processes(folder: Path, command: str = "") -> list[int]:
    """Return the ids of all processes whose data is in `folder`, under any parent."""
    mark = f"MODERATO_DATA_DIR={folder}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            # Redis writes a title over its environment, with the path of its socket.
            ours = mark in (entry / "environ").read_bytes().split(b"\0") or f"unixsocket:{folder}" in line
            if ours and line and command in line:
                found.append(int(entry.name))
        except OSError:
            continue
    return found
