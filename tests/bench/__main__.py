"""`python -m tests.bench [--json]`: speed, latency and memory of three builds in one run, and what each part costs.

The product is compared with two builds around Detoxify: the naive one that everybody writes first, and a careful one.
Throughput is counted from the first POST to the last verdict, both questions (toxicity and off-topic) answered by the
product, toxicity alone by the other two. Latency is from before the POST to the verdict in the client's hand, one
comment at a time.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click

from service.machine import redis_server
from tests.bench import parts
from tests.bench.builds import Build, Careful, Moderato, Naive
from tests.bench.comments import texts
from tests.support.client import send_all

CONNECTIONS = 4


@click.command()
@click.option(
    "--comments", default=2000, show_default=True, help="Comments for the product's throughput; 0 leaves it out."
)
@click.option("--naive-comments", default=60, show_default=True, help="Comments for the naive build's throughput.")
@click.option("--careful-comments", default=240, show_default=True, help="Comments for the careful build's throughput.")
@click.option("--idle", default=100, show_default=True, help="Comments sent one at a time for the latency.")
@click.option("--ours-only", is_flag=True, help="Leave out the other builds and the parts.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench(comments: int, naive_comments: int, careful_comments: int, idle: int, ours_only: bool, as_json: bool) -> None:
    """Measure the product against a naive and a careful build around Detoxify on this machine."""
    with tempfile.TemporaryDirectory(prefix="moderato-bench-") as name:
        folder = Path(name)
        if ours_only:
            alone = _measure(Moderato(_made(folder / "moderato")), "moderato", comments, idle)
            print(json.dumps(alone, indent=2) if as_json else _alone(alone))
            return
        naive = _measure(Naive(_made(folder / "naive")), "the naive build", naive_comments, min(idle, 20))
        careful = _measure(Careful(_made(folder / "careful")), "the careful build", careful_comments, min(idle, 40))
        ours = _measure(Moderato(_made(folder / "moderato")), "moderato", comments, idle)
        _say("measuring the parts")
        redis = redis_server.start(redis_server.find_server(), folder / "parts.sock", _made(folder / "parts-redis"))
        costs = parts.measure(folder / "parts", f"unix://{folder / 'parts.sock'}")
        redis.terminate()
    result = {
        **_ratios(ours, naive),
        **{f"careful_{name}": ratio for name, ratio in _ratios(ours, careful).items()},
        "moderato": ours,
        "naive": naive,
        "careful": careful,
        "parts_ms": costs,
    }
    print(json.dumps(result, indent=2) if as_json else _table(result))


def _ratios(ours: dict[str, Any], other: dict[str, Any]) -> dict[str, float]:
    return {
        "throughput_ratio": ours["comments_per_second"] / other["comments_per_second"],
        "worker_memory_ratio": ours["worker_memory_bytes"] / other["worker_memory_bytes"],
        "latency_ratio": ours["idle_p50_ms"] / other["idle_p50_ms"],
    }


def _measure(build: Build, name: str, comments: int, idle: int) -> dict[str, Any]:
    written = texts(comments + idle + 20, seed=3)
    try:
        _say(f"starting {name}")
        build.start()
        for number in range(1, 11):  # warm connections, caches and the article's index
            build.post(number, written[number])
            build.wait_for(number)
        _say(f"{name}: {idle} comments one at a time")
        figures = _one_at_a_time(build, range(11, 11 + idle), written)
        if comments:
            _say(f"{name}: {comments} comments at once")
            figures |= _at_once(build, range(11 + idle, 11 + idle + comments), written)
        peaks = build.peaks()
    finally:
        build.stop()
    workers = [peak for kind, peak in peaks.items() if kind.startswith(("classification", "bench work"))]
    assert workers, f"no worker among {sorted(peaks)}"
    return figures | {
        "worker_memory_bytes": max(workers),
        "all_memory_bytes": sum(peaks.values()),
        "memory_bytes": peaks,
    }


def _one_at_a_time(build: Build, numbers: range, written: list[str]) -> dict[str, Any]:
    posts, latencies, before = [], [], build.cpu_seconds()
    for number in numbers:
        started = time.perf_counter()
        build.post(number, written[number])
        posts.append((time.perf_counter() - started) * 1000)
        build.wait_for(number)
        latencies.append((time.perf_counter() - started) * 1000)
    return {
        "idle_comments": len(numbers),
        "idle_p50_ms": statistics.median(latencies),
        "idle_p95_ms": statistics.quantiles(latencies, n=20)[-1],
        "idle_post_p50_ms": statistics.median(posts),
        "idle_cpu_ms": _cpu_each(before, build.cpu_seconds(), len(numbers)),
    }


def _at_once(build: Build, numbers: range, written: list[str]) -> dict[str, Any]:
    done, before = build.done(), build.cpu_seconds()
    started = time.perf_counter()
    send_all(lambda n: build.post(n, written[n]), numbers, connections=CONNECTIONS)
    accepted = time.perf_counter() - started
    while build.done() < done + len(numbers):
        time.sleep(0.05)
    seconds = time.perf_counter() - started
    used = _cpu_each(before, build.cpu_seconds(), len(numbers))
    if isinstance(build, Moderato):
        scored = build.scores(numbers[0])
        assert "off_topic" in scored, f"only {sorted(scored)} were scored"
        assert "toxicity" in scored, f"only {sorted(scored)} were scored"
    return {
        "comments": len(numbers),
        "comments_per_second": len(numbers) / seconds,
        "accepted_per_second": len(numbers) / accepted,
        "cpu_ms": used,
    }


def _cpu_each(before: dict[str, float], after: dict[str, float], comments: int) -> dict[str, float]:
    """Return the processor milliseconds that a comment cost, by kind of process: what no neighbour's load changes."""
    each = {kind: (seconds - before.get(kind, 0.0)) * 1000 / comments for kind, seconds in sorted(after.items())}
    return each | {"together": sum(each.values())}


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _say(words: str) -> None:
    print(f"· {words}", file=sys.stderr, flush=True)


