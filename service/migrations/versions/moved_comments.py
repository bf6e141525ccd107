"""A comment that moves to another article takes its verdicts along in the figures by article

The view `figure_of_decision` reads the article from the comment, so a change of it changes those figures too.
"""

# ruff: noqa: S608

from alembic import op

revision = "moved_comments"
down_revision = "precedents"
branch_labels = None
depends_on = None

WHEN = {"figure_article_was": ("BEFORE", "-"), "figure_article_is": ("AFTER", "")}


def upgrade() -> None:
    for name, (when, sign) in WHEN.items():
        does = (
            f"INSERT INTO figure_change (site_id, name, start, key, amount) SELECT site_id, name, start, key, {sign}1"
            " FROM figure_of_decision WHERE comment_id = NEW.id AND name = 'articles';"
        )
        fires = f"CREATE TRIGGER {name} {when} UPDATE OF article_id ON comment FOR EACH ROW"
        if _sqlite():
            op.execute(f"{fires} WHEN (OLD.article_id IS NOT NEW.article_id) BEGIN {does} END")
            continue
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {does} RETURN NEW; END $$")
        differs = "OLD.article_id IS DISTINCT FROM NEW.article_id"
        op.execute(f"{fires} WHEN ({differs}) EXECUTE FUNCTION {name}()")


def downgrade() -> None:
    for name in WHEN:
        op.execute(f"DROP TRIGGER {name}" + ("" if _sqlite() else " ON comment"))
        if not _sqlite():
            op.execute(f"DROP FUNCTION {name}")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
