"""docker-compose.yml, the Dockerfile and the systemd unit say what the code does, so that they cannot fall behind."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from service.cli import main as cli
from service.cli.options import MISCONFIGURED
from service.installation.settings import load
from service.machine import redis_server, up
from tests.support.services import REPOSITORY
from workers.__main__ import ROLES
from workers.precedence import NICENESS

GIVEN = {"POSTGRES_PASSWORD": "p", "SECRET_KEY": "s", "MODERATO_ENCRYPTION_KEYS": "0" * 64}
OURS = {"web", "migrate", *ROLES}
COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text()


def test_compose_runs_every_part_of_the_service_and_nothing_else() -> None:
    assert set(SERVICES) == OURS | {"redis", "postgres"}
    alone = {part.name for part in up.service_parts(load({}))}
    assert alone == OURS - {"migrate"}


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_command_of_each_service_is_one_that_the_code_has(name: str) -> None:
    resolve(SERVICES[name]["command"])


@pytest.mark.parametrize("role", ROLES)
def test_each_worker_runs_and_is_asked_about_its_own_role(role: str) -> None:
    assert SERVICES[role]["command"] == ["moderato", "worker", role]
    if role != "classification":  # whose check is the image's own
        assert SERVICES[role]["healthcheck"]["test"] == ["CMD", "moderato", "alive", role]


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_settings_of_each_service_are_ones_that_the_code_takes(name: str) -> None:
    settings = load({key: substituted(value) for key, value in SERVICES[name]["environment"].items()})
    assert settings.effective_database_url == "postgresql://moderato:p@postgres/moderato"
    assert settings.effective_redis_url == "redis://redis:6379/0"


def test_redis_makes_the_same_promises_in_compose_as_alone() -> None:
    def promises(command: list[str]) -> dict[str, str]:
        wanted = ("--appendonly", "--save", "--maxmemory-policy")
        return {name: command[command.index(name) + 1] for name in wanted}

    alone = redis_server.command(Path("redis-server"), Path("socket"), Path("folder"))
    assert promises(SERVICES["redis"]["command"]) == promises(alone)


def test_only_the_web_server_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]


def test_whoever_needs_the_schema_waits_for_the_migration() -> None:
    waits = {"condition": "service_completed_successfully"}
    assert {name for name in OURS if SERVICES[name]["depends_on"].get("migrate") == waits} == OURS - {"migrate"}


def test_what_scores_runs_in_the_worker_image_and_the_rest_in_the_small_one() -> None:
    targets = {name: SERVICES[name]["build"]["target"] for name in OURS}
    assert {name for name, target in targets.items() if target == "worker"} == {"classification", "interactive"}
    assert set(targets.values()) == {"web", "worker"}


@pytest.mark.parametrize("target", ["web", "worker"])
def test_each_image_runs_a_command_of_ours_without_root_and_with_a_health_check(target: str) -> None:
    lines = stage(target)
    assert lines[0] == "FROM runtime AS " + target
    assert "USER moderato" in stage("runtime")
    for instruction in ("CMD", "HEALTHCHECK"):
        (line,) = [line for line in lines if line.startswith(instruction)]
        resolve(json.loads(line[line.index("[") :]))


def test_the_images_get_every_file_that_the_dockerfile_copies() -> None:
    ignored = (REPOSITORY / ".dockerignore").read_text().split()
    copied = [name for line in re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.M) for name in line.split()]
    assert {"service", "workers", "pyproject.toml"} <= set(copied)
    assert {f"!{name}" for name in copied} == {line for line in ignored if line.startswith("!")}
    assert all((REPOSITORY / name).exists() for name in copied)


def test_what_nobody_waits_for_has_the_same_share_of_a_core_in_a_container_as_beside_the_others() -> None:
    shares = {name: one["cpu_shares"] for name, one in SERVICES.items() if "cpu_shares" in one}
    assert set(shares) == {"classification"}
    # The kernel gives each step of niceness four fifths of the one above, containers shares of 1,024.
    assert shares["classification"] == pytest.approx(1024 * 0.8**NICENESS, rel=0.05)


def test_the_settings_that_compose_asks_for_are_in_the_example() -> None:
    text = (REPOSITORY / "docker-compose.yml").read_text()
    asked = {name for name in re.findall(r"\$\{(\w+)", text) if name != "WEB_CONCURRENCY"}
    example = re.findall(r"^(\w+)=", (REPOSITORY / "deploy/example.env").read_text(), re.M)
    assert asked == set(example)


def test_the_systemd_unit_runs_a_command_of_ours_with_settings_of_ours() -> None:
    unit = (REPOSITORY / "deploy/moderato.service").read_text()
    (command,) = re.findall(r"^ExecStart=(.+)$", unit, re.M)
    resolve(["moderato", *shlex.split(command)[1:]])
    load(dict(pair.split("=", 1) for pair in re.findall(r"^Environment=(.+)$", unit, re.M)))
    assert f"RestartPreventExitStatus={MISCONFIGURED}" in unit


def test_the_compose_file_is_one_that_the_client_accepts(tmp_path: Path) -> None:
    """Asks a client where there is one; without one, what it would refuse first is looked for: unknown keys."""
    client = compose_client()
    if client:
        subprocess.run(
            [*client, "config", "--quiet"], cwd=REPOSITORY, check=True, env=GIVEN | {"PATH": "/usr/bin:/bin"}
        )
    known = {
        *("image", "build", "command", "environment", "ports", "restart", "stop_grace_period", "read_only", "tmpfs"),
        *("cap_drop", "security_opt", "depends_on", "healthcheck", "volumes", "cpu_shares"),
    }
    assert {key for service in SERVICES.values() for key in service} <= known
    named = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert named == set(COMPOSE["volumes"])


def resolve(command: list[str]) -> None:
    """Fail unless `command` is one of the command line's, with arguments it takes."""
    assert command[0] == "moderato"
    found: click.Command = cli.main
    rest = command[1:]
    while isinstance(found, click.Group):
        context = click.Context(found)
        following = found.get_command(context, rest[0])
        assert following is not None, command
        found, rest = following, rest[1:]
    found.make_context(found.name, list(rest))


def substituted(value: str) -> str:
    """Return a value of the compose file as compose would, with GIVEN as its environment."""
    return re.sub(r"\$\{(\w+)(?::?[-?]([^}]*))?\}", lambda m: GIVEN.get(m[1], m[2] or ""), value)


def stage(name: str) -> list[str]:
    """Return the Dockerfile's instructions of one stage, continuation lines joined."""
    joined = DOCKERFILE.replace("\\\n", " ")
    stages = re.split(r"(?m)^(?=FROM )", joined)
    (found,) = [text for text in stages if text.partition("\n")[0].endswith(f" AS {name}")]
    return [line for line in found.splitlines() if line and not line.startswith("#")]


def compose_client() -> list[str] | None:
    """Return version 2 of the client, or None; version 1 knows neither `name` nor this decade."""
    docker = shutil.which("docker")
    if docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0:
        return ["docker", "compose"]
    return None
