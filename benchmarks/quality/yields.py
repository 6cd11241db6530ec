"""How many rows get a variant, by `augcli run`: of steps that other tools have too, on sample data, or of any.

    python -m benchmarks.quality.yields
    python -m benchmarks.quality.yields --data reviews.jsonl:zh --steps '"synonym"' '{"synonym": {"context": true}}'

A file holds an object with `text` per line.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from augcli.config.config import Options
from augcli.config.load import load
from augcli.errors import ConfigError
from augcli.run.run import run
from benchmarks.common.measure import ROOT, print_table

STEPS: dict[str, Any] = {
    "insert": {},
    "antonym": {"rate": 0.2, "changes_label": "allowed"},
    "negate": {"changes_label": "allowed"},
    "number_change": {},
    "split_word": {},
    "merge_words": {},
    "crop": {},
    "gender": {},
    "replace": {"map": "emoji"},
    "replace_char": {"map": "leet"},
    "homophone": {"unit": "word"},
    "pinyin": {},
    "oov": {"mode": "char"},
}
DATA = [(ROOT / "sample_data/banking77.jsonl", "en"), (ROOT / "sample_data/crosswoz_zh.jsonl", "zh")]


def share(step: Any, file: Path, language: str, rows: int) -> str:
    """The rows that get a variant, in percent; nothing where the step is for other languages."""
    with TemporaryDirectory() as folder:
        config = {
            "input": {"path": str(file), "text": "text", "language": language},
            "output": {"path": f"{folder}/out.jsonl"},
            "protect": {"spans": "free", "patterns": ["url", "email"], "label_words": False},
            "chains": {"a": {"steps": [step]}},
        }  # fmt: skip
        path = Path(folder) / "c.yaml"
        path.write_text(json.dumps(config), encoding="utf-8")
        try:
            counts = run(load(path), Options(limit=rows, quiet=True)).counts
        except ConfigError as error:
            if "does not work for language" in str(error):
                return ""
            raise
        return f"{100 * counts.variants / counts.asked:.0f} %"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", metavar="FILE:LANGUAGE", help="JSONL; else sample data")
    parser.add_argument("--steps", nargs="+", metavar="JSON", help="else those that other tools have too")
    parser.add_argument("--rows", type=int, default=300, help="of each file (%(default)s)")
    options = parser.parse_args()
    steps = [json.loads(step) for step in options.steps or ()] or [{name: given} for name, given in STEPS.items()]
    given = [one.rpartition(":") for one in options.data or ()]
    data = [(Path(file), language) for file, _, language in given] or DATA
    lines = [[_called(step), *(share(step, file, language, options.rows) for file, language in data)] for step in steps]
    print_table(("step", *(f"{file.stem}, {options.rows} rows" for file, _ in data)), lines)


def _called(step: Any) -> str:
    """A step with its parameters."""
    if not isinstance(step, Mapping):
        return str(step)
    ((name, parameters),) = step.items()
    return ", ".join([name, *(f"{key} {value}" for key, value in parameters.items())])


if __name__ == "__main__":
    main()
