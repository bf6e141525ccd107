"""Every process opens the database with the keys that sign the audit log; an unsigned entry would look forged."""

import ast
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
# Where the database is opened without: here, and in a doctor that finds no key and makes none.
ALLOWED = {"service/installation/storage.py", "service/doctor/examination.py"}


def test_the_database_is_opened_with_its_keys_everywhere() -> None:
    opened = {
        str(path.relative_to(REPOSITORY))
        for top in ("service", "workers")
        for path in (REPOSITORY / top).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Database"
    }
    assert opened == ALLOWED
