"""Seal the secrets of endpoints and webhook sources; note rotations, and why an endpoint is held"""

import json
from collections.abc import Callable

import sqlalchemy as sa
from alembic import context, op

revision = "sealed_secrets"
down_revision = "held_text"
branch_labels = None
depends_on = None

TABLES = ("endpoint", "webhook_source")


def upgrade() -> None:
    op.add_column("endpoint", sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("endpoint", sa.Column("held_reason", sa.String(length=300), nullable=False, server_default=""))
    op.add_column("webhook_source", sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA secure_delete=ON")  # zeros where the secrets stood
    _rewrite(lambda keyring, secret: keyring.seal(secret))


def downgrade() -> None:
    _rewrite(lambda keyring, secret: keyring.open(secret))
    # Not in batch mode: that would drop the table, and with it, by its foreign keys, the rows of others.
    op.drop_column("webhook_source", "rotated_at")
    op.drop_column("endpoint", "held_reason")
    op.drop_column("endpoint", "rotated_at")


def _rewrite(change: Callable[..., str]) -> None:
    connection, found = op.get_bind(), context.config.attributes.get("keyring")
    for name in TABLES:
        table = sa.table(name, sa.column("id", sa.String), sa.column("secrets", sa.JSON))
        for row_id, kept in connection.execute(sa.select(table.c.id, table.c.secrets)).all():
            secrets = json.loads(kept) if isinstance(kept, str) else kept
            if not secrets:
                continue
            if found is None:
                raise RuntimeError("There are secrets to seal and no key; migrate with `moderato db upgrade`.")
            changed = [change(found(), secret) for secret in secrets]
            connection.execute(sa.update(table).where(table.c.id == row_id).values(secrets=changed))
