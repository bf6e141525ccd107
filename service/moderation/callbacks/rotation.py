"""A rotation of signing secrets: the newest and the one before both count, until the rotation ends.

What has secrets is an endpoint, which signs with them, or a source, whose webhooks are checked with them.
"""

from service.db import database_now
from service.models import Endpoint, WebhookSource
from service.outside.sealing import Keyring


def begin(row: Endpoint | WebhookSource, keyring: Keyring, secret: str, /) -> None:
    """Make `secret` the newest; the one before still counts, older ones no longer."""
    row.secrets, row.rotated_at = [keyring.seal(secret), *row.secrets[:1]], database_now()


def end(row: Endpoint | WebhookSource, /) -> None:
    """From now on only the newest secret counts."""
    row.secrets, row.rotated_at = row.secrets[:1], None
