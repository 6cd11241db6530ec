"""Whether variants help, by `augcli evaluate`: training and test files of labelled texts, so many labelled rows drawn.

    python -m benchmarks.quality.gain --data tweets editorials BANKING77=FOLDER CLINC150=FOLDER SNIPS=FOLDER:100

Each folder holds train.jsonl and test.jsonl with `text` and `label`; a number behind a colon is that of the labelled
rows to draw. Tweets and editorials, clearly good or bad, come from the source archive of vaderSentiment 0.5. The
configs are those of CONFIGS, and presets of augcli by name: `gain`, and `unlabeled`, whose rows without a label are
drawn from the training file first.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from augcli.config import presets
from benchmarks.common.environments import make_polarity
from benchmarks.common.measure import print_table

CONFIGS: dict[str, list[dict[str, Any]]] = {
    "synonym": [{"synonym": {"rate": 0.1}}],
    "embedding": [{"embedding": {"rate": 0.1}}],
    "typo": [{"typo": {"rate": 0.05}}],
}
"""Steps of each arm beside none, repetition and EDA."""
COLUMNS = ("data", "model", "rows", "arm", "trained on", "accuracy", "gain", "90 % interval", "visible")


def split(folder: Path, target: Path, unlabelled: int) -> None:
    """Write the training rows to `target`, so many of them without a label and apart, if there are twice as many."""
    lines = (folder / "train.jsonl").read_text(encoding="utf-8").splitlines()
    random.Random("unlabelled").shuffle(lines)
    count = min(unlabelled, len(lines) // 2)
    texts = [json.dumps({"text": json.loads(line)["text"]}) for line in lines[:count]]
    (target / "more.jsonl").write_text("\n".join(texts), encoding="utf-8")
    (target / "train.jsonl").write_text("\n".join(lines[count:]), encoding="utf-8")


def config_of(name: str, folder: Path, tests: Path, options: argparse.Namespace) -> dict[str, Any]:
    """A config by name: of CONFIGS, or a preset."""
    if name in CONFIGS:
        config: dict[str, Any] = {"chains": {name: {"variants": options.variants, "steps": CONFIGS[name]}}}
    else:
        config = yaml.safe_load(presets.text(name))
        config["teacher"] |= {"model": options.teacher, "student": options.model}
    if "unlabeled" in config:
        config["unlabeled"]["path"] = str(folder / "more.jsonl")
    config["seed"] = 1
    config["input"] = {"path": str(folder / "train.jsonl"), "text": "text", "label": "label", "spans": None}
    config["output"] = {**config.get("output", {}), "path": str(folder / "out.jsonl")}
    config["evaluate"] = {"test": str(tests), "weights": options.weights, "output": str(folder / "evaluation")}
    return config


def evaluated(folder: Path, rows: str, options: argparse.Namespace) -> dict[str, Any]:
    """What `augcli evaluate` writes of a data set."""
    with TemporaryDirectory() as temporary:
        target = Path(temporary)
        split(folder, target, options.unlabelled)
        files = []
        for name in options.configs:
            files.append(target / f"{name}.yaml")
            told = json.dumps(config_of(name, target, folder / "test.jsonl", options))
            files[-1].write_text(told, encoding="utf-8")
        command = [sys.executable, "-m", "augcli", "evaluate", *map(str, files), "--sizes", rows]
        command += ["--repeats", str(options.repeats), "--models", options.model, "--quiet"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        document: dict[str, Any] = json.loads((target / "evaluation/evaluation.json").read_bytes())
        return document


def main() -> None:
    """Evaluate, and print a line for each arm."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, metavar="NAME[=FOLDER][:ROWS]")
    parser.add_argument("--configs", nargs="+", default=[*CONFIGS], help="of CONFIGS, or presets (%(default)s)")
    parser.add_argument("--rows", type=int, default=500, help="labelled rows (%(default)s)")
    parser.add_argument("--unlabelled", type=int, default=2000, help="rows without a label (%(default)s)")
    parser.add_argument(
        "--teacher", nargs="+", help="encoders of the presets; when not given, the one that comes along"
    )
    parser.add_argument("--variants", type=int, default=16, help="of each row, in CONFIGS (%(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="draws of labelled rows (%(default)s)")
    parser.add_argument("--model", default="linear", help="of evaluate: linear, cnn or transformer (%(default)s)")
    parser.add_argument("--weights", default="rows", help="of evaluate: rows or sources (%(default)s)")
    options = parser.parse_args()
    lines = []
    for value in options.data:
        place, _, rows = value.partition(":")
        name, _, folder = place.partition("=")
        document = evaluated(Path(folder) if folder else make_polarity(name), rows or str(options.rows), options)
        for note in document["notes"]:
            print(f"{name}: {note}", flush=True)
        for finding in document["findings"]:
            print(f"{name}: {finding['sentence']}", flush=True)
            for score in finding["scores"]:
                gain = score["gain"] or {}
                interval = f"{gain['low']:+.1f} to {gain['high']:+.1f}" if gain else ""
                lines.append(
                    [
                        name, finding["model"], str(finding["size"]), score["arm"], f"{score['trained']:,.0f}",
                        f"{score['accuracy']:.1f}", f"{gain['mean']:+.1f}" if gain else "", interval,
                        f"{gain['visible']:.1f}" if gain else "",
                    ]
                )  # fmt: skip
    print()
    print_table(COLUMNS, lines)


if __name__ == "__main__":
    main()
