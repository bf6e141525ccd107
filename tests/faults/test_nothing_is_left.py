"""What was erased is in no byte of any file: neither in the database nor in its log, nor with Redis, nor in a log."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from service.db import Database
from service.installation.settings import Settings
from service.machine import redis_server
from service.models import Comment, InboundState, InboundWebhook, Note, Site, Style, WebhookSource
from service.queues import CLASSIFICATION, Queues
from tests.service.api.conftest import Caller, caller
from tests.support.classifiers import ScriptedClassifiers
from tests.support.quicker import application
from workers import classification, upkeep
from workers.runtime import Runtime

pytestmark = pytest.mark.one_database  # PostgreSQL's pages are its server's: docs/operators/threat-model.md

WORDS = ("zinnober", "quastenflosser", "mauerblume", "pusteblume", "wackersteine", "holunder")
TEXT, AUTHOR, EARLIER, NOTE, LETTER, SCORED = WORDS
LONG = f"The {TEXT} bridge was closed twice last winter, so I am glad that the council has voted to rebuild it."


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    """A Redis whose folder is searched too."""
    folder = tmp_path / "redis"
    process: subprocess.Popen[bytes] = redis_server.start(redis_server.find_server(), folder / "r.sock", folder)
    yield f"unix://{folder}/r.sock"
    process.kill()
    process.wait()


@pytest.fixture
def call(database: Database, site: Site, settings: Settings, redis: str) -> Iterator[Caller]:
    """A caller of a service, with comments, an edit, a note, a dead letter and a text that was scored."""
    queues = Queues(redis)
    ours = caller(application(settings, database, queues), database, site)
    runtime = Runtime(settings, CLASSIFICATION, database, queues, ScriptedClassifiers(0.6))
    for number in range(3):
        author = {"id": f"{AUTHOR}-7", "name": f"{AUTHOR} {number}"}
        assert ours.send(f"c-{number}", LONG.replace(TEXT, f"{EARLIER} {number}"), author=author).status_code == 202
        classification.drain(runtime)
        assert ours("PUT", f"/v1/comments/c-{number}", json={"text": f"{LONG} {number}"}).status_code == 202
    classification.drain(runtime)
    assert queues.ask({"text": SCORED}, deadline_seconds=0.01, keyring=settings.keyring) is None
    with database.write() as session:
        held = session.scalars(select(Comment).where(Comment.external_id == "c-1")).one()
        session.add(Note(site_id=site.id, comment_id=held.id, actor="Ada", text=f"{NOTE} again"))
        source = WebhookSource(site_id=site.id, name="x", style=Style.TOKEN, secrets=["s"], preset="moderato")
        session.add(source)
        session.flush()
        bodies = [f'{{"id": "c-1", "text": "{LETTER} cut o', f"payload=%7B%22author%22%3A%22{AUTHOR}-7%22 {LETTER}"]
        for number, body in enumerate(bodies):
            letter = InboundWebhook(source_id=source.id, mark=str(number), state=InboundState.DEAD, body=body)
            session.add(letter)
    upkeep.once(runtime)
    yield ours
    queues.redis.close()
    queues.steady.close()


def files_with(word: str, folder: Path) -> list[str]:
    """Return the files with the word in them, capital or not, in either encoding."""
    spelled = [
        encoded for case in (word, word.upper(), word.title()) for encoded in (case.encode(), case.encode("utf-16-le"))
    ]
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(one in path.read_bytes() for one in spelled)
    ]


def test_no_byte_of_what_was_erased_is_left(call: Caller, database: Database, tmp_path: Path) -> None:
    there = {word for word in WORDS if files_with(word, tmp_path)}
    assert there == {*WORDS} - {SCORED}, "the texts to score are on no disk"
    assert call("DELETE", "/v1/comments/c-1").json["dead_letters"] == 1  # type: ignore[index]
    assert call("DELETE", f"/v1/authors/{AUTHOR}-7/comments").status_code == 200
    for word in WORDS:
        assert files_with(word, tmp_path) == [], word


def test_a_reader_that_keeps_the_log_delays_it_until_upkeep(
    call: Caller, database: Database, settings: Settings, redis: str, tmp_path: Path
) -> None:
    with database.read() as reader:
        reader.scalars(select(Comment.id)).first()
        for path in ("/v1/comments/c-1", f"/v1/authors/{AUTHOR}-7/comments"):
            assert call("DELETE", path).status_code == 200
        assert files_with(TEXT, tmp_path) != [], "what the reader began with must stay readable"
    upkeep.once(Runtime(settings, "upkeep", database, Queues(redis)))
    for word in WORDS:
        assert files_with(word, tmp_path) == [], word
