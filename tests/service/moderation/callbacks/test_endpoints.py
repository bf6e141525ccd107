"""Endpoints: which can be registered, whose they are, and with which secrets they are signed to."""

import pytest

from service.db import Database
from service.errors import Conflict, Invalid, NotFound
from service.models import Endpoint, Site
from service.moderation.callbacks import deliveries, endpoints, rotation
from service.outside.sealing import Keyring, new_key
from tests.support.comments import classify, submit
from tests.support.outbox import listen, now_of, owed


def test_another_sites_endpoints_and_deliveries_are_not_found(database: Database, site: Site, other_site: Site) -> None:
    endpoint = listen(database, site)
    submit(database, site.id)
    classify(database)
    (delivery,) = owed(database)
    with database.read() as session:
        for find in (
            lambda: endpoints.require(session, other_site.id, endpoint.id),
            lambda: deliveries.require(session, other_site.id, delivery.id),
        ):
            with pytest.raises(NotFound):
                find()


@pytest.mark.parametrize(
    "url",
    ["http://cms.example/", "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/x", "https://a:b@cms.example/",
     "ftp://cms.example/", "cms.example", "https://cms.example/" + "x" * 2_000, "https://cms.example/a b"],
)  # fmt: skip
def test_an_address_that_can_never_be_reached_is_refused_when_it_is_registered(
    database: Database, site: Site, url: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        listen(database, site, url)
    assert refusal.value.errors[0].pointer == "#/url"


def test_unknown_events_and_the_same_address_twice_are_refused(database: Database, site: Site) -> None:
    with pytest.raises(Invalid, match="events must be among"):
        listen(database, site, events=["comment.liked"])
    listen(database, site)
    with pytest.raises(Conflict):
        listen(database, site)


def test_a_rotation_signs_with_both_secrets_until_it_is_ended(database: Database, site: Site) -> None:
    endpoint = listen(database, site)
    keyring = Keyring([new_key()])

    def stored() -> list[str]:
        return keyring.open_all(now_of(database, endpoint).secrets)

    with database.write() as session:
        (old,) = endpoints.secrets_of(session, session.get_one(Endpoint, endpoint.id), keyring)
    with database.write() as session:
        new = endpoints.rotate(session.get_one(Endpoint, endpoint.id), keyring)
    assert stored() == [new, old]
    with database.write() as session:
        newest = endpoints.rotate(session.get_one(Endpoint, endpoint.id), keyring)
    assert stored() == [newest, new]
    with database.write() as session:
        rotation.end(session.get_one(Endpoint, endpoint.id))
    assert stored() == [newest]
