"""The workers that tests of classification and of delivery share, and a receiver of callbacks."""

from collections.abc import Iterator

import pytest

from service.db import Database
from service.installation.settings import Settings
from service.models import Site
from service.queues import Queues
from tests.support.flow import Flow
from tests.support.receiver import Receiver, receiving
from workers.runtime import Runtime


@pytest.fixture
def flow(database: Database, queues: Queues, settings: Settings, site: Site) -> Flow:
    return Flow(database, queues, settings, site)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def runtime(database: Database, settings: Settings, queues: Queues) -> Runtime:
    """A delivery worker that may reach this machine."""
    open_here = settings.model_copy(update={"callback_allow_private": "127.0.0.0/8", "callback_allow_http": True})
    return Runtime(open_here, "delivery", database, queues)
