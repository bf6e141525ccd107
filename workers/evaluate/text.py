"""The figures of one measurement as lines for a terminal."""

from typing import Any


def as_text(record: dict[str, Any]) -> str:
    """Return the main figures, the thresholds and the slices as aligned plain lines."""
    auc = record["auc"]
    lines = [
        f"{record['task']}: {record['attribute']} on {record['file']}, model {record['model']}",
        f"  {record['n']:,} comments, {record['positives']:,} positive, {record['not_scored']['count']:,} not scored, "
        f"{record['comments_per_second']} a second",
        f"  area under the ROC curve   {auc['value']:.3f}  (95 %: {auc['low']:.3f} to {auc['high']:.3f})",
        f"  average precision          {record['average_precision']:.3f}",
        f"  caught at 2 % false alarms {record['caught_at_2_percent_false_alarms']:.1%}",
        f"  calibration error          {record['calibration']['ece']:.3f}",
    ]
    for name, rival in record["compared_with"].items():
        caught = rival["caught_at_2_percent_false_alarms"]
        lines.append(f"  by {name} alone: {rival['auc']['value']:.3f}, caught at 2 % false alarms {caught:.1%}")
    for name, row in record["thresholds"].items():
        lines.append(
            f"  {name} at {row['at']:g}: precision {_share(row['precision'])}, recall {_share(row['recall'])}, "
            f"false alarms {_share(row['false_alarms'])}"
        )
    if record.get("evasions"):
        lines.append("  flagged comments that pass once their worst words are disguised:")
        for kind, row in record["evasions"].items():
            share = f"{row['hits']} of {row['of']}"
            interval = "" if row["low"] is None else f"; 95 %: {row['low']:.1%} to {row['high']:.1%}"
            lines.append(f"    {kind:<32} {_share(row['value']):>6}  ({share}{interval})")
    for kind, rows in record["slices"].items():
        lines.append(f"  by {kind}:")
        for row in rows:
            area = f"{row['auc']['value']:.3f}" if row["auc"] else "    -"
            alarms = _share(row["false_alarms"])
            lines.append(f"    {row['slice']:<32} n {row['n']:>6}  area {area}  false alarms {alarms:>6}")
    return "\n".join(lines)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
