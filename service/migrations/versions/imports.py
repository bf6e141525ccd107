"""Imported comments: a mark on each, and how far the import of a file has come

Their wait for a verdict is left out of the figures: they give way to all other comments.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "imports"
down_revision = "held_since"
branch_labels = None
depends_on = None

WAITED = " AND (c.imported_at IS NULL OR d.revision > 1)"
# As SQLite keeps it, and as PostgreSQL writes it anew.
WAITED_AS_KEPT = re.compile(r"\s+AND \(\(?c\.imported_at IS NULL\)? OR \(?d\.revision > 1\)?\)")


def upgrade() -> None:
    op.add_column("comment", sa.Column("imported_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "import_mark",
        sa.Column("site_id", sa.String(32), nullable=False),
        sa.Column("file", sa.String(64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_import_mark_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "file", name=op.f("pk_import_mark")),
    )
    _rewrite(lambda statement: statement + WAITED)


def downgrade() -> None:
    _rewrite(lambda statement: WAITED_AS_KEPT.sub("", statement))
    op.drop_table("import_mark")
    op.drop_column("comment", "imported_at")


def _rewrite(change) -> None:
    """Replace the view `figure_of_wait` by what `change` makes of its statement; triggers find it by its name."""
    if op.get_bind().dialect.name == "sqlite":
        kept = op.get_bind().scalar(sa.text("SELECT sql FROM sqlite_master WHERE name = 'figure_of_wait'"))
        op.execute("DROP VIEW figure_of_wait")
        op.get_bind().exec_driver_sql(change(kept))
        return
    kept = op.get_bind().scalar(sa.text("SELECT pg_get_viewdef('figure_of_wait'::regclass)"))
    op.get_bind().exec_driver_sql("CREATE OR REPLACE VIEW figure_of_wait AS " + change(kept.rstrip().rstrip(";")))
