"""One version number: pyproject.toml says it, everything else repeats it."""

import json
import re
import tomllib

from service.api import openapi
from service.version import VERSION
from tests.support.services import REPOSITORY


def test_every_place_shows_the_version_of_pyproject() -> None:
    written = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    assert written == VERSION
    assert openapi.document()["info"]["version"] == VERSION
    assert json.loads((REPOSITORY / "openapi.json").read_text())["info"]["version"] == VERSION
    clients = REPOSITORY / "clients"
    assert tomllib.loads((clients / "python/pyproject.toml").read_text())["project"]["version"] == VERSION
    assert json.loads((clients / "typescript/package.json").read_text())["version"] == VERSION
    assert json.loads((clients / "typescript/package-lock.json").read_text())["version"] == VERSION
    released = re.findall(r"^## (\d+\.\d+\.\d+)$", (REPOSITORY / "CHANGELOG.md").read_text(), re.M)
    assert released[0] == VERSION
