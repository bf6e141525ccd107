"""`moderato evaluate` from a file to figures, with the shipped models, on comments of our own writing."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service.moderation.policy.rules import default_thresholds
from service.vocabulary import Attribute
from workers.classifiers.evasion import KINDS
from workers.evaluate.cli import evaluate
from workers.evaluate.slices import evasions, identity_terms, length_band

KIND = ["Thank you for this {0}, it was a pleasure to read.", "The council should fix the {0} before winter.",
        "I think the {0} deserves more money, who agrees?", "My neighbour's {0} was closed on Sunday.",
        "Has anybody seen the figures about the {0}?"]  # fmt: skip
RUDE = ["You are a stupid idiot and your {0} is shit.", "Shut the fuck up about the {0}, moron.",
        "What a pathetic piece of crap you wrote about the {0}, loser.",
        "Go to hell, you dumb bastard with your {0}."]  # fmt: skip
NOUNS = ["bridge", "library", "school", "park", "market", "museum"]
ARTICLES = [
    {"article_id": "bridge", "title": "Council closes Harbour Bridge for repairs", "section": "city",
     "key_points": ["Rust was found in the steel cables of the bridge."]},
    {"article_id": "bread", "title": "Village bakery wins national prize for its rye bread", "section": "food",
     "key_points": ["The sourdough is baked in a wood-fired oven."]},
    {"article_id": "goal", "title": "United win the cup final with a goal in the last minute", "section": "sport",
     "key_points": ["Striker Ana Reyes scored from thirty metres."]},
]  # fmt: skip
REMARKS = {
    "bridge": ["Rust in the cables of the bridge should have been found years ago.",
               "Closing the harbour bridge will jam every other road.", "Who inspects the steel of our bridges?"],
    "bread": ["Their rye bread is the best in the country.", "A wood-fired oven makes all the difference to sourdough.",
              "That bakery deserves the prize, I queue for their bread each week."],
    "goal": ["Reyes hit that goal from thirty metres, unbelievable strike!", "United did not deserve to win the final.",
             "The keeper should have saved the last-minute shot."],
}  # fmt: skip


def run(*arguments: object) -> Result:
    return CliRunner().invoke(evaluate, [str(argument) for argument in arguments])


def figures(*arguments: object) -> dict[str, Any]:
    """Run with --json and return the one object printed."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    record: dict[str, Any] = json.loads(result.stdout)
    return record


@pytest.fixture
def toxic_csv(tmp_path: Path) -> Path:
    rows = [(frame.format(noun), label, source) for label, frames in ((0.1, KIND), (0.8, RUDE)) for frame in frames
            for noun, source in zip(NOUNS, ["east", "west"] * 3, strict=True)]  # fmt: skip
    path = tmp_path / "labelled.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("comment", "share", "source"), *rows])
    return path


@pytest.fixture
def threads(tmp_path: Path) -> tuple[Path, Path]:
    articles, comments = tmp_path / "articles.jsonl", tmp_path / "comments.jsonl.gz"
    articles.write_text("".join(json.dumps(article) + "\n" for article in ARTICLES))
    lines = [{"article_id": name, "text": text} for name, texts in REMARKS.items() for text in texts]
    comments.write_bytes(gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode()))
    return articles, comments


def test_toxicity_is_measured_as_one_json_object(toxic_csv: Path) -> None:
    record = figures("toxicity", toxic_csv, "--text-column", "comment", "--label-column", "share")
    assert (record["n"], record["positives"], record["not_scored"]["count"]) == (54, 24, 0)
    assert record["auc"]["low"] <= record["auc"]["value"] <= record["auc"]["high"]
    assert record["auc"]["value"] > 0.95
    assert record["thresholds"]["hold"]["at"] == default_thresholds()[Attribute.TOXICITY].hold_at
    assert {row["slice"] for row in record["slices"]["source"]} == {"east", "west"}
    assert record["comments_per_second"] > 0
    assert 0 <= record["calibration"]["ece"] <= 1


def test_flagged_comments_are_disguised_in_every_known_way_and_counted(toxic_csv: Path) -> None:
    asked = ("toxicity", toxic_csv, "--text-column", "comment", "--label-column", "share", "--evasions", "3")
    tried = figures(*asked)["evasions"]
    assert set(tried) == set(KINDS)
    for row in tried.values():
        assert row["of"] == 3
        assert row["low"] - 1e-9 <= row["hits"] / 3 <= row["high"] + 1e-9
    assert tried["zero_width"]["hits"] == 0  # the second view takes them out
    assert "zero_width" in run(*asked).output


def test_the_label_of_a_fraction_is_chosen_on_the_command_line(toxic_csv: Path) -> None:
    columns = ("--text-column", "comment", "--label-column", "share")
    result = run("toxicity", toxic_csv, *columns, "--positive-at", "0.9")
    assert result.exit_code == 2
    assert "all 54 labelled comments are negative at 0.9" in result.stderr


def test_a_limit_draws_the_same_comments_each_time(toxic_csv: Path) -> None:
    columns = ("--text-column", "comment", "--label-column", "share", "--limit", 20)
    first, again = (figures("toxicity", toxic_csv, *columns) for _ in range(2))
    assert first["n"] == 20
    timing = {"comments_per_second": 0}
    assert first | timing == again | timing


