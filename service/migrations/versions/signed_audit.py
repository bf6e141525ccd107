"""Each entry of the audit log is signed with a key that is not in the database; those that exist are signed now

The previous version leaves the column empty. What it writes beside this one is signed by `moderato db reseal
--sign-unsigned`.
"""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import context, op

from service.outside.sealing import Keyring

revision = "signed_audit"
down_revision = "access"
branch_labels = None
depends_on = None

ENTRY = sa.table(
    "audit_entry", sa.column("number", sa.Integer), sa.column("hash", sa.String), sa.column("signature", sa.String)
)
PAGE = 1_000


def upgrade() -> None:
    op.add_column("audit_entry", sa.Column("signature", sa.String(length=64), nullable=True))
    connection, after = op.get_bind(), None
    found: Callable[[], Keyring] | None = context.config.attributes.get("keyring")
    while True:
        page = sa.select(ENTRY.c.number, ENTRY.c.hash).order_by(ENTRY.c.number).limit(PAGE)
        rows = connection.execute(page if after is None else page.where(ENTRY.c.number > after)).all()
        if not rows:
            return
        if found is None:
            raise RuntimeError("the audit log has entries, and no keys were given to sign them with")
        keyring, after = found(), rows[-1].number
        connection.execute(
            sa.update(ENTRY).where(ENTRY.c.number == sa.bindparam("of")).values(signature=sa.bindparam("signed")),
            [{"of": row.number, "signed": keyring.sign(f"{row.number}:{row.hash}")} for row in rows],
        )


def downgrade() -> None:
    op.drop_column("audit_entry", "signature")
