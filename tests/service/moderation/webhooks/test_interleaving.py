"""Every interleaving of the API and two sources with the same ids that Hypothesis thinks of, against a model."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, event, select

from service.db import Database, new_id
from service.errors import Conflict, NotFound
from service.models import Comment, InboundState, InboundWebhook, Site, WebhookSource
from service.models.stored_ids import API, bare, space_of
from service.moderation.erasure import erasing
from service.moderation.intake import id_spaces, intake
from service.moderation.intake.intake import Submission
from service.moderation.policy.rules import Rules
from service.moderation.upkeep import invariants
from service.moderation.webhooks import inbound as webhooks
from tests.service.moderation.webhooks.test_id_spaces import add, deliver
from tests.support.actors import CMS
from tests.support.comments import TEXT

START = datetime(2026, 1, 1, tzinfo=UTC)


names = st.sampled_from(["c-0", "c-1"])
places = st.sampled_from(["forum", "blog"])
KINDS = {"created": "create", "edited": "submit", "deleted": "erase", "restored": "restore"}


@dataclass
class Known:
    """What a comment must be; `at` is when its source last changed it."""

    text: str
    author: str | None
    at: int | None
    erased: bool = False

    def erase(self) -> None:
        self.text, self.author, self.erased = "", None, True


@dataclass(frozen=True)
class Letter:
    """A webhook whose text is in a field that the map does not read."""

    id: str
    place: str
    kind: str
    name: str
    text: str
    author: str
    at: int


class Worlds(RuleBasedStateMachine):
    """The API and two sources that use the same ids for everything."""

    database: Database

    @initialize()
    def begin(self) -> None:
        with self.database.write() as session:
            session.execute(delete(Site))
            site = Site(slug="gazette", name="The Gazette")
            session.add(site)
            session.flush()
            self.site_id = site.id
        self.sources = {name: add(self.database, self.site_id, name) for name in ("forum", "blog")}
        self.known: dict[tuple[str, str], Known] = {}
        self.letters: list[Letter] = []

    @rule(name=names, words=st.integers(0, 2))
    def submit(self, name: str, words: int) -> None:
        with suppress(Conflict), self.database.write() as session:
            submission = Submission(id=name, text=f"{TEXT} {words}", author_id="a-0", article_id="bridge")
            intake.accept(session, self.site_id, submission, Rules())
            self.known.setdefault(("", name), Known(f"{TEXT} {words}", "a-0", None))

    @rule(place=places, kind=st.sampled_from(sorted(KINDS)), name=names, words=st.integers(0, 2),
          author=st.sampled_from(["a-0", "a-1"]), at=st.integers(0, 9), twice=st.booleans())  # fmt: skip
    def happens(self, place: str, kind: str, name: str, words: int, author: str, at: int, twice: bool) -> None:
        text, mark = f"{TEXT} {words}", new_id()
        for _ in range(1 + twice):
            self._send(place, kind, name, author, at, mark, text=text)
        self._apply(place, kind, name, text, author, at)

    @rule(place=places, kind=st.sampled_from(["created", "edited", "restored"]), name=names, words=st.integers(0, 2),
          author=st.sampled_from(["a-0", "a-1"]), at=st.integers(0, 9))  # fmt: skip
    def is_not_mapped(self, place: str, kind: str, name: str, words: int, author: str, at: int) -> None:
        text = f"{TEXT} {words}"
        inbound = self._send(place, kind, name, author, at, new_id(), words=text)
        known = self.known.get((place, name))
        too_late = known is not None and known.at is not None and at < known.at
        if known is not None and known.erased and kind != "restored" and not too_late:
            assert inbound.state is InboundState.IGNORED
            return
        assert inbound.state is InboundState.DEAD
        self.letters.append(Letter(inbound.id, place, kind, name, text, author, at))
        if known is not None and not too_late and not known.erased and kind != "created":
            known.at = at

    @precondition(lambda self: self.letters)
    @rule(which=st.integers(0, 9))
    def is_replayed(self, which: int) -> None:
        letter = self.letters.pop(which % len(self.letters))
        with self.database.write() as session:
            source = session.get_one(WebhookSource, self.sources[letter.place].id)
            source.field_map = webhooks.map_of(source).model_copy(update={"text": "data.words"}).model_dump()
            webhooks.replay(session, source, session.get_one(InboundWebhook, letter.id))
            source.field_map = {}
        self._apply(letter.place, letter.kind, letter.name, letter.text, letter.author, letter.at)

    @rule(place=st.sampled_from(["api", "forum", "blog"]), name=names)
    def is_erased(self, place: str, name: str) -> None:
        source, key = self._named(place), ("" if place == "api" else place, name)
        with suppress(NotFound), self.database.write() as session:
            stored = erasing.which_comment(session, self.site_id, name, source)
            erasing.erase_comment(session, self.site_id, stored, by=CMS)
            self.known.setdefault(key, Known("", None, None)).erase()
            self._forget(lambda letter: (letter.place, letter.name) == key)

    @rule(place=st.sampled_from(["api", "forum", "blog"]), author=st.sampled_from(["a-0", "a-1"]))
    def author_is_erased(self, place: str, author: str) -> None:
        of = "" if place == "api" else place
        with self.database.write() as session:
            stored = erasing.which_author(session, self.site_id, author, self._named(place))
            erasing.erase_author(session, self.site_id, stored, by=CMS)
        for key, known in self.known.items():
            if key[0] == of and known.author == author:
                known.erase()
                self._forget(lambda letter, key=key: (letter.place, letter.name) == key)  # type: ignore[misc]
        self._forget(lambda letter: (letter.place, letter.author) == (of, author))

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        if not hasattr(self, "site_id"):
            return
        spaces = {source.id: name for name, source in self.sources.items()} | {API: ""}
        with self.database.read() as session:
            rows = session.scalars(select(Comment).where(Comment.site_id == self.site_id)).all()
            stored = {
                (spaces[space_of(row.external_id)], bare(row.external_id)): (row.text, bare(row.author_external_id))
                for row in rows
            }
            of_letters = {one.id for source in self.sources.values() for one in webhooks.dead_letters(session, source)}
            assert {
                space_of(row.author_external_id or row.external_id) == space_of(row.external_id) for row in rows
            } <= {True}
        assert stored == {key: (known.text, known.author) for key, known in self.known.items()}
        assert of_letters == {letter.id for letter in self.letters}

    def teardown(self) -> None:
        """Check that every other promise holds too."""
        with self.database.read() as session:
            assert invariants.audit(session, slo_seconds=86_400) == []

    def _named(self, place: str) -> str:
        return id_spaces.BY_API if place == "api" else self.sources[place].id

    def _send(self, place: str, kind: str, name: str, author: str, at: int, mark: str, **said: str) -> InboundWebhook:
        changed_at = (START + timedelta(minutes=at)).isoformat()
        data: Mapping[str, Any] = {
            "id": name,
            "author": {"id": author},
            "changed_at": changed_at,
            "article_id": "bridge",
        }
        return deliver(self.database, self.sources[place], kind, mark, **data, **said)

    def _apply(self, place: str, kind: str, name: str, text: str, author: str, at: int) -> None:
        known = self.known.get((place, name))
        if known is None:
            known = self.known[place, name] = Known(text, author, at)
        elif known.at is not None and at < known.at:
            return
        elif known.erased and kind == "restored":
            known.text, known.author, known.erased = text, author, False
        elif kind in ("edited", "restored") and not known.erased:
            known.text = text
        known.at = at
        if kind == "deleted":
            known.erase()
            self._forget(lambda letter: (letter.place, letter.name) == (place, name))

    def _forget(self, is_named: Any) -> None:
        self.letters = [letter for letter in self.letters if not is_named(letter)]


@pytest.mark.timeout(120)
def test_whatever_two_sources_and_the_api_do_none_reaches_another(database: Database) -> None:
    if database.is_sqlite:  # thousands of small transactions; what a power cut does is not the question here
        event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        database.engine.dispose()
    machine: Any = type("WorldsOnDatabase", (Worlds,), {"database": database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=10, stateful_step_count=20, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
