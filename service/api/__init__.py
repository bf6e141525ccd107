"""JSON for publishers and dashboards: version 1 of the HTTP API."""

from flask import Flask

from service.api import (
    articles,
    batches,
    comments,
    decisions,
    documentation,
    health,
    keeper,
    operation,
    policy,
    score,
    stats,
)
from service.context import Context

OPERATING = (comments, batches, decisions, articles, policy, score, stats)  # importing them declares their operations


def register(app: Flask, ours: Context) -> None:
    """Serve the API from `app`."""
    keeper.install(app, ours)
    operation.register(app)
    health.register(app)
    documentation.register(app)
