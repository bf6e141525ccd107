"""A dead letter that names the erased comment or author loses its body, wherever in it the name is."""

import pytest
from sqlalchemy import select

from service.db import Database
from service.models import InboundState, InboundWebhook, Site, Style, WebhookSource
from service.moderation.erasure import letters

NAMED = ['{"a": ["u-7"]}', '[[{"b": {"u-7": null}}]]', '["x", "u-7", true]', '{"a": "u-7"', "u-7", '"u-7"']
NAMED += ['{"id":"u-7","text":"cut o', "payload=%7B%22id%22%3A%22u-7%22%7D", '{"a": "{\\"id\\": \\"u-7\\"}"}']
NAMED += [r'{"id": "\u0075-7", "t', "id=u%2D7&text=%5Cu0075"]
OTHERS = ['{"a": ["u-8"]}', "[true, null, 7]", "", "[]", "u-8 {", r'{"id": "\u0075-8", "\ud83', '{"a": "{u-8"}']


@pytest.mark.parametrize("forget", [letters.forget_comment, letters.forget_author])
def test_a_name_is_found_in_lists_objects_keys_and_broken_bodies(
    database: Database, site: Site, other_site: Site, forget: object
) -> None:
    with database.write() as session:
        for place in (site, other_site):
            source = WebhookSource(site_id=place.id, name="x", style=Style.TOKEN, secrets=["s"], preset="moderato")
            session.add(source)
            session.flush()
            for number, body in enumerate([*NAMED, *OTHERS]):
                session.add(
                    InboundWebhook(
                        source_id=source.id, mark=str(number), state=InboundState.DEAD, body=body, headers="{}"
                    )
                )
    with database.write() as session:
        assert forget(session, site.id, "u-7") == len(NAMED)  # type: ignore[operator]
    with database.read() as session:
        left = sorted(body for body in session.scalars(select(InboundWebhook.body)) if body is not None)
    assert left == sorted([*NAMED, *OTHERS, *OTHERS])


def test_of_many_letters_one_is_enough_and_nothing_stays_open(database: Database, site: Site) -> None:
    with database.write() as session:
        source = WebhookSource(site_id=site.id, name="x", style=Style.TOKEN, secrets=["s"], preset="moderato")
        session.add(source)
        session.flush()
        dead = {"source_id": source.id, "state": InboundState.DEAD, "body": '["u-7"]', "headers": "{}"}
        session.add_all(InboundWebhook(mark=str(number), **dead) for number in range(50))
    with database.read() as session:
        assert letters.name_author(
            session, site.id, "u-7"
        )  # a cursor that is left open is a warning, and an error here
        assert not letters.name_comment(session, site.id, "u-8")