def test_two_processes_give_the_figures_of_one(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    frames = [(0, frame) for frame in KIND] + [(1, frame) for frame in RUDE]
    lines = [{"text": frame.format(f"{noun} number {n}"), "toxicity": label}
             for n in range(5) for noun in NOUNS for label, frame in frames]  # fmt: skip
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert len(lines) >= 200, "fewer are scored in one process whatever is asked"
    one, two = (figures("toxicity", path, "--processes", count) for count in (1, 2))
    for record in (one, two):
        del record["comments_per_second"], record["processes"]
    assert one == two


def test_a_report_has_a_page_a_picture_and_no_comment_text(toxic_csv: Path, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "report"
    columns = ("--text-column", "comment", "--label-column", "share")
    assert run("toxicity", toxic_csv, *columns, "--report", folder).exit_code == 0
    assert (folder / "report.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    page = (folder / "report.html").read_text()
    assert "area under the ROC curve" in page
    assert "report.png" in page
    written = page + (folder / "report.json").read_text()
    assert not any(frame.split("{0}")[0] in written for frame in KIND + RUDE)


def test_cross_pairs_tell_a_comment_under_its_article_from_one_under_another(threads: tuple[Path, Path]) -> None:
    articles, comments = threads
    asked = ("relevance", "--articles", articles, "--comments", comments, "--cross-pairs")
    record = figures(*asked)
    assert (record["n"], record["positives"]) == (18, 9)
    assert record["auc"]["value"] > 0.9
    assert record["compared_with"]["nearest cosine"]["auc"]["value"] > 0.8
    assert set(record["thresholds"]) == {"hold"}
    assert figures(*asked, "--part", "title")["n"] == 18
    assert figures(*asked, "--hardness", "near", "--conversation", 10)["auc"]["value"] > 0.9


def test_labels_by_people_are_measured_as_they_stand(threads: tuple[Path, Path]) -> None:
    articles, comments = threads
    lines = [{"article_id": "bridge", "text": text, "label_offtopic": 0} for text in REMARKS["bridge"]]
    lines += [{"article_id": "bridge", "text": text, "label_offtopic": 1} for text in REMARKS["bread"]]
    lines += [{"article_id": "bridge", "text": "Nobody labelled this one.", "label_offtopic": None}]
    comments.write_bytes(gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode()))
    record = figures("relevance", "--articles", articles, "--comments", comments)
    assert (record["n"], record["positives"], record["auc"]["value"]) == (6, 3, 1.0)


def test_a_wrong_question_ends_with_two_and_says_what_would_be_right(
    toxic_csv: Path, threads: tuple[Path, Path], tmp_path: Path
) -> None:
    articles, comments = threads
    both = ("--articles", articles, "--comments", comments)
    for arguments, complaint in (
        (("toxicity", toxic_csv), "no column 'text'; its columns are comment, share, source"),
        (("toxicity", toxic_csv, "--text-column", "comment", "--label-column", "source"), "'east' is not a label"),
        (("toxicity", toxic_csv, "--attribute", "rudeness"), "must be one of toxicity, severe_toxicity"),
        (("toxicity", tmp_path / "none.csv"), "does not exist"),
        (("relevance", *both), "name another with --label-column, or measure with --cross-pairs"),
        (("relevance", *both, "--cross-pairs", "--label-column", "x"), "choose one"),
        (("relevance", "--articles", comments, "--comments", comments), "no column 'title'"),
    ):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert complaint in " ".join(result.stderr.split())


def test_a_model_that_is_not_there_ends_with_one(toxic_csv: Path) -> None:
    result = run("toxicity", toxic_csv, "--text-column", "comment", "--label-column", "share", "--model", "none")
    assert result.exit_code == 1
    assert "--model none" in result.stderr


def test_slices_are_read_off_the_text() -> None:
    assert [length_band("x" * size) for size in (0, 79, 80, 499, 500)] == [
        "under 80", "under 80", "80 to 199", "200 to 499", "500 and more"]  # fmt: skip
    assert identity_terms("A Muslim woman spoke.") == ["muslim", "female"]
    assert identity_terms("The blacksmith of Whitehall.") == []
    assert evasions("you id\u200biot") == ["zero-width"]
    assert evasions("you i d i o t") == ["spaced out"]
    assert evasions("you 1d10t and m0ron") == ["leetspeak"]
    assert evasions("you idiооt") == ["look-alike letters"]
    assert evasions("ｉｄｉｏｔ") == ["styled letters"]
    assert evasions("A plain sentence about 3 bridges, built in 1931!") == []


def test_comments_in_another_language_are_measured_with_the_classifier_that_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "spanish.csv"
    kind = ["Muchas gracias por el artículo sobre {0}, he aprendido mucho.", "No creo que {0} esté listo en invierno."]
    rude = ["Eres un idiota y {0} es una mierda como tú.", "Cállate ya con lo de {0}, hijo de puta, das asco."]
    rows = [(text, label) for label, texts in enumerate((kind, rude)) for text in texts]
    with path.open("w", newline="") as file:
        written = csv.writer(file)
        written.writerow(["text", "toxicity"])
        written.writerows(
            [text.format(noun), label] for text, label in rows for noun in ("el puente", "el parque", "el mercado")
        )
    record = figures("toxicity", path, "--language", "es", "--processes", 1)
    assert record["auc"]["value"] > 0.9
    assert record["not_scored"]["count"] == 0
    assert "multilingual" in record["versions"]
