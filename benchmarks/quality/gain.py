"""Whether variants help, by `augcli evaluate`: training and test files of labelled texts, so many labelled rows drawn.

    python -m benchmarks.quality.gain --data BANKING77=FOLDER CLINC150=FOLDER SNIPS=FOLDER

Each folder holds train.jsonl and test.jsonl with `text` and `label`. The configs are those of CONFIGS.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.common.measure import print_table

CONFIGS: dict[str, list[dict[str, Any]]] = {
    "synonym": [{"synonym": {"rate": 0.1}}],
    "embedding": [{"embedding": {"rate": 0.1}}],
    "typo": [{"typo": {"rate": 0.05}}],
}
"""Steps of each arm beside none, repetition and EDA."""
COLUMNS = ("data", "model", "rows", "arm", "trained on", "accuracy", "gain", "90 % interval", "visible")


def evaluated(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """What `augcli evaluate` writes of a data set."""
    with TemporaryDirectory() as temporary:
        files = []
        for name, steps in CONFIGS.items():
            config = {
                "seed": 1,
                "input": {"path": str(folder / "train.jsonl"), "text": "text", "label": "label", "spans": None},
                "output": {"path": f"{temporary}/out.jsonl"},
                "chains": {name: {"variants": options.variants, "steps": steps}},
                "evaluate": {
                    "test": str(folder / "test.jsonl"),
                    "weights": options.weights,
                    "output": f"{temporary}/evaluation",
                },
            }
            files.append(Path(temporary) / f"{name}.yaml")
            files[-1].write_text(json.dumps(config), encoding="utf-8")
        size, repeats = str(options.rows), str(options.repeats)
        command = [sys.executable, "-m", "augcli", "evaluate", *map(str, files), "--sizes", size, "--repeats", repeats]
        subprocess.run([*command, "--models", options.models, "--quiet"], check=True, stdout=subprocess.DEVNULL)
        document: dict[str, Any] = json.loads((Path(temporary) / "evaluation/evaluation.json").read_bytes())
        return document


def main() -> None:
    """Evaluate, and print a line for each arm."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, metavar="NAME=FOLDER")
    parser.add_argument("--rows", type=int, default=500, help="labelled rows (%(default)s)")
    parser.add_argument("--variants", type=int, default=16, help="of each row (%(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="draws of labelled rows (%(default)s)")
    parser.add_argument("--models", default="linear", help="of evaluate (%(default)s)")
    parser.add_argument("--weights", default="rows", help="of evaluate: rows or sources (%(default)s)")
    options = parser.parse_args()
    lines = []
    for name, _, folder in (value.partition("=") for value in options.data):
        for finding in evaluated(Path(folder), options)["findings"]:
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
