"""What a small transformer gains when it is fine-tuned: by texts of the task, read before or labelled by a teacher.

    python -m benchmarks.quality.fine_tuning --data BANKING77=FOLDER CLINC150=FOLDER --teacher all-MiniLM-L6-v2

Each folder holds train.jsonl and test.jsonl with `text` and `label`. Of the training rows 2,000 stand aside without
their labels. `augcli adapt` goes on with the model that comes along on these; then `augcli evaluate` fine-tunes both,
the model as it came and the adapted one, on 500 labelled rows: alone, repeated, and with the texts as the arms
`teacher` (labelled by the encoder that is named) and `self` (by the adapted model, frozen) have them.
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
from benchmarks.quality.gain import split

COLUMNS = ("data", "starts as", "arm", "trained on", "accuracy", "gain", "90 % interval")


def augcli(command: str, *arguments: str | Path) -> None:
    """Run a command of augcli."""
    subprocess.run([sys.executable, "-m", "augcli", command, *map(str, arguments), "--quiet"], check=True)


def adapted(folder: Path, minutes: float) -> Path:
    """The model that comes along, trained on with the texts without a label."""
    config = {
        "seed": 7,
        "input": {"path": str(folder / "more.jsonl"), "text": "text"},
        "adapt": {
            "output": str(folder / "adapted"), "model": "masked-lm", "epochs": 100, "max_minutes": minutes,
            "batch_tokens": 1024, "learning_rate": 2e-4, "evaluations": 5,
        },
    }  # fmt: skip
    (folder / "adapt.yaml").write_text(json.dumps(config), encoding="utf-8")
    augcli("adapt", folder / "adapt.yaml")
    return folder / "adapted"


def config_of(folder: Path, tests: Path, teacher: Any, start: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Texts without a label, with what a teacher says of them."""
    return {
        "seed": 1,
        "input": {"path": str(folder / "train.jsonl"), "text": "text", "label": "label"},
        "unlabeled": {"path": str(folder / "more.jsonl")},
        "teacher": {"model": teacher, "min_lead": 0},
        "output": {"path": str(folder / "out.jsonl"), "columns": ["aug_probs", "aug_weight"]},
        "chains": {"pool": {"from": "unlabeled", "labels": "teacher_soft"}},
        "evaluate": {
            "test": str(tests), "models": [{"transformer": {"model": start, **settings}}],
            "output": str(folder / "evaluation"),
        },
    }  # fmt: skip


def main() -> None:
    """Adapt, evaluate, and print a line for each start and arm."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, metavar="NAME=FOLDER")
    parser.add_argument("--teacher", nargs="+", default=["all-MiniLM-L6-v2"], help="encoders (%(default)s)")
    parser.add_argument("--rows", type=int, default=500, help="labelled rows (%(default)s)")
    parser.add_argument("--unlabelled", type=int, default=2000, help="rows without a label (%(default)s)")
    parser.add_argument("--repeats", type=int, default=1, help="draws of labelled rows (%(default)s)")
    parser.add_argument("--minutes", type=float, default=5, help="of the training on texts (%(default)s)")
    parser.add_argument("--settings", type=json.loads, default={}, metavar="JSON", help="more keys of the transformer")
    options = parser.parse_args()
    lines = []
    for value in options.data:
        name, _, path = value.partition("=")
        with TemporaryDirectory() as temporary:
            folder, tests = Path(temporary), Path(path) / "test.jsonl"
            split(Path(path), folder, options.unlabelled)
            task = adapted(folder, options.minutes)
            for start in ("masked-lm", str(task)):
                configs = []
                for arm, teacher in (("teacher", options.teacher), ("self", str(task))):
                    configs.append(folder / f"{arm}.yaml")
                    config = config_of(folder, tests, teacher, start, options.settings)
                    configs[-1].write_text(json.dumps(config), encoding="utf-8")
                augcli("evaluate", *configs, "--sizes", str(options.rows), "--repeats", str(options.repeats))
                document = json.loads((folder / "evaluation/evaluation.json").read_bytes())
                for note in document["notes"]:
                    print(f"{name}: {note}", flush=True)
                called = "adapted" if start == str(task) else "as it came"
                for score in document["findings"][0]["scores"]:
                    gain = score["gain"]
                    lines.append(
                        [
                            name, called, score["arm"], f"{score['trained']:,.0f}", f"{score['accuracy']:.1f}",
                            f"{gain['mean']:+.1f}" if gain else "",
                            f"{gain['low']:+.1f} to {gain['high']:+.1f}" if gain else "",
                        ]
                    )  # fmt: skip
                print_table(COLUMNS, lines)
    print()
    print_table(COLUMNS, lines)


if __name__ == "__main__":
    main()
