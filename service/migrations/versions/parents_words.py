"""Take the words of parents out of what was found about replies: they outlived the parent's erasure there"""

import json

import sqlalchemy as sa
from alembic import op

revision = "parents_words"
down_revision = "held_by_reason"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        op.execute("PRAGMA secure_delete=ON")  # zeros where the words stood
    columns = (sa.column("comment_id", sa.String), sa.column("revision", sa.Integer), sa.column("findings", sa.JSON))
    table = sa.table("assessment", *columns)
    about_parents = sa.cast(table.c.findings, sa.String).contains('"passage_kind": "parent"', autoescape=True)
    for comment_id, of_revision in connection.execute(sa.select(*columns[:2]).where(about_parents)).all():
        own = (table.c.comment_id == comment_id, table.c.revision == of_revision)
        kept = connection.execute(sa.select(table.c.findings).where(*own)).scalar_one()
        findings = json.loads(kept) if isinstance(kept, str) else kept
        findings["relevance"]["passage"] = None
        connection.execute(sa.update(table).where(*own).values(findings=findings))


def downgrade() -> None:
    pass  # the words are gone, and the version before shows the rest
