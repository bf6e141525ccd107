"""Severe text away from the review page: covered there too, for those who want that, without telling what scored."""

import pytest
from flask import Flask

from service.db import Database
from service.installation.settings import Settings
from service.models import Site
from service.moderation.actors import SERVICE
from service.moderation.intake import intake
from service.moderation.review import appeals
from service.queues import Queues
from service.vocabulary import Attribute
from tests.support.console import Person
from tests.support.held import Said, hold
from tests.support.quicker import application

SITE = "/console/sites/gazette"
SEVERE = Said("Somebody ought to break his windows, and the rest of him as well.", "Tom", {Attribute.THREAT: 0.9})
MILD = Said("The ferry is late again this morning, and nobody says why.", "Ada", {Attribute.TOXICITY: 0.4})


@pytest.fixture
def app(settings: Settings, database: Database, queues: Queues) -> Flask:
    """The application where every decision is judged again."""
    return application(settings.model_copy(update={"second_look_percent": 100}), database, queues)


def prefer(person: Person, cover: str) -> None:
    assert person.post("/console/preferences", {"cover": cover, "theme": "auto"}).status_code == 303


def is_covered(page: str, words: str = "break his windows") -> bool:
    """Whether the words stand in a closed cover; they are on the page in any case."""
    assert words in page
    before = page.split(words)[0]
    return before.rfind('<details class="cover"') > before.rfind("</details>")


def test_severe_text_is_covered_in_a_bulk_sample_unless_it_shall_never_be(
    lea: Person, site: Site, database: Database
) -> None:
    hold(database, site.id, 1, said=SEVERE)
    hold(database, site.id, 2, said=MILD)
    page = lea.get(f"{SITE}/review/bulk?all=1").text
    assert is_covered(page)
    assert not is_covered(page, "ferry is late")
    prefer(lea, "never")
    assert not is_covered(lea.get(f"{SITE}/review/bulk?all=1").text)


def test_severe_text_is_covered_in_an_appeal(ana: Person, ben: Person, site: Site, database: Database) -> None:
    comment = hold(database, site.id, 1, said=SEVERE)
    ana.post(f"{SITE}/comments/{comment.id}/decision", {"verdict": "reject", "version": comment.version})
    with database.write() as session:
        found = intake.find(session, site.id, comment.external_id)
        assert found is not None
        appeals.lodge(session, found, "It was a joke.", by=SERVICE)
    assert is_covered(ben.get(f"{SITE}/appeals").text)
    prefer(ben, "never")
    assert not is_covered(ben.get(f"{SITE}/appeals").text)


@pytest.mark.parametrize("said", [SEVERE, MILD])
def test_a_second_look_covers_every_text_or_none_since_a_cover_would_tell_the_score(
    ana: Person, ben: Person, site: Site, database: Database, said: Said
) -> None:
    comment = hold(database, site.id, 1, said=said)
    ana.post(f"{SITE}/comments/{comment.id}/decision", {"verdict": "approve", "version": comment.version})
    words = said.text[:18]
    assert not is_covered(ben.get(f"{SITE}/second-looks").text, words)
    prefer(ben, "ask")
    assert is_covered(ben.get(f"{SITE}/second-looks").text, words)
