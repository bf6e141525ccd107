"""Proof that the tests can fail: each mechanism is switched off in a copy of the tree, and a named test must turn red.

`python -m tests.faults.sabotage`, or `make sabotage`; with words, only the sabotages whose name has one of them. Each
is a piece of code and what takes its place; a piece that is not found exactly once fails too, so that the lists follow
the code. The status is how many went unnoticed.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.faults import warm_pytest
from tests.faults.sabotaged import Sabotage, attempt, failing, make_copy
from tests.faults.sabotages_of_access import ACCESS
from tests.faults.sabotages_of_alerts import ALERTS
from tests.faults.sabotages_of_bounds import BOUNDS
from tests.faults.sabotages_of_clients import CLIENTS
from tests.faults.sabotages_of_compat import COMPAT
from tests.faults.sabotages_of_integrations import INTEGRATIONS
from tests.faults.sabotages_of_legal_notices import LEGAL_NOTICES
from tests.faults.sabotages_of_precedents import PRECEDENTS
from tests.faults.sabotages_of_readers import READERS
from tests.faults.sabotages_of_reading import READING
from tests.faults.sabotages_of_reliability import RELIABILITY
from tests.faults.sabotages_of_replays import REPLAYS
from tests.faults.sabotages_of_security import SECURITY
from tests.faults.sabotages_of_sources import SOURCES
from tests.faults.sabotages_of_steadiness import STEADINESS
from tests.faults.sabotages_of_the_audit_log import AUDIT_LOG
from tests.faults.sabotages_of_transfer import TRANSFER

SABOTAGES: tuple[Sabotage, ...] = (
    *RELIABILITY, *SECURITY, *ACCESS, *BOUNDS, *STEADINESS, *READING, *COMPAT, *TRANSFER, *SOURCES,
    *INTEGRATIONS, *CLIENTS, *READERS, *LEGAL_NOTICES, *ALERTS, *REPLAYS, *AUDIT_LOG, *PRECEDENTS,
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Try every sabotage and say which went unnoticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.sabotage", description=__doc__)
    parser.add_argument("words", nargs="*", help="only those whose name has one of these")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write the results there")
    given = parser.parse_args(arguments)
    chosen = [one for one in SABOTAGES if not given.words or any(word in one.name for word in given.words)]
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="moderato-sabotage-") as folder:
        results = list(_tried(Path(folder), chosen))
    unnoticed = sum(result["verdict"] != "noticed" for result in results)
    seconds = time.monotonic() - started
    _print_table(results)
    print(f"{len(chosen) - unnoticed} of {len(chosen)} sabotages were noticed, in {seconds / 60:.1f} minutes")
    if given.json:
        told = {"tried": len(chosen), "unnoticed": unnoticed, "seconds": round(seconds), "sabotages": results}
        given.json.write_text(json.dumps(told, indent=2) + "\n")
    return unnoticed


def _tried(copy: Path, chosen: list[Sabotage]) -> "list[dict[str, str | float]]":
    make_copy(copy)
    warm_pytest.preload()
    red: set[str] = set()
    for database in sorted({sabotage.database for sabotage in chosen}):
        tests = dict.fromkeys(sabotage.test for sabotage in chosen if sabotage.database == database)
        print(f"First without sabotage, on {database}: {len(tests)} tests", flush=True)
        red |= failing(copy, *tests, database=database)
    results: list[dict[str, str | float]] = []
    for number, sabotage in enumerate(chosen, 1):
        started = time.monotonic()
        verdict = "red without sabotage" if sabotage.test in red else attempt(copy, sabotage)
        seconds = round(time.monotonic() - started, 1)
        print(f"{number:2} of {len(chosen)}  {seconds:6.1f} s  {verdict:20} {sabotage.name}", flush=True)
        results.append({"name": sabotage.name, "verdict": verdict, "seconds": seconds, "test": sabotage.test})
    return results


def _print_table(results: "list[dict[str, str | float]]") -> None:
    """Print what went unnoticed first, then what took longest."""
    print(f"\n{'verdict':20} {'seconds':>7}  sabotage, and the test that must notice")
    for result in sorted(results, key=lambda one: (one["verdict"] == "noticed", -float(one["seconds"]))):
        print(f"{result['verdict']:20} {result['seconds']:7}  {result['name']} ({result['test']})")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
