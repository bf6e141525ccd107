"""The shipped model's card and what the console shows of it, from measured figures."""

from pathlib import Path
from typing import Any

from training.card import area, span, table

NAMES = {
    "ar": "Arabic", "de": "German", "es": "Spanish", "fr": "French", "hi": "Hindi", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ru": "Russian",
    "tr": "Turkish", "zh": "Chinese",
}  # fmt: skip
AIMS = {"ru": 0.93, "zh": 0.90}


def text(report: dict[str, Any], manifest: dict[str, Any]) -> str:
    """Return the whole card as Markdown."""
    written = Path(__file__).with_name("card_text.md").read_text(encoding="utf-8")
    written = written.replace("{VERSION}", manifest["version"]).replace("{FIGURES}", figures(report, manifest))
    return written.replace("{JUDGED}", ", ".join(manifest["language_names"]))


def trust(report: dict[str, Any], judged: list[str]) -> list[dict[str, Any]]:
    """Return what the console shows: the AUC of each language."""
    question = "does it tell toxic from clean comments?"
    return [area(f"{NAMES[code]}: {question}", report["languages"][code], "rows kept aside") for code in judged]


def figures(report: dict[str, Any], manifest: dict[str, Any]) -> str:
    """Return the measured part of the card as Markdown."""
    suite, speed = report["functional"], report["speed"]
    return "\n\n".join(
        [
            "### Toxicity by language, test side\n\n"
            + table(
                ("language", "judged", "AUC", "95 %", "rows", "toxic", "lowest score that holds", "aim"),
                [language_row(code, one, manifest) for code, one in report["languages"].items()],
            ),
            "### Toxicity by set, test side\n\n"
            + table(
                ("set", "AUC", "95 %", "rows", "toxic"),
                [(name, v["value"], span(v), v["rows"], v["positives"]) for name, v in report["sets"].items()],
            ),
            "### What a new site's policy holds, test side\n\nThe sets' clean rows are angrier than a newspaper's.\n\n"
            + table(
                ("language", "toxic rows held", "95 %", "of", "clean rows held", "95 %", "of"),
                [
                    (NAMES[code], *percent(one["toxic"]), *percent(one["clean"]))
                    for code, one in report["held_at_default"].items()
                    if code in manifest["languages"]
                ],
            ),
            "### Our own functional sentences\n\nTwelve a language (`training/multilingual/functional.jsonl`): one "
            + "language's figure has no useful interval. Aim for the mean: 0.70.\n\n"
            + table(("language", "AUC"), [(NAMES[code], value) for code, value in suite["languages"].items()])
            + f"\n\nMean {suite['mean']}; all sentences together {suite['all']['value']} ({span(suite['all'])}).",
            "### Routing\n\nComments at a site whose default language is English, as a worker decides it "
            + "(`python -m training.multilingual.routing`).\n\n"
            + table(("what", "share", "95 %", "of"), routing(report["routing"])),
            f"### Speed and size\n\nOne thread: {speed['processor_ms']} ms of processor time for a comment of "
            + f"{speed['tokens']:.0f} tokens (median, busy machine); {report['megabytes']} MB.",
        ]
    )


def language_row(code: str, one: dict[str, Any], manifest: dict[str, Any]) -> tuple[Any, ...]:
    entry = manifest["by_language"].get(code)
    aim = f"{AIMS[code]}, {'met' if one['value'] >= AIMS[code] else 'missed'}" if code in AIMS else ""
    hold_at = entry["toxicity"]["hold_at"] if entry else ""
    return (
        NAMES[code],
        "yes" if entry else "no: held",
        one["value"],
        span(one),
        one["rows"],
        one["positives"],
        hold_at,
        aim,
    )


def routing(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    rows = [(f"{NAMES[code]} read as {NAMES[code]}", *percent(v)) for code, v in found["read"].items()]
    rows += [(f"{NAMES[code]} comments held", *percent(v)) for code, v in found["comments_held"].items()]
    rows += [(f"{NAMES[code]} sentences held", *percent(v)) for code, v in found["held"].items()]
    return [*rows, ("English sentences read as English", *percent(found["english"]))]


def percent(share: dict[str, Any]) -> tuple[str, str, int]:
    """Return a share, its interval and of how many rows, as shown."""
    return f"{100 * share['value']:.1f} %", f"{100 * share['low']:.1f} to {100 * share['high']:.1f}", share["of"]
