"""Reproduces the card's figures: `python -m training.measure --data DIR [--model DIR] [--float DIR] [--out DIR]`.

Everything here is measured on rows that were never trained on, with the graph that ships, one comment per call, without
the runtime's second view on disguised text. `--float` names the folder of the float32 checkpoint (training/export.py);
without it, the comparison of int8 with float32 is left out and the output says so.
"""

import argparse
import json
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from service.moderation.insight.intervals import Share
from service.moderation.policy.rules import default_thresholds
from service.vocabulary import Attribute
from training import evasions, pairs, plots, related, statistics
from training.calibration import calibration_error
from training.default_policy import share_held
from training.encoder import MAX_TOKENS, Compact, cut, pretrained, run, worst
from training.engine import Array, Graph
from training.held_out import HeldOut, madlibs, toxicity_sets
from training.speed import two_processes
from workers.classifiers import facade

SHIPPED = Path(__file__).parent.parent / "workers" / "models" / "compact"
NATURAL = ("wikipedia_official_test", "wikipedia_near_natural")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=SHIPPED)
    parser.add_argument("--float", type=Path, dest="whole", help="folder with the float32 checkpoint, compact.ckpt")
    parser.add_argument("--related", type=Path, help="weights of training/related.py: what sharing the encoder costs")
    parser.add_argument("--out", type=Path, default=Path("training/out/report"))
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    report = Report(chosen.data, chosen.model, chosen.whole, chosen.related)
    found = report.measure(chosen.out)
    (chosen.out / "report.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    plots.draw(report.curves, found, chosen.out)
    print(json.dumps(found, indent=1))


class Report:
    """The figures of one model folder."""

    def __init__(self, data: Path, model: Path, whole: Path | None, alone: Path | None = None) -> None:
        self._data, self._model, self._alone = data, model, alone
        self.manifest = json.loads((model / "manifest.json").read_text(encoding="utf-8"))
        self._graph = Graph(model / "model.onnx")
        self._tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._whole = float_model(whole) if whole else None
        self.curves: dict[str, tuple[Array, Array]] = {}  # set name to (toxic, score)

    def measure(self, out: Path) -> dict[str, Any]:
        sets = toxicity_sets(self._data)
        scores, losses, flips = {}, {}, []
        for name, held_out in sets.items():
            pieces, owners = cut(held_out.texts)
            scores[name] = 1 / (1 + np.exp(-worst(self._graph.all(pieces)[0], owners)))
            print(name, len(held_out.texts), file=sys.stderr)
            if self._whole is not None:
                floats = 1 / (1 + np.exp(-worst(run(self._whole, pieces)[0].numpy(), owners)))
                positive = column(held_out, 0) >= 0.5
                exact = statistics.auc(positive, floats[:, 0])
                losses[name] = round(exact - statistics.auc(positive, scores[name][:, 0]), 4)
                flips.append(verdicts(floats, self.manifest) != verdicts(scores[name], self.manifest))
        found: dict[str, Any] = {"version": self.manifest["version"], "tokens": MAX_TOKENS}
        found["auc"] = {name: self._auc(name, sets[name], scores[name]) for name in sets}
        found["auc"]["social_media"] = self._pooled(("tweets", "forum"), sets, scores)
        found["attributes"] = self._attributes(sets["wikipedia_official_test"], scores["wikipedia_official_test"])
        found["functional"] = functional(sets["functional"], scores["functional"][:, 0])
        found["calibration"] = {}
        for name in NATURAL:
            error = calibration_error(scores[name][:, 0].astype(float), column(sets[name], 0))
            found["calibration"][name] = round(error, 4)
        found["thresholds"] = self._thresholds(sets["wikipedia_official_test"], scores["wikipedia_official_test"])
        found["held_at_default"] = at_default(sets["wikipedia_official_test"])
        found["int8_against_float32"] = "not measured"
        if flips:
            differing = round(float(np.concatenate(flips).mean()), 4)
            found["int8_against_float32"] = {"auc_loss": losses, "verdicts_differing": differing}
        found["identity_bias"] = self._madlibs()
        found["evasion"] = self._evasion(sets["tweets"], scores["tweets"])
        found["embedding"] = self._embedding()
        sample = random.Random(3).sample(sets["news_comments"].texts, 300)
        found["speed"] = two_processes(self._model / "model.onnx", self._model / "tokenizer.json", sample, out)
        return found

    def _ids(self, texts: list[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts)]

    def _score(self, texts: list[str]) -> Array:
        pieces, owners = cut(texts)
        return 1 / (1 + np.exp(-worst(self._graph.all(pieces)[0], owners)[:, 0]))  # type: ignore[no-any-return]

    def _auc(self, name: str, held_out: HeldOut, scores: Array) -> dict[str, float]:
        positive = column(held_out, 0) >= 0.5
        self.curves[name] = (positive, scores[:, 0])
        counts = {"rows": len(positive), "toxic": int(positive.sum())}
        return {**statistics.interval(positive, scores[:, 0]), **counts}

    def _pooled(self, names: tuple[str, ...], sets: dict[str, HeldOut], scores: dict[str, Array]) -> dict[str, float]:
        positive = np.concatenate([column(sets[name], 0) >= 0.5 for name in names])
        counts = {"rows": len(positive), "toxic": int(positive.sum())}
        return {**statistics.interval(positive, np.concatenate([scores[name][:, 0] for name in names])), **counts}

    def _attributes(self, held_out: HeldOut, scores: Array) -> dict[str, dict[str, float]]:
        found = {}
        for index, name in enumerate(self.manifest["labels"]):
            positive = column(held_out, index) >= 0.5
            found[name] = {**statistics.interval(positive, scores[:, index]), "positives": int(positive.sum())}
        return found

    def _thresholds(self, held_out: HeldOut, scores: Array) -> dict[str, dict[str, float | None]]:
        found = {}
        for index, name in enumerate(self.manifest["labels"]):
            positive = column(held_out, index) >= 0.5
            for level in ("hold_at", "reject_at"):
                flagged = scores[:, index] >= self.manifest["thresholds"][name][level]
                hits = int((flagged & positive).sum())
                found[f"{name}.{level}"] = {
                    "at": self.manifest["thresholds"][name][level],
                    "precision": round(hits / int(flagged.sum()), 3) if flagged.any() else None,
                    "recall": round(hits / int(positive.sum()), 3) if positive.any() else None,
                    "flagged": int(flagged.sum()),
                }
        return found

    def _madlibs(self) -> dict[str, Any]:
        texts, positive = madlibs(self._data)
        scores = self._score(texts)
        flagged = scores >= default_thresholds()[Attribute.TOXICITY].hold_at
        words = [set(text.lower().split()) for text in texts]
        groups = {}
        for term in IDENTITY_TERMS:
            mentions = np.array([term in found for found in words])
            clean = mentions & ~positive
            if clean.sum() >= 10 and (mentions & positive).sum() >= 10:
                false_alarms = round(float(flagged[clean].mean()), 3)
                groups[term] = {**statistics.identity_bias(positive, scores, mentions), "false_alarms": false_alarms}
        overall = float(flagged[~positive].mean())
        worst = max(abs(group["false_alarms"] - overall) for group in groups.values())
        return {
            "auc": statistics.interval(positive, scores),
            "false_alarms": round(overall, 3),
            "clean": Share(int((~flagged & ~positive).sum()), int((~positive).sum())).as_record(),
            "widest_false_alarm_gap": round(worst, 3),
            "terms": groups,
        }

    def _evasion(self, held_out: HeldOut, scores: Array) -> dict[str, float]:
        """The share of flagged tweets still flagged with every word of four letters disguised, without second view."""
        rng, at = random.Random(9), self.manifest["thresholds"]["toxicity"]["hold_at"]
        caught = [text for text, score in zip(held_out.texts, scores[:, 0], strict=True) if score >= at][:100]
        found = {}
        for kind in sorted(evasions.KINDS):
            disguised = [evasions.disguise(text, rng, kind=kind, every=True) for text in caught]
            found[kind] = round(float((self._score(disguised) >= at).mean()), 3)
        return found

    def _embedding(self) -> dict[str, Any]:
        """Cosine of a comment with its own article against the others of its source, beside two other encoders."""
        rng = random.Random(11)
        threads = [t for t in pairs.threads(self._data, "test") if t.source != "fnc1" and t.comments]
        others = {"plain_minilm": pretrained()}
        if self._alone is not None:
            others["off_topic_alone"] = related.load(self._alone)
        found: dict[str, Any] = {}
        for known in ("title", "summary"):
            usable = [t for t in threads if known == "title" or t.body or t.points]
            chosen = rng.sample(usable, min(400, len(usable)))
            sources = np.array([t.source for t in chosen])
            alike = sources[:, None] == sources[None, :]
            texts = [rng.choice(t.comments) for t in chosen]
            for t in chosen:
                more = t.points[0] if t.points else " ".join(t.body.split()[:40])
                texts.append(t.title if known == "title" else f"{t.title}. {more}")
            sequences = self._ids(texts)
            vectors = {"compact": self._graph.all(sequences)[1]}
            vectors |= {name: run(model, sequences)[1].numpy() for name, model in others.items()}
            for name, made in vectors.items():
                comments, articles = np.split(made, 2)
                own = np.eye(len(comments), dtype=bool)[alike]
                found[f"{known}.{name}"] = round(statistics.auc(own, (comments @ articles.T)[alike]), 4)
        return found


def at_default(held_out: HeldOut) -> dict[str, Any]:
    """Return how many of the toxic a new site's policy holds, with the shipped models."""
    toxic = column(held_out, 0) >= 0.5
    texts = [text for text, is_toxic in zip(held_out.texts, toxic, strict=True) if is_toxic]
    return share_held(facade.load(), texts).as_record()


def functional(held_out: HeldOut, scores: Array) -> dict[str, Any]:
    """AUC of each functionality against all sentences of the other label, and the mean score."""
    hateful, groups = column(held_out, 0) >= 0.5, np.array(held_out.groups)
    found = {}
    for group in dict.fromkeys(held_out.groups):
        inside = groups == group
        compared = inside | (hateful != hateful[inside][0])
        found[group] = {
            "hateful": bool(hateful[inside][0]),
            "auc": round(statistics.auc(hateful[compared], scores[compared]), 4),
            "mean_score": round(float(scores[inside].mean()), 3),
        }
    return found


def float_model(folder: Path) -> Compact:
    """Return the float32 model of a Detoxify checkpoint folder."""
    model = pretrained()
    model.classifier.load_state_dict(torch.load(folder / "compact.ckpt", weights_only=True)["state_dict"])
    return model


def column(held_out: HeldOut, index: int) -> np.ndarray:
    return np.array([labels[index] for labels in held_out.labels])


def verdicts(scores: Array, manifest: dict[str, Any]) -> np.ndarray:
    """Return 0 approve, 1 review, 2 reject per row at the shipped thresholds, the worst attribute deciding."""
    worst = np.zeros(len(scores), dtype=int)
    for index, name in enumerate(manifest["labels"]):
        levels = manifest["thresholds"][name]
        at = (scores[:, index] >= levels["hold_at"]).astype(int) + (scores[:, index] >= levels["reject_at"])
        worst = np.maximum(worst, at)
    return worst


_TERMS = """
gay lesbian queer homosexual straight bisexual transgender trans nonbinary male female man woman
black white asian african american mexican latino indian chinese japanese european canadian
muslim jewish jew christian catholic protestant buddhist hindu sikh atheist taoist
blind deaf paralyzed old young elderly teenage millenial
"""
IDENTITY_TERMS = tuple(_TERMS.split())

if __name__ == "__main__":
    main()
