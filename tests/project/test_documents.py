"""The documents say what the code does: settings, links, files, functions, routes and commands that they name exist."""

import importlib
import json
import re
from pathlib import Path

import click
import pytest

from service.cli import main as command_line
from service.cli import settings_table
from service.installation.settings import Settings
from tests.support.pages_of_docs import PAGES, blocks, inline, name
from tests.support.services import REPOSITORY

DOCUMENTS = [*PAGES, REPOSITORY / "CHANGELOG.md"]
# From the top of the tree; the page of guarantees names tests from `tests/` on.
FILE = re.compile(
    r"(?<![\w/.])((?:service|workers|tests|docs|deploy|training)/[\w./-]+\.[a-z0-9]+|(?:service|workers|tests)/[\w/]*/)"
)
SOURCES = [
    path
    for folder in ("service", "workers", "tests", "training", "deploy")
    for path in (REPOSITORY / folder).rglob("*")
    if path.suffix in (".py", ".html", ".js", ".css", ".md", ".service", ".yml") and "vendor" not in path.parts
]
SMALL = 200_000  # bytes: pictures are part of every clone

each_page = pytest.mark.parametrize("page", PAGES, ids=name)


def test_the_page_of_settings_is_the_one_that_the_code_writes() -> None:
    assert (REPOSITORY / "docs/settings.md").read_text() == settings_table.markdown(), "run `make settings`"


def test_every_setting_says_what_it_is_for() -> None:
    for setting, field in Settings.model_fields.items():
        assert field.description, setting
        assert field.description.endswith("."), setting


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    content = document.read_text()
    targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", content)
    targets += re.findall(r'(?:src|srcset)="(?!https?://)([^"]+)"', content)
    assert [target for target in targets if not (document.parent / target).exists()] == []


@each_page
def test_every_link_to_a_heading_leads_to_one(page: Path) -> None:
    lost = []
    for target, anchor in re.findall(r"\]\((?!https?://)([^)#\s]*)#([^)\s]+)\)", page.read_text()):
        headings = re.findall(r"^#+ (.+)$", (page.parent / target if target else page).read_text(), re.M)
        anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        lost += [f"{target}#{anchor}"] if anchor not in anchors else []
    assert lost == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_setting_that_a_document_names_is_one(document: Path) -> None:
    known = {settings_table.variable(setting) for setting in Settings.model_fields}
    known |= {f"MODERATO_{setting.upper()}" for setting in Settings.model_fields} | {"MODERATO_CRASH_AT"}
    named = set(re.findall(r"\bMODERATO_[A-Z][A-Z_]*[A-Z]\b", document.read_text()))
    assert {
        setting for setting in named if setting not in known and setting.removesuffix("_FILE") not in known
    } == set()


@each_page
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    tops = (REPOSITORY, REPOSITORY / "tests") if page.name == "reliability.md" else (REPOSITORY,)
    assert [path for path in FILE.findall(page.read_text()) if not any((top / path).exists() for top in tops)] == []


@each_page
def test_every_route_that_a_page_names_is_described(page: Path) -> None:
    described = json.loads((REPOSITORY / "openapi.json").read_text())["paths"] | {"/metrics": {"get": {}}}
    named = [
        match.groups() for code in inline(page) if (match := re.match(r"(GET|PUT|POST|DELETE|PATCH) (/[^?]+)", code))
    ]
    assert [(method, path) for method, path in named if method.lower() not in described.get(path, {})] == []


@each_page
def test_every_command_that_a_page_mentions_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.M)) | {".venv/.run"}
    for code in inline(page):
        match code.removeprefix(".venv/bin/").split():
            case ["make", target, *_]:
                assert target in targets, code
            case ["moderato", *words] if words:
                _find(command_line.main, [word for word in words if word != "…"], code)
            case [("python" | "python3"), "-m", module, *_]:
                importlib.import_module(module)


@each_page
def test_every_block_of_json_is_json(page: Path) -> None:
    for block in blocks(page, "json"):
        json.loads(block)


def test_every_document_that_the_code_names_exists() -> None:
    lost = []
    for path in SOURCES:
        for document in re.findall(r"(?<![\w/.-])docs/(?:adr/\d{4}|[\w/-]+\.(?:md|svg|png|py))", path.read_text()):
            found = [REPOSITORY / document] if "." in document else [*REPOSITORY.glob(f"{document}*.md")]
            lost += [] if found and found[0].exists() else [f"{name(path)}: {document}"]
    assert lost == []


def test_each_step_of_a_walk_names_what_its_file_has() -> None:
    steps = re.findall(
        r"^\| \d+ \| `([^`]+)` \| `(\w+)`:", (REPOSITORY / "docs/how-a-comment-travels.md").read_text(), re.M
    )
    assert len(steps) > 15
    lost = [
        f"{path}: {function}"
        for path, function in steps
        if not re.search(rf"^\s*(?:def|class) {function}\b", (REPOSITORY / path).read_text(), re.M)
    ]
    assert lost == []


def test_the_map_names_every_room() -> None:
    page = (REPOSITORY / "CONTRIBUTING.md").read_text()
    rooms = [
        path.parent.relative_to(REPOSITORY)
        for top in ("service", "workers")
        for pattern in ("*/__init__.py", "moderation/*/__init__.py")
        for path in (REPOSITORY / top).glob(pattern)
    ]
    assert len(rooms) > 20
    named = set(re.findall(r"`((?:service|workers)/[\w/]+)/`", page)) | {"service/moderation"}
    assert [str(room) for room in rooms if str(room) not in named] == []


def test_the_pictures_are_small() -> None:
    pictures = [*(REPOSITORY / "docs").rglob("*.png")]
    assert len(pictures) >= 3
    assert [name(picture) for picture in pictures if picture.stat().st_size > SMALL] == []


def _find(command: click.Command, words: list[str], said: str) -> None:
    """Fail unless `words` lead to a command, and its options are options."""
    context = click.Context(command, info_name="moderato")
    while words and isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        assert found is not None, said
        command, words = found, words[1:]
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert [word for word in words if word.startswith("--") and word not in options] == [], said
