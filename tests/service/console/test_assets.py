"""Vendored files are the ones that were taken from their packages."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FOLDERS = (ROOT / "service/console/static/vendor", ROOT / "tests/vendor")
LISTED = [
    (folder / name, digest)
    for folder in FOLDERS
    for name, digest in re.findall(
        r"^\| (\S+\.js) \|[^|]+\| ([0-9a-f]{64}) \|", (folder / "README.md").read_text(), re.M
    )
]


@pytest.mark.parametrize(("file", "digest"), LISTED, ids=[file.name for file, _ in LISTED])
def test_a_vendored_file_has_the_recorded_checksum(file: Path, digest: str) -> None:
    assert hashlib.sha256(file.read_bytes()).hexdigest() == digest


def test_every_vendored_script_is_recorded() -> None:
    assert {file for folder in FOLDERS for file in folder.glob("*.js")} == {file for file, _ in LISTED}


def test_no_template_carries_an_inline_script_style_or_handler() -> None:
    for template in (ROOT / "service/console/templates").rglob("*.html"):
        text = template.read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=\"|javascript:", text), template.name
