"""Who imports whom: the contracts of pyproject.toml, in the source and in a fresh interpreter."""

import importlib
import subprocess
import sys

import pytest

from service.queues import JOBS, QUEUES
from tests.support.services import REPOSITORY

MODEL_PACKAGES = {"torch", "transformers", "detoxify", "onnxruntime", "tokenizers"}
WEB_PACKAGES = {"flask", "werkzeug", "uvicorn"}


def test_the_arrows_between_modules_hold() -> None:
    # import-linter reads its contracts from pyproject.toml
    found = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("service.machine.web_server", MODEL_PACKAGES | {"workers", "numpy"}),
        ("service.machine.up", MODEL_PACKAGES | WEB_PACKAGES | {"workers", "numpy"}),
        ("service.machine.demo", MODEL_PACKAGES | WEB_PACKAGES | {"workers", "numpy"}),
        ("service.cli.main", MODEL_PACKAGES | WEB_PACKAGES | {"workers", "numpy", "sqlalchemy", "redis", "rq"}),
        ("workers.__main__", MODEL_PACKAGES | WEB_PACKAGES | {"numpy"}),
        ("workers.upkeep", MODEL_PACKAGES | WEB_PACKAGES | {"numpy"}),
        ("workers.classification", {"torch", "transformers", "detoxify"} | WEB_PACKAGES),
        ("workers.interactive", {"torch", "transformers", "detoxify"} | WEB_PACKAGES),
        ("workers.classifiers.facade", {"torch", "transformers", "detoxify"} | WEB_PACKAGES),
    ],
)
def test_a_module_does_not_load_what_its_process_does_not_need(module: str, never: set[str]) -> None:
    script = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    found = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert not never & set(found.stdout.split())


@pytest.mark.parametrize("queue", QUEUES)
def test_the_job_that_the_web_side_names_is_one_that_the_workers_have(queue: str) -> None:
    module, _, name = JOBS[queue].rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


def test_there_is_a_job_for_every_queue() -> None:
    assert set(JOBS) == set(QUEUES)
