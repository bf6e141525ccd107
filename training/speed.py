"""How fast the shipped graph is: `python -m training.speed GRAPH TOKENIZER TEXTS.json`, one process of one thread.

Prints one JSON object; training/measure.py starts two at once, as two workers would run.
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

WORST = ("p50_ms", "p95_ms", "rss_mb", "load_seconds", "median_tokens")


def two_processes(graph: Path, tokenizer: Path, texts: list[str], folder: Path) -> dict[str, Any]:
    """Return comments/s of two processes together, and what one of them needs."""
    listed = folder / "speed_texts.json"
    listed.write_text(json.dumps(texts), encoding="utf-8")
    command = [sys.executable, "-m", "training.speed", str(graph), str(tokenizer), str(listed)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    found = [json.loads(process.communicate()[0]) for process in started]
    listed.unlink()
    return {
        "comments_per_second": round(sum(one["comments_per_second"] for one in found), 1),
        "cpu_comments_per_second": round(sum(one["cpu_comments_per_second"] for one in found), 1),
        **{name: max(one[name] for one in found) for name in WORST},
    }


def peak_mb() -> int:
    """Return this program's own peak; getrusage would count the parent's memory from before the exec."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def main() -> None:
    start = time.perf_counter()
    from tokenizers import Tokenizer

    from training.engine import Graph

    graph = Graph(Path(sys.argv[1]))
    tokenizer = Tokenizer.from_file(sys.argv[2])
    load = time.perf_counter() - start
    tokenizer.enable_truncation(128)
    texts = json.loads(Path(sys.argv[3]).read_text(encoding="utf-8"))
    for text in texts[:20]:
        graph.one(tokenizer.encode(text).ids)
    times, lengths, begun, processor = [], [], time.perf_counter(), time.process_time()
    for text in texts:
        before = time.perf_counter()
        ids = tokenizer.encode(text).ids
        graph.one(ids)
        times.append(time.perf_counter() - before)
        lengths.append(len(ids))
    found = {
        "comments_per_second": len(texts) / (time.perf_counter() - begun),
        "cpu_comments_per_second": len(texts) / (time.process_time() - processor),
        "p50_ms": round(statistics.median(times) * 1000, 1),
        "p95_ms": round(statistics.quantiles(times, n=20)[-1] * 1000, 1),
        "rss_mb": peak_mb(),
        "load_seconds": round(load, 2),
        "median_tokens": statistics.median(lengths),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
