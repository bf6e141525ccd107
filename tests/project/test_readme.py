"""Every command in README.md runs as it stands there, in its order, in a folder that looks like a checkout.

`make run` is the real one, on a virtual environment that counts as installed; targets that would run these very tests
or the benchmark are checked by make itself, which prints what it would do.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.services import REPOSITORY, free_port

README = (REPOSITORY / "README.md").read_text()
BLOCKS = re.findall(r"^```bash\n(.+?)^```$", README, re.M | re.S)
MAKE = [line for block in BLOCKS for line in block.splitlines() if line.startswith("make ")]
COMMANDS = [block for block in BLOCKS if not block.startswith("make ")]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with our files and a virtual environment that make takes for installed: this interpreter's own."""
    folder = tmp_path_factory.mktemp("checkout")
    for entry in REPOSITORY.iterdir():
        if entry.name not in (".venv", "var", ".git"):
            (folder / entry.name).symlink_to(entry)
    (folder / ".venv").mkdir()
    (folder / ".venv/bin").symlink_to(Path(sys.prefix) / "bin")
    for stamp in (".run", ".test"):
        (folder / ".venv" / stamp).touch()
    return folder


@pytest.fixture(scope="module")
def environ(checkout: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"PYTHONPATH": str(checkout), "PORT": str(free_port()), "PYTHONUNBUFFERED": "1"}


@pytest.fixture(scope="module")
def running(checkout: Path, environ: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        ["make", "run"], cwd=checkout, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
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


def test_the_commands_of_the_readme_work_one_after_the_other(
    running: None, checkout: Path, environ: dict[str, str]
) -> None:
    assert len(COMMANDS) >= 7
    script = "\nprintf '\\0'\n".join(COMMANDS)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=checkout,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = done.stdout.split("\0")
    article, comment, verdict, short, scored, operator = printed[1:]
    assert json.loads(article)["id"] == "bridge"
    (shown,) = re.findall(r"^```json\n(.+?)^```$", README, re.M | re.S)
    assert same_but_for_times(json.loads(comment), json.loads(shown))
    assert json.loads(verdict)["status"] == "approved"
    assert {"length": 7, "minimum": 50}.items() <= json.loads(short).items()
    assert 0 < json.loads(scored)["scores"]["toxicity"]["value"] < 1
    assert "ann@example.org is moderator at gazette." in operator
    assert "MODERATO_DATA_DIR" in operator


@pytest.mark.parametrize("command", MAKE)
def test_every_target_that_the_readme_names_is_one_that_make_can_do(
    command: str, checkout: Path, environ: dict[str, str]
) -> None:
    arguments = command.split()
    done = subprocess.run(
        [*arguments, "--dry-run"], cwd=checkout, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "pip" not in done.stdout, "an installed checkout must need no network"


def test_the_table_of_the_api_names_only_what_there_is() -> None:
    described = json.loads((REPOSITORY / "openapi.json").read_text())["paths"]
    named = re.findall(r"`(GET|PUT|POST|DELETE|PATCH) (/[^`?]+)", README)
    assert len(named) > 10
    assert [(method, path) for method, path in named if method.lower() not in described.get(path, {})] == []


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
