"""Every command in README.md and on every other page runs unchanged, in a folder that looks like a checkout.

`make run` is the real one, on a virtual environment that counts as installed; its service answers the commands of all
pages, README first. Targets that would run these very tests or the benchmark are checked by make itself, which prints
what it would do. What no test can run is in NOT_RUN, with the reason.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.machine.demo import Api
from tests.support.pages_of_docs import PAGES, README, blocks, name
from tests.support.services import REPOSITORY, free_port

NOT_RUN = {
    "pip install ": "fetches packages; .ci/run and the Dockerfile install them",
    "npm install ": "fetches packages; tests/clients/ runs what is installed",
    "moderato up": "is what `make run` runs, and answers these commands",
    "docker compose ": "needs a Docker daemon; test_deployment.py reads the file",
}
pytestmark = pytest.mark.timeout(400)  # on a busy machine the service alone takes a minute to start
# Callbacks to this machine. To be removed once `moderato up --demo` allows its own loopback addresses.


@dataclass(frozen=True)
class Block:
    """A block of shell commands on a page."""

    page: str
    text: str

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def is_make(self) -> bool:
        return all(line.startswith("make ") for line in self.lines)

    @property
    def is_left_out(self) -> bool:
        return all(line.startswith(tuple(NOT_RUN)) for line in self.lines)


BLOCKS = [Block(name(page), text) for page in PAGES for text in blocks(page, "bash")]
MAKE = sorted({line for block in BLOCKS if block.is_make for line in block.lines})
COMMANDS = [block for block in BLOCKS if not block.is_make and not block.is_left_out]
LAST_OF_README = sum(block.page == name(README) for block in COMMANDS) - 1  # after it, the first callback is awaited


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with our files and a virtual environment that make takes for installed: this interpreter's own."""
    folder = tmp_path_factory.mktemp("checkout")
    for entry in REPOSITORY.iterdir():
        if entry.name not in (".venv", "var", ".git", ".env"):
            (folder / entry.name).symlink_to(entry)
    (folder / ".venv").mkdir()
    (folder / ".venv/bin").symlink_to(Path(sys.prefix) / "bin")
    for stamp in (".run", ".test"):
        (folder / ".venv" / stamp).touch()
    scored = [f"Thank you for the {number} lovely pictures.,0.0{number % 9}" for number in range(60)]
    (folder / "perspective-scores.csv").write_text("\n".join(["text,score", *scored, "You are an idiot.,0.95", ""]))
    return folder


