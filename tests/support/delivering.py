"""Endpoints on this machine, judged comments to send callbacks about, and the states of their deliveries."""

from sqlalchemy import select

from service.db import Database
from service.models import Comment, Delivery, DeliveryState, Endpoint, Site
from service.moderation.callbacks import endpoints
from service.outside import addresses
from tests.support.comments import TEXT, classify, submit
from workers.runtime import Runtime

LOCAL = {"MODERATO_CALLBACK_ALLOW_PRIVATE": "127.0.0.0/8", "MODERATO_CALLBACK_ALLOW_HTTP": "true"}
ALLOWED = addresses.allowances(networks="127.0.0.0/8", http=True)


def listen(database: Database, site: Site, url: str) -> Endpoint:
    with database.write() as session:
        return endpoints.register(session, site.id, url, allowed=ALLOWED)


def comments(database: Database, site: Site, count: int) -> list[Comment]:
    sent = [submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.") for number in range(count)]
    classify(database)
    return sent


def secrets_of(runtime: Runtime, endpoint: Endpoint) -> list[str]:
    with runtime.database.write() as session:
        return endpoints.secrets_of(session, session.get_one(Endpoint, endpoint.id), runtime.settings.keyring)


def states(database: Database, endpoint: Endpoint) -> list[DeliveryState]:
    with database.read() as session:
        return list(session.scalars(select(Delivery.state).where(Delivery.endpoint_id == endpoint.id)))
