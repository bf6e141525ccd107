"""The shipped classifiers, loaded once."""

import pytest

from workers.classifiers import facade
from workers.classifiers.facade import LoadedClassifiers


@pytest.fixture(scope="session")
def classifiers() -> LoadedClassifiers:
    return facade.load()
