"""The kill loop for half an hour (or as many seconds as given), and fresh histories for the state machine.

`python -m tests.faults.soak [SECONDS]`, or `make soak`.
"""

import os
import subprocess
import sys


def main() -> int:
    seconds = sys.argv[1] if len(sys.argv) > 1 else "1800"
    tests = ["tests/journeys/test_faults_kill_loop.py", "tests/faults/test_the_state_machine.py"]
    environ = os.environ | {"SOAK_SECONDS": seconds}
    return subprocess.run([sys.executable, "-m", "pytest", "-s", "-q", *tests], env=environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
