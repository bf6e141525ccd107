"""The real isso with our extension: what a reader writes, edits and deletes there arrives here, signed."""

import http.cookiejar
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.db import Database
from service.installation.settings import Settings
from service.models import Comment, Site
from service.models.stored_ids import bare
from service.moderation.webhooks import sources
from service.queues import Queues
from tests.support.browser import serving
from tests.support.comments import TEXT
from tests.support.quicker import application
from tests.support.services import REPOSITORY, free_port

pytest.importorskip("isso", reason="isso is not installed (pip install -c constraints.txt isso)")

PATIENCE = 60  # seconds
CONFIG = """
[general]
dbpath = {folder}/comments.db
host = http://127.0.0.1/
[guard]
ratelimit = 100
"""


class Reader:
    """A reader's browser, which keeps isso's cookies."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def __call__(self, method: str, path: str, said: Any = None) -> Any:
        body = json.dumps(said).encode() if said is not None else None
        headers = {"Content-Type": "application/json", "Origin": "http://127.0.0.1"}
        request = urllib.request.Request(f"{self.address}{path}", body, headers, method=method)
        with self.opener.open(request, timeout=20) as answer:
            return json.load(answer)


@pytest.fixture
def reader(settings: Settings, database: Database, queues: Queues, site: Site, tmp_path: Path) -> Iterator[Reader]:
    with database.write() as session:
        source, secret = sources.add(session, site.id, settings.keyring, name="isso", style="github", preset="isso")
    (tmp_path / "isso.cfg").write_text(CONFIG.format(folder=tmp_path))
    with serving(application(settings, database, queues)) as address, (tmp_path / "isso.log").open("wb") as log:
        port = free_port()
        said = {"ISSO_SETTINGS": str(tmp_path / "isso.cfg"), "MODERATION_SECRET": secret, "HOME": str(tmp_path)}
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "moderato_isso:application"],
            cwd=REPOSITORY / "integrations" / "isso",
            env=os.environ | said | {"MODERATION_WEBHOOK": f"{address}/v1/webhooks/{source.id}"},
            stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            found = Reader(f"http://127.0.0.1:{port}")
            wait_until(lambda: answers(found), tmp_path / "isso.log", process)
            yield found
        finally:
            process.terminate()
            process.wait(20)


def answers(reader: Reader) -> bool:
    try:
        reader("GET", "/config")
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def wait_until(is_so: Callable[[], bool], log: Path, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)


def stored(database: Database) -> Comment:
    with database.read() as session:
        return session.scalars(select(Comment).order_by(Comment.received_at.desc())).one()


def test_a_comment_in_isso_is_stored_edited_and_erased_here(reader: Reader, database: Database) -> None:
    said = {"text": TEXT, "author": "Ann", "email": "Ann@news.example", "title": "The bridge"}
    made = reader("POST", "/new?uri=%2Fbridge%2F", said)
    comment = stored(database)
    assert (bare(comment.external_id), comment.text, comment.author_name) == (str(made["id"]), TEXT, "Ann")
    assert comment.author_external_id is not None
    assert bare(comment.author_external_id).startswith("email:")
    reader("PUT", f"/id/{made['id']}", {"text": f"{TEXT} Edited.", "author": "Ann"})
    comment = stored(database)
    assert (comment.text, comment.revision) == (f"{TEXT} Edited.", 2)
    reader("DELETE", f"/id/{made['id']}")
    comment = stored(database)
    assert (comment.text, comment.erased_at is not None) == ("", True)
