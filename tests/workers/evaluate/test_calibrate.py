"""`moderato calibrate`: old thresholds flag the same share, agreement is honest, the curve enters the key."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from service.accounts import keys
from service.accounts.keys import KeyCache
from service.db import Database
from service.models import AuditEntry, Site
from service.vocabulary import Attribute
from tests.workers.evaluate.test_evaluate import KIND, NOUNS, RUDE
from workers.evaluate.calibrate import calibrate
from workers.evaluate.equating import agreements, equate


def test_a_threshold_flags_the_same_share_on_both_scales() -> None:
    draw = np.random.default_rng(1)
    theirs = draw.beta(0.6, 2.0, 4_000)
    ours = theirs**2  # the same order on another scale
    curve = equate(ours, theirs)
    assert max(abs(curve.at(float(x)) - y) for x, y in zip(ours, theirs, strict=True)) < 0.05
    for one in agreements(ours, theirs, (0.5, 0.8)):
        assert one.mapped.value is not None
        assert one.plain.value is not None
        assert one.mapped.value > 0.99 > one.plain.value
        assert one.flagged_by_us == pytest.approx(one.flagged_by_them, abs=0.02)


def test_agreement_is_measured_on_comments_that_the_curve_has_not_seen() -> None:
    draw = np.random.default_rng(2)
    (one,) = agreements(draw.random(400), draw.random(400), (0.5,))
    assert one.mapped.interval is not None
    low, high = one.mapped.interval
    assert low < 0.5 < high  # unrelated scores agree by chance


def test_scores_that_are_all_equal_give_a_level_curve() -> None:
    assert equate(np.full(60, 0.3), np.linspace(0, 1, 60)).knots == ((0.3, 1.0),)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "perspective-scores.csv"
    rows = [
        (frame.format(noun), score)
        for frames, score in ((KIND, 0.06), (RUDE, 0.93))
        for frame in frames
        for noun in NOUNS
    ]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("comment", "score"), *rows])
    return path


def run(log: Path, *arguments: str) -> Result:
    return CliRunner().invoke(calibrate, ["--from", str(log), "--text-column", "comment", *arguments])


@pytest.mark.one_database
def test_the_curve_and_the_versions_enter_the_key(
    log: Path, tmp_path: Path, database: Database, site: Site, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with database.write() as session:
        key = keys.create(session, site.id, "coral")
    plot = tmp_path / "curve.png"
    done = run(log, "--at", "0.8", "--plot", str(plot), "--key", "gazette", key[8:16], "--json")
    assert done.exit_code == 0, done.output
    record = json.loads(done.stdout)
    assert record["agreement"][0]["alike"]["value"] > 0.9
    assert plot.read_bytes().startswith(b"\x89PNG")
    found = KeyCache(database).verify(key)
    assert found is not None
    assert found.perspective.pinned == record["versions"]
    assert [list(knot) for knot in found.perspective.curves[Attribute.TOXICITY].knots] == record["knots"]
    with database.read() as session:
        assert session.query(AuditEntry).filter_by(action="key.calibrate").count() == 1


def test_what_is_wrong_with_a_log_is_said(log: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.csv"
    few.write_text("comment,score\nThank you.,0.1\n")
    bad = tmp_path / "bad.csv"
    bad.write_text("comment,score\nThank you.,97\n")
    for path, said in ((few, "has 1 texts with a score; at least 50"), (bad, "must be a number from 0 to 1")):
        refused = run(path)
        assert refused.exit_code == 2
        assert said in refused.stderr
