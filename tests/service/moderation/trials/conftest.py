"""A site's past for replays."""

import pytest

from service.db import Database
from service.installation.settings import Settings
from service.models import Site
from service.queues import Queues
from tests.support.replays import Past


@pytest.fixture
def past(database: Database, site: Site, settings: Settings, queues: Queues) -> Past:
    return Past(database, site, settings, queues)
