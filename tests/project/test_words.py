"""Words: one word for one thing, and none of the phrases that the glossary retired, in anything that people read."""

import re
import subprocess

import pytest

from tests.support.services import REPOSITORY

# What is not ours to word: vendored files, generated files, models' vocabularies, the history of the schema.
LEFT_OUT = re.compile(
    r"^(openapi\.json|constraints\.txt|LICENSE|tests/faults/earlier/|tests/vendor/|service/console/static/(uplot|vendor)/"
    r"|service/api/swagger/|service/migrations/versions/|tests/service/migrations/|tests/service/moderation/review/test_held_tally\.py|workers/models/.*\.json"
    r"|training/.*\.(jsonl|txt)|tests/training/functional\.jsonl|service/machine/.*\.json"
    r"|tests/project/test_words\.py|docs/.*\.(png|svg))"
)
# Each phrase with what to write instead.
RETIRED = {
    r"\bin_review\b|\bIN_REVIEW\b": "held",
    r"Verdict\.REVIEW\b|\breview_at\b": "hold",
    r"\breview_claims?\b|\bReviewClaim\b": "reservation",
    r"\bbacklog\b": "pending comments, or the review queue",
    r"\btaken back\b|\btakes? (it|a decision|all) back\b": "undone (before anyone was told) or overturned (later)",
    r"\bturned round\b": "overturned",
    r"\bwho(m)?ever\b": "name who it is",
    r"\b(is|are|was|were|be) told\b": "say what they see, get or receive",
    r"\b(is|are|was|were) said (of|to be|so|and)\b": "write who says it, or drop it",
    r"\bin the same breath\b": "at once",
    r"\bof no concern\b": "ignored",
    r"\bno sign of life\b": "not responding",
    r"\b[Nn]o such thing\b": "not found",
    r"\bthe ticked\b": "the selected",
    r"\b[Tt]ake a filter away\b": "remove a filter",
    r"\b[Mm]ake them ours\b": "customise",
    r"\bspoils only\b": "each is accepted or refused on its own",
    r"\btold twice\b": "delivered twice",
    r"\bon firm ground\b": "healthy",
    r"\bas (it|they) stands?\b": "current, unchanged, or drop it",
    r"\bfor it is\b": "because",
    r"\b95 of 100\b": "95th percentile",
    r"\b[Ll]ets? itself\b": "can be",
    r"\bof whom\b": "name them",
    r"\bcomes? to be owed\b": "is created",
    r"\bof its own accord\b": "automatically",
    r"\bone's own\b": "your own, or their own",
    r"\bthe way back\b": "say where it leads",
    r'_\("owed"\)': "due",
}


def texts() -> list[tuple[str, str]]:
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout
    found = []
    for name in listed.splitlines():
        if LEFT_OUT.match(name) or not (REPOSITORY / name).is_file():
            continue
        try:
            found.append((name, (REPOSITORY / name).read_text("utf-8")))
        except UnicodeDecodeError:
            continue
    return found


@pytest.mark.one_database
def test_no_retired_phrase_is_left_in_what_people_read() -> None:
    phrase = re.compile("|".join(f"(?:{pattern})" for pattern in RETIRED))
    hits = [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if phrase.search(line)
    ]
    assert hits == []


def test_a_class_name_that_would_fit_many_things_means_one() -> None:
    names = "Assessment|Attempt|Case|Context|Ground|Keyring|Outcome|Refused"
    ours = [text for name, text in texts() if name.startswith(("service/", "workers/")) and name.endswith(".py")]
    found = [name for text in ours for name in re.findall(rf"^class ({names})\b", text, re.MULTILINE)]
    assert sorted(found) == sorted(set(found))


@pytest.mark.parametrize("sentence", ["The comment is told apart.", "Whoever asks", "status in_review", "as it stands"])
def test_a_retired_phrase_is_found(sentence: str) -> None:
    assert any(re.search(pattern, sentence, re.IGNORECASE) for pattern in RETIRED)