@pytest.fixture(scope="module")
def environ(checkout: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    path = f"{checkout / '.venv/bin'}:{os.environ['PATH']}"
    return kept | {"PATH": path, "PYTHONPATH": str(checkout), "PORT": str(free_port())}


@pytest.fixture(scope="module")
def running(checkout: Path, environ: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        ["make", "run"],
        cwd=checkout,
        env=environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        printed.append(line)
        if "Ctrl-C stops everything." in line:
            break
    assert process.poll() is None, "".join(printed)
    yield
    process.terminate()
    process.communicate(timeout=15)


@pytest.fixture(scope="module")
def printed(running: None, checkout: Path, environ: dict[str, str]) -> dict[str, list[str]]:
    """Run all commands in one shell; return what each block printed, by page."""
    port = free_port()
    received = checkout / "received.txt"
    replaced = {
        "http://127.0.0.1:9000/": f"http://127.0.0.1:{port}/",
        "receiver.py 9000 &": f"receiver.py {port} > {received} &",
        "https://cms.example/hooks/": f"http://127.0.0.1:{port}/hooks/",
    }
    script = ""
    for number, block in enumerate(COMMANDS):
        text = block.text
        for shown, here in replaced.items():
            text = text.replace(shown, here)
        if text.startswith("moderato alive"):  # on a busy machine a heartbeat may be late; the next one is not
            text = f"until {{ {' && '.join(block.lines)}; }} > health.txt; do sleep 1; done\ncat health.txt"
        script += f"echo '{block.page}, block {number}' >&2\n{text}\nprintf '\\0'\n"
        if number == LAST_OF_README:
            script += (
                f"timeout 60 bash -c \"until grep -q 'comment.approved c-2' {received}; do sleep 0.1; done\"\nkill %1\n"
            )
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=checkout,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{done.stderr}\n{done.stdout.rpartition(chr(0))[2]}"
    found: dict[str, list[str]] = {}
    for block, output in zip(COMMANDS, done.stdout.split("\0"), strict=False):
        found.setdefault(block.page, []).append(output)
    return found


def test_the_first_comment_and_the_first_callback_arrive(printed: dict[str, list[str]]) -> None:
    _, article, comment, verdict, second = printed["README.md"]
    assert json.loads(article)["id"] == "bridge"
    (shown,) = blocks(README, "json")
    assert same_but_for_times(json.loads(comment), json.loads(shown))
    assert json.loads(verdict)["status"] == "approved"
    assert json.loads(second)["id"] == "c-2"  # `printed` waited for its callback


def test_the_page_of_the_api_shows_a_refusal_a_score_and_a_block(printed: dict[str, list[str]]) -> None:
    key, short, scored, reported, blocked = printed["docs/integrators/api.md"]
    assert key.startswith("cm_live_")
    assert {"length": 7, "minimum": 50}.items() <= json.loads(short).items()
    assert 0 < json.loads(scored)["scores"]["toxicity"]["value"] < 1
    assert json.loads(reported)["kind"] == "abuse"
    assert json.loads(blocked)["standing"]["standing"] == "blocked"


def test_the_page_for_perspective_clients_shows_a_score_and_a_curve(
    printed: dict[str, list[str]], checkout: Path
) -> None:
    analyzed, terms, pinned, curve, *_ = printed["docs/integrators/leaving-perspective.md"]
    score = json.loads(analyzed[analyzed.index("{") :])["attributeScores"]["TOXICITY"]["summaryScore"]
    assert 0 < score["value"] < 1
    assert json.loads(terms)["origins"] == ["https://herald.example"]
    assert "relevance" in json.loads(pinned)["pinned"]
    assert "The curve applies to key" in curve
    assert (checkout / "curve.png").stat().st_size > 10_000
    assert (checkout / "analyzer.pem").exists()


def test_the_pages_of_other_contracts_show_what_their_clients_get(printed: dict[str, list[str]]) -> None:
    (flagged,) = printed["docs/integrators/openai-moderation.md"]
    assert json.loads(flagged)["results"][0]["flagged"] is True
    (source,) = printed["docs/integrators/coral.md"]
    assert json.loads(source)["address"].startswith("/v1/coral/")
    assert printed["docs/integrators/akismet.md"] == ["true"]
    (classified,) = printed["docs/integrators/discourse-toxicity.md"]
    assert json.loads(classified)["toxicity"] > 50


def test_the_pages_on_connections_show_what_to_keep(printed: dict[str, list[str]]) -> None:
    assert json.loads(printed["docs/integrators/callbacks.md"][0])["secrets"][0].startswith("whsec_")
    source = json.loads(printed["docs/integrators/webhooks.md"][0])
    assert source["secrets"]
    assert source["id"]


def test_the_callback_that_the_page_shows_has_the_fields_of_a_real_one(
    printed: dict[str, list[str]], checkout: Path
) -> None:
    access = json.loads((checkout / "var/demo.json").read_text())
    api = Api(access["base_url"], access["api_key"])
    _, log = api.call("GET", "/v1/deliveries")
    _, delivery = api.call("GET", f"/v1/deliveries/{log['deliveries'][0]['id']}")
    shown, *_ = blocks(REPOSITORY / "docs/integrators/callbacks.md", "json")
    example, real = json.loads(shown), delivery["payload"]
    assert example.keys() == real.keys()
    assert example["data"].keys() == real["data"].keys()
    assert example["data"]["decided_by"].keys() == real["data"]["decided_by"].keys()


def test_the_commands_of_an_operator_work(printed: dict[str, list[str]], checkout: Path) -> None:
    site, _env, health = printed["docs/operators/running.md"]
    assert "ann@example.org is moderator at gazette." in site
    assert "MODERATO_DATA_DIR" in site
    assert '"status"' in health
    assert (checkout / ".env").exists()
    assert (checkout / "backup.db").stat().st_size > 100_000


def test_a_block_is_run_or_left_out_as_a_whole_and_for_a_reason() -> None:
    mixed = [
        f"{block.page}: {line}"
        for block in COMMANDS
        for line in block.lines
        if line.startswith((*NOT_RUN, "make ", "sudo ", "systemctl "))
    ]
    assert mixed == []
    used = {prefix for prefix in NOT_RUN for block in BLOCKS for line in block.lines if line.startswith(prefix)}
    assert used == set(NOT_RUN)


@pytest.mark.parametrize("command", MAKE)
def test_every_target_that_a_page_names_is_one_that_make_can_do(
    command: str, checkout: Path, environ: dict[str, str]
) -> None:
    arguments = command.split()
    done = subprocess.run(
        [*arguments, "--dry-run"], cwd=checkout, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "pip" not in done.stdout, "an installed checkout must need no network"


def test_the_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) <= 160


def test_the_receiver_that_the_readme_shows_is_the_one_that_runs() -> None:
    assert (REPOSITORY / "docs/integrators/receiver.py").read_text().endswith(blocks(README, "python")[0])


def test_what_a_fresh_checkout_would_install_is_pinned_to_one_version_each() -> None:
    pins = [line for line in (REPOSITORY / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[^ ]+", pin) for pin in pins)
    assert "torch==2.13.0" in pins
    names = [re.sub(r"[-_.]+", "-", pin.partition("==")[0]).lower() for pin in pins]
    assert len(names) == len(set(names))
    wanted = re.findall(r'"([A-Za-z0-9._-]+)(?:\[[a-z]+\])?(?:>=|==)[0-9]', (REPOSITORY / "pyproject.toml").read_text())
    build_only = {"hatchling"}
    missing = {re.sub(r"[-_.]+", "-", name).lower() for name in wanted} - set(names) - build_only
    assert missing == set()


def same_but_for_times(found: dict[str, Any], shown: dict[str, Any]) -> bool:
    return found.keys() == shown.keys() and all(found[key] == value for key, value in shown.items() if value != "…")
