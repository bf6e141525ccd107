"""The documents say what the code does."""

import re
from pathlib import Path

import pytest

from service.cli import settings_table
from service.settings import Settings
from tests.support.services import REPOSITORY

DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])


def test_the_page_of_settings_is_the_one_that_the_code_writes() -> None:
    assert (REPOSITORY / "docs/settings.md").read_text() == settings_table.markdown(), "run `make settings`"


def test_every_setting_says_what_it_is_for() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", document.read_text())
    missing = [target for target in targets if not (document.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_setting_that_a_document_names_is_one(document: Path) -> None:
    known = {settings_table.variable(name) for name in Settings.model_fields}
    known |= {f"MODERATO_{name.upper()}" for name in Settings.model_fields} | {"MODERATO_CRASH_AT"}
    named = set(re.findall(r"\bMODERATO_[A-Z][A-Z_]*[A-Z]\b", document.read_text()))
    assert {name for name in named if name not in known and name.removesuffix("_FILE") not in known} == set()
