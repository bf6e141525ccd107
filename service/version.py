"""The version of this installation, as its package records it; pyproject.toml is the one place where it is written."""

from importlib.metadata import PackageNotFoundError, version


def _installed() -> str:
    try:
        return version("moderato")
    except PackageNotFoundError:  # a checkout on PYTHONPATH that was never installed
        return "unknown"


VERSION = _installed()
