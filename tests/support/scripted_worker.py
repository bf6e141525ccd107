"""A worker process as in production, its models replaced by a score that is quick to give.

`python -m tests.support.scripted_worker ROLE`. A text that contains "poison" ends the process the hard way;
TEST_SCORING_SECONDS is how long each score takes, TEST_CHARACTER_SECONDS how long each of its characters does.
"""

import os
import time

from tests.support.classifiers import ScriptedClassifiers
from workers import runtime
from workers.__main__ import worker
from workers.classifiers.base import Subject


def _score(subject: Subject) -> float | None:
    if "poison" in subject.text:
        os._exit(139)
    a_character = float(os.environ.get("TEST_CHARACTER_SECONDS", "0"))
    time.sleep(float(os.environ.get("TEST_SCORING_SECONDS", "0")) + a_character * len(subject.text))
    return 0.99 if "awful" in subject.text else None


if __name__ == "__main__":
    runtime.load_classifiers = lambda _settings: ScriptedClassifiers(script=_score)  # type: ignore[assignment]
    worker()
