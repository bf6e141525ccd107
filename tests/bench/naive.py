"""The build that everybody writes first: Flask, RQ's default forking worker, Detoxify predict per comment.

Detoxify's `original` architecture (BERT base) with random weights: speed does not depend on the weights. The model is
loaded once before the worker forks, which is kinder than most: loaded inside each job it does 0.2 comments/s.
"""

import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("NAIVE_FOLDER", "."))
_model: Any = None


def make_checkpoint(folder: Path, tokenizer: Path) -> None:
    """Write a Detoxify checkpoint of BERT base with random weights, and the tokenizer beside its configuration."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    torch.manual_seed(0)
    config = BertConfig(num_labels=6)
    model = BertForSequenceClassification(config)
    config.save_pretrained(folder)
    BertTokenizerFast(tokenizer_file=str(tokenizer), do_lower_case=True).save_pretrained(folder)
    names = ["toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack"]
    arguments = {
        "num_classes": 6,
        "model_name": "BertForSequenceClassification",
        "model_type": str(folder),
        "tokenizer_name": "BertTokenizerFast",
    }
    described = {"arch": {"args": arguments}, "dataset": {"args": {"classes": names}}}
    torch.save({"state_dict": model.state_dict(), "config": described}, folder / "naive.ckpt")


def load() -> Any:
    """Return this process's Detoxify model, loading it on first use."""
    global _model
    if _model is None:
        from detoxify import Detoxify

        _model = Detoxify(checkpoint=str(FOLDER / "naive.ckpt"), huggingface_config_path=str(FOLDER))
    return _model


def classify(comment_id: int, text: str) -> None:
    """The job: predict and store."""
    scores = load().predict(text)
    with sqlite3.connect(FOLDER / "naive.db", timeout=30) as database:
        database.execute("UPDATE comment SET score = ? WHERE id = ?", (float(scores["toxicity"]), comment_id))


def app() -> Any:
    """The web side: store, enqueue, answer polls."""
    from flask import Flask, request
    from redis import Redis
    from rq import Queue

    flask = Flask("naive")
    queue = Queue(connection=Redis.from_url(os.environ["NAIVE_REDIS"]))

    @flask.post("/comments")
    def post() -> Any:
        body = request.get_json()
        with sqlite3.connect(FOLDER / "naive.db", timeout=30) as database:
            database.execute("INSERT INTO comment (id, text) VALUES (?, ?)", (body["id"], body["text"]))
        queue.enqueue("tests.bench.naive.classify", body["id"], body["text"])
        return {}, 202

    @flask.get("/comments/<int:comment_id>")
    def get(comment_id: int) -> Any:
        with sqlite3.connect(FOLDER / "naive.db", timeout=30) as database:
            row = database.execute("SELECT score FROM comment WHERE id = ?", (comment_id,)).fetchone()
        return {"score": row[0]}

    @flask.get("/done")
    def done() -> Any:
        with sqlite3.connect(FOLDER / "naive.db", timeout=30) as database:
            return {"done": database.execute("SELECT count(score) FROM comment").fetchone()[0]}

    return flask


def work() -> None:
    """Run RQ's default worker, the model loaded before it forks."""
    from rq import Worker

    load()
    run(Worker)


def run(kind: Any) -> None:
    """Run an RQ worker of this kind on the one queue."""
    from redis import Redis
    from rq import Queue

    connection = Redis.from_url(os.environ["NAIVE_REDIS"])
    kind([Queue(connection=connection)], connection=connection).work(logging_level="WARNING")


if __name__ == "__main__":
    if sys.argv[1] == "work":
        work()
    else:
        app().run(port=int(sys.argv[2]), threaded=True)
