"""Keys for Perspective clients on the command line: made, changed, pinned; and the labels that such clients send."""

import json

import pytest

from service.accounts import perspective
from service.accounts.keys import KeyCache
from service.db import Database
from service.models import Site, WorkerBeat
from service.moderation.intake import suggested_scores
from service.vocabulary import Attribute
from tests.service.cli.test_commands import Run, answer, run

pytestmark = pytest.mark.one_database
__all__ = ["run"]


@pytest.fixture
def key(run: Run, site: Site) -> str:
    made = run("keys", "create", "gazette", "--for", "perspective", "--origin", "https://gazette.example", "--json")
    return str(answer(made)["api_key"])


def terms_of(database: Database, key: str) -> perspective.Terms:
    found = KeyCache(database).verify(key)
    assert found is not None
    return found.perspective


def test_a_key_for_perspective_clients_drops_what_no_model_answers(run: Run, key: str, database: Database) -> None:
    assert terms_of(database, key) == perspective.Terms(unknown_attributes="drop", origins=("https://gazette.example",))
    plain = answer(run("keys", "create", "gazette", "--json"))["api_key"]
    assert terms_of(database, plain) == perspective.DEFAULT


def test_a_key_for_a_form_is_made_by_one_command_and_its_pages_are_replaced_by_another(
    run: Run, site: Site, database: Database
) -> None:
    page, other = "https://gazette.example", "https://www.gazette.example"
    made = run("keys", "create", "gazette", "--scope", "submit", "--origin", page, "--appeals", "--json")
    key = str(answer(made)["api_key"])
    assert terms_of(database, key) == perspective.Terms(origins=(page,), appeals=True)
    assert run("keys", "origins", "gazette", key[8:16]).stdout == f"{page}\n"
    assert run("keys", "origins", "gazette", key[8:16], "--origin", other, "--origin", page).exit_code == 0
    assert terms_of(database, key) == perspective.Terms(origins=(other, page), appeals=True)
    assert run("keys", "origins", "gazette", key[8:16], "--origin", f"{page}/path").exit_code == 1


def test_a_key_is_changed_one_part_at_a_time(run: Run, key: str, database: Database) -> None:
    shown = answer(run("keys", "perspective", "gazette", key[8:16], "--unknown", "error", "--pin", "compact=1"))
    assert (shown["unknown_attributes"], shown["pinned"]) == ("error", {"compact": "1"})
    assert terms_of(database, key).origins == ("https://gazette.example",)
    assert answer(run("keys", "perspective", "gazette", key[8:16])) == shown
    assert answer(run("keys", "perspective", "gazette", key[8:16], "--pin", "none"))["pinned"] == {}


def test_a_key_is_pinned_to_what_runs(run: Run, key: str, database: Database) -> None:
    nobody = run("keys", "perspective", "gazette", key[8:16], "--pin", "current")
    assert (nobody.exit_code, nobody.stderr) == (1, "No interactive worker is running, so no version is current.\n")
    with database.write() as session:
        session.add(WorkerBeat(role="interactive", host="h", pid=1, versions={"compact": "7", "relevance": "3"}))
    shown = answer(run("keys", "perspective", "gazette", key[8:16], "--pin", "current"))
    assert shown["pinned"] == {"compact": "7", "relevance": "3"}


def test_what_is_wrong_is_said_in_one_line(run: Run, key: str, other_site: Site) -> None:
    bad = run("keys", "perspective", "gazette", key[8:16], "--origin", "https://gazette.example/page")
    assert bad.exit_code == 1
    assert bad.stderr.startswith("origins: 'https://gazette.example/page'")
    assert run("keys", "perspective", "gazette", key[8:16], "--pin", "compact").exit_code == 2
    foreign = run("keys", "perspective", "herald", key[8:16])
    assert (foreign.exit_code, "no active key" in foreign.stderr) == (1, True)


def test_labels_are_shown_exported_and_forgotten(run: Run, database: Database, site: Site) -> None:
    with database.write() as session:
        for number, value in enumerate((1.0, 0.0)):
            suggested_scores.keep(
                session,
                site.id,
                f"Text {number}, with a comma.",
                {Attribute.TOXICITY: value},
                token=f"c-{number}",
                ours={Attribute.TOXICITY: (1.0, "compact", "1")},
                key_name="coral",
            )
    (shown,) = json.loads(run("labels", "precision", "gazette", "--json").stdout)
    assert (shown["labels"], shown["positive"], shown["flagged"], shown["precision"]) == (2, 1, 2, 0.5)
    assert "toxicity   2" in run("labels", "precision", "gazette").stdout
    exported = run("labels", "export", "gazette").stdout.splitlines()
    assert exported[0].startswith("text,toxicity,")
    assert exported[1].startswith('"Text 0, with a comma.",1.0,')
    assert run("labels", "forget", "gazette", "c-0").exit_code == 0
    assert run("labels", "forget", "gazette", "c-0").exit_code == 1
    assert len(run("labels", "export", "gazette").stdout.splitlines()) == 2
