"""Whose places a connection takes, and whose turns its requests."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from service.front.connections import Connection
from service.front.front import Front
from service.installation.settings import Settings

HOST = "2001:db8:1:2::7"


class Transport(asyncio.Transport):
    """A connection from `HOST`, which nobody writes to."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return (HOST, 51234) if name == "peername" else default

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing is open."""


def test_a_network_of_ipv6_has_the_places_of_one_address() -> None:
    entered: list[Any] = []

    async def connect() -> None:
        config = Config(app=lambda *_: None, interface="asgi3", lifespan="off", log_config=None)
        config.load()
        crowd = SimpleNamespace(enter=lambda member: entered.append(member) or True, leave=lambda member: None)
        config.loaded_app = cast(Any, SimpleNamespace(crowd=crowd, seconds=30.0))
        connection = Connection(config, ServerState(), {}, asyncio.get_running_loop())
        connection.connection_made(Transport())
        connection.connection_lost(None)

    asyncio.run(connect())
    assert [member.address for member in entered] == ["2001:db8:1:2::/64"]


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [(0, "192.0.2.9", "2001:db8:1:2::/64"), (1, "x, ::ffff:192.0.2.9", "192.0.2.9"), (1, "", "2001:db8:1:2::/64")],
)
def test_requests_take_turns_by_network(settings: Settings, hops: int, forwarded: str, address: str) -> None:
    front = Front(lambda *_: [], settings.model_copy(update={"proxy_hops": hops}), weight_of=lambda _: 1.0)
    headers = {b"x-forwarded-for": forwarded.encode()}
    assert front._address({"client": (HOST, 51234)}, headers) == address
