"""The kill loop and fresh histories for the state machine, on both databases, for half an hour or the seconds given.

`python -m tests.faults.soak [SECONDS]`, or `make soak`. A line every ten seconds says how it goes.
"""

import os
import subprocess
import sys

KILLING, HISTORIES = 0.4, 0.1  # shares of the time on each of the two databases


def main() -> int:
    seconds = float(sys.argv[1] if len(sys.argv) > 1 else 1_800)
    tests = ["tests/journeys/test_faults_kill_loop.py", "tests/faults/test_the_state_machine.py"]
    environ = os.environ | {"SOAK_SECONDS": f"{seconds * KILLING:g}", "SOAK_HISTORIES": f"{seconds * HISTORIES:g}"}
    print(f"Soaking for {seconds / 60:.1f} minutes, and what it takes to converge", flush=True)
    # Without capture (-s), so that the lines of progress are seen at once.
    command = [sys.executable, "-u", "-m", "pytest", "-s", "-v", "-p", "no:cacheprovider", *tests]
    return subprocess.run(command, env=environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
