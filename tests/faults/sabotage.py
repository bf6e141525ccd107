"""Proof that the tests can fail: each mechanism is switched off in a copy of the tree, and a named test must turn red.

`python -m tests.faults.sabotage`, or `make sabotage`; with words, only the sabotages whose name has one of them. Each
is a piece of code and what takes its place; a piece that is not found exactly once fails too, so that this list
follows the code.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
COPIED = ("service", "workers", "tests", "pyproject.toml", "openapi.json")


@dataclass(frozen=True)
class Sabotage:
    """One mechanism, how to switch it off, and the test that must notice."""

    name: str
    file: str
    code: str
    instead: str
    test: str


SABOTAGES = (
    Sabotage(
        "compare-and-set of claims",
        "service/moderation/claims.py",
        "return or_(_c.claimed_until.is_(None), _c.claimed_until < database_now())",
        "return _c.id.is_not(None)",
        "tests/moderation/test_claims.py::test_a_claimed_comment_is_claimed_by_nobody_else",
    ),
    Sabotage(
        "fencing token",
        "service/moderation/decisions.py",
        '_c.claim_token.is_not_distinct_from(bindparam("held_under")),',
        'bindparam("held_under").is_distinct_from(""),',
        "tests/moderation/test_claims.py::test_whoever_lost_the_lease_records_nothing",
    ),
    Sabotage(
        "edit fences the old text",
        "service/moderation/intake.py",
        "comment.claim_token, comment.claimed_until, comment.attempts, comment.vector = None, None, 0, None",
        "comment.vector = None",
        "tests/moderation/test_claims.py::test_an_edit_fences_the_worker_that_scores_the_old_text",
    ),
    Sabotage(
        "attempts counted at the claim",
        "service/moderation/claims.py",
        "attempts=_c.attempts + 1,",
        "attempts=_c.attempts,",
        "tests/moderation/test_claims.py::test_a_comment_that_kills_every_worker_ends_with_a_human",
    ),
    Sabotage(
        "upkeep wakes what waits",
        "workers/upkeep.py",
        "if waiting:",
        "if False:",
        "tests/faults/test_crash_points.py::test_a_crash_after_the_answer_to_the_site_loses_nothing",
    ),
    Sabotage(
        "times of a clock since set back are pulled back",
        "service/moderation/clock_steps.py",
        "database_now(seconds + SLACK)",
        "database_now(seconds + 10**9)",
        "tests/faults/test_clock_steps.py::test_a_clock_set_back_delays_by_a_lease_at_most",
    ),
    Sabotage(
        "nothing is erased by a clock that jumped",
        "workers/upkeep.py",
        "return elapsed >= self._distrust_until",
        "return True",
        "tests/faults/test_clock_steps.py::test_nothing_is_erased_by_a_clock_that_jumped_ahead",
    ),
    Sabotage(
        "stale page is refused",
        "service/moderation/decisions.py",
        "if comment.version != expected_version:",
        "expected_version = comment.version\n    if False:",
        "tests/moderation/test_decisions.py::test_a_stale_page_is_a_conflict_that_names_the_version_now",
    ),
    Sabotage(
        "callback owed in the decision's transaction",
        "service/moderation/decisions.py",
        "outbox.owe(session, comment, decision, sequence=version, delay=callback_delay)",
        "pass",
        "tests/moderation/test_outbox.py::test_a_verdict_owes_one_callback_to_each_endpoint_that_wants_it",
    ),
    Sabotage(
        "order per comment",
        "service/moderation/deliveries.py",
        "earlier.sequence < Delivery.sequence,",
        "earlier.sequence < 0,",
        "tests/moderation/test_outbox.py::test_callbacks_of_a_comment_are_claimed_in_order",
    ),
    Sabotage(
        "bound per endpoint",
        "service/moderation/deliveries.py",
        "PER_ENDPOINT = 2",
        "PER_ENDPOINT = 2_000",
        "tests/moderation/test_outbox.py::test_an_endpoint_has_two_under_way_and_one_while_it_fails",
    ),
    Sabotage(
        "constant webhook id",
        "workers/delivery.py",
        'return f"msg_{delivery.id}"',
        'return f"msg_{delivery.id}_{delivery.attempts}"',
        "tests/workers/test_delivery.py::test_every_attempt_has_the_same_id_and_body_and_a_time_of_its_own",
    ),
    Sabotage(
        "address pin",
        "workers/outbound.py",
        "socket.create_connection((str(address), target.port)",
        "socket.create_connection((target.host, target.port)",
        "tests/workers/test_outbound.py::test_the_connection_goes_to_the_address_that_was_checked",
    ),
    Sabotage(
        "every address is checked",
        "workers/outbound.py",
        "not all(allowed.admits(address) for address in addresses)",
        "not any(allowed.admits(address) for address in addresses)",
        "tests/workers/test_outbound.py::test_a_name_with_one_private_address_among_public_ones_is_refused",
    ),
    Sabotage(
        "leash on slow receivers",
        "workers/outbound.py",
        "self._socket.shutdown(socket.SHUT_RDWR)",
        "pass",
        "tests/workers/test_outbound.py::test_a_receiver_that_never_finishes_is_cut_off",
    ),
    Sabotage(
        "replay store",
        "service/moderation/webhooks.py",
        "mark=mark, state=InboundState.IGNORED",
        "mark=signatures.new_secret(), state=InboundState.IGNORED",
        "tests/moderation/test_webhooks.py::test_the_same_webhook_again_has_no_second_effect",
    ),
    Sabotage(
        "tolerance of signed times",
        "service/signatures.py",
        "> TOLERANCE",
        "> 10 * TOLERANCE + 10**10",
        "tests/moderation/test_webhook_signatures.py::test_a_time_outside_the_tolerance_does_not_pass",
    ),
    Sabotage(
        "unsigned ids are no marks",
        "service/signatures.py",
        "        return body\n\n    return verifier",
        '        return headers.get("x-github-delivery", "").encode() + body\n\n    return verifier',
        "tests/moderation/test_webhook_signatures.py::test_an_unsigned_delivery_id_cannot_make_a_replay_look_new",
    ),
    Sabotage(
        "Redis is not waited for",
        "service/queues.py",
        "connecting=0.15, answering=0.1",
        "connecting=5, answering=5",
        "tests/faults/test_dependencies.py::test_intake_answers_within_half_a_second_whatever_redis_does[sqlite-stalled]",
    ),
    Sabotage(
        "JSON and no pickle on the queue",
        "workers/__main__.py",
        "serializer=JSONSerializer",
        "serializer=None",
        "tests/faults/test_dependencies.py::test_a_pickle_in_redis_is_not_executed",
    ),
    Sabotage(
        "site from the key",
        "service/moderation/endpoints.py",
        "select(Endpoint).where(Endpoint.site_id == site_id, Endpoint.id == endpoint_id)",
        "select(Endpoint).where(Endpoint.id == endpoint_id)",
        "tests/faults/test_tenants.py::test_every_route_of_the_api_refuses_another_sites_object",
    ),
    Sabotage(
        "text stays out of logs",
        "service/moderation/intake.py",
        '"A comment with this id exists with another text;',
        'f"A comment with this id exists with another text ({text});',
        "tests/faults/test_canary.py::test_what_is_private_is_nowhere_but_in_the_database",
    ),
)


def main(words: list[str]) -> int:
    """Try every sabotage and say which went unnoticed; the status is how many."""
    chosen = [sabotage for sabotage in SABOTAGES if not words or any(word in sabotage.name for word in words)]
    unnoticed, started = 0, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="moderato-sabotage-") as folder:
        copy = Path(folder)
        _copy(copy)
        print(f"First without sabotage: {len({sabotage.test for sabotage in chosen})} tests", flush=True)
        red = failing(copy, *dict.fromkeys(sabotage.test for sabotage in chosen))
        for number, sabotage in enumerate(chosen, 1):
            verdict = "red without sabotage" if sabotage.test in red else attempt(copy, sabotage)
            unnoticed += verdict != "noticed"
            print(f"{number:2} of {len(chosen)}  {verdict:22} {sabotage.name}  ({sabotage.test})", flush=True)
    minutes = (time.monotonic() - started) / 60
    print(f"{len(chosen) - unnoticed} of {len(chosen)} sabotages were noticed, in {minutes:.1f} minutes")
    return unnoticed


def attempt(copy: Path, sabotage: Sabotage) -> str:
    """Return "noticed" when the test, which passes on the code as it is, fails on the sabotaged copy; else what was
    wrong."""
    source = (REPOSITORY / sabotage.file).read_text()
    times = source.count(sabotage.code)
    if times == 0 or (times > 1 and not sabotage.file.endswith("__main__.py")):
        return f"code found {times} times"
    (copy / sabotage.file).write_text(source.replace(sabotage.code, sabotage.instead))
    try:
        return "noticed" if failing(copy, sabotage.test) else "NOT NOTICED"
    finally:
        (copy / sabotage.file).write_text(source)


def failing(tree: Path, *tests: str) -> set[str]:
    """Return which of the tests fail in `tree`; on SQLite alone, since what is switched off is the same on both."""
    command = [sys.executable, "-m", "pytest", "-q", "-rfE", "--sqlite-only", "--timeout=300", "-p", "no:cacheprovider"]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([*command, *tests], cwd=tree, env=environ, capture_output=True, check=False, timeout=3_600)
    said = done.stdout.decode()
    if done.returncode not in (0, 1):  # neither passed nor failed: not collected, interrupted, ...
        raise SystemExit(f"{tests} could not be run:\n{said[-3000:]}\n{done.stderr.decode()[-1000:]}")
    red = {line.split()[1].split("[")[0] for line in said.splitlines() if line.startswith(("FAILED ", "ERROR "))}
    assert bool(red) == bool(done.returncode), said[-3000:]
    return red


def _copy(folder: Path) -> None:
    for name in COPIED:
        place = REPOSITORY / name
        if place.is_dir():
            shutil.copytree(place, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        elif place.exists():
            shutil.copy(place, folder / name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
