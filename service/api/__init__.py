"""JSON for publishers and dashboards: version 1 of the HTTP API."""

from flask import Flask

from service.api import articles, comments, health, keeper, operation
from service.context import Context

__all__ = ["articles", "comments", "register"]


def register(app: Flask, ours: Context) -> None:
    """Serve the API from `app`."""
    keeper.install(app, ours)
    operation.register(app)
    health.register(app)
