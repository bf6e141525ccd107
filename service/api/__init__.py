"""JSON for publishers and dashboards: version 1 of the HTTP API, and what the clients of other software speak."""

from flask import Flask, Response, request
from werkzeug.exceptions import MethodNotAllowed

from service.api import documentation, operation, problems
from service.api.compat import akismet, coral, discourse, openai
from service.api.compat.perspective import routes as perspective
from service.api.reader import comments as reader
from service.api.reader import door, embed, forms, hints
from service.api.reader import legal_notices as legal_notice_pages
from service.api.reader import reports as reader_reports
from service.api.v1 import (
    articles,
    authors,
    batches,
    comments,
    decisions,
    erasure,
    health,
    policy,
    replays,
    score,
    stats,
)
from service.api.v1.connections import callbacks, dead_letters, deliveries, webhooks
from service.api.v1.objections import appeals, legal_notices, reports

# Importing them declares their operations.
OPERATING = (
    comments,
    batches,
    decisions,
    appeals,
    legal_notices,
    reports,
    articles,
    authors,
    policy,
    replays,
    score,
    stats,
    callbacks,
    deliveries,
    webhooks,
    coral,
    dead_letters,
    erasure,
    reader,
    hints,
    reader_reports,
)


def register(app: Flask) -> None:
    """Serve the API from `app`."""
    operation.register(app)
    health.register(app)
    documentation.register(app)
    for part in (door, forms, legal_notice_pages, embed):  # the reader's side
        part.register(app)
    for contract in (perspective, openai, akismet, discourse):
        contract.register(app)
    app.register_error_handler(MethodNotAllowed, _refuse_method)


def _refuse_method(error: MethodNotAllowed) -> Response:
    """Refuse a method in the words of the contract that the address belongs to."""
    if openai.is_ours(request.path):
        return openai.refuse_method()
    if akismet.is_ours(request.path):
        return akismet.refuse_method()
    return problems.from_http(error)
