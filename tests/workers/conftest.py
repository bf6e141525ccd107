"""The worker that the tests of classification share."""

import pytest

from service.db import Database
from service.models import Site
from service.queues import Queues
from service.settings import Settings
from tests.support.flow import Flow


@pytest.fixture
def flow(database: Database, queues: Queues, settings: Settings, site: Site) -> Flow:
    return Flow(database, queues, settings, site)