def _table(result: dict[str, Any]) -> str:
    builds = [result[name] for name in ("moderato", "naive", "careful")]
    lines = [
        f"{'':28}{'moderato':>12}{'naive':>12}{'careful':>12}{'to naive':>12}{'to careful':>12}",
        _row("comments/s to verdict", builds, "comments_per_second", 1),
        _row("accepted/s", builds, "accepted_per_second", 1),
        _row("idle POST to verdict p50 ms", builds, "idle_p50_ms", 1),
        _row("idle POST to verdict p95 ms", builds, "idle_p95_ms", 1),
        _row("peak memory of a worker MB", builds, "worker_memory_bytes", 1e6),
        _row("of all processes MB", builds, "all_memory_bytes", 1e6),
        "",
        *_processes(result["moderato"]),
        *(
            f"  {name}: {kind:{38 - len(name)}}{peak / 1e6:8.0f}"
            for name in ("naive", "careful")
            for kind, peak in result[name]["memory_bytes"].items()
        ),
        "",
        "cost of each part, ms per comment",
        *(f"  {part:40}{cost:8.2f}" for part, cost in result["parts_ms"].items()),
    ]
    return "\n".join(lines)


def _alone(ours: dict[str, Any]) -> str:
    figures = [f"{name:40}{value:10.1f}" for name, value in ours.items() if isinstance(value, int | float)]
    return "\n".join([*figures, "", *_processes(ours)])


def _processes(ours: dict[str, Any]) -> list[str]:
    lines = []
    for title, field in (("one at a time", "idle_cpu_ms"), ("all at once", "cpu_ms")):
        lines += [f"processor time of each comment sent {title}, ms"] if field in ours else []
        lines += [f"  {kind:40}{spent:8.2f}" for kind, spent in ours.get(field, {}).items()]
    lines += ["peak memory of each process, MB"]
    return lines + [f"  {kind:40}{peak / 1e6:8.0f}" for kind, peak in ours["memory_bytes"].items()]


def _row(title: str, builds: list[dict[str, Any]], field: str, unit: float) -> str:
    values = [build[field] / unit for build in builds]
    ratios = [values[0] / value for value in values[1:]]
    return f"{title:28}" + "".join(f"{value:12.1f}" for value in values) + "".join(f"{r:12.2f}" for r in ratios)


if __name__ == "__main__":
    bench()
