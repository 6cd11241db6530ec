"""How many rows get a variant from steps that other tools have too, by `augcli run` on sample data.

python -m benchmarks.quality.yields
"""

from __future__ import annotations

import json
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
DATA = {"banking77": ("banking77.jsonl", "en"), "crosswoz": ("crosswoz_zh.jsonl", "zh")}


def share(step: str, file: str, language: str, rows: int) -> str:
    """The rows that get a variant, in percent; nothing where the step is for other languages."""
    with TemporaryDirectory() as folder:
        config = {
            "input": {"path": str(ROOT / "sample_data" / file), "text": "text", "label": "label",
                      "language": language, "spans": None if language == "en" else "spans"},
            "output": {"path": f"{folder}/out.jsonl"},
            "protect": {"spans": "free", "patterns": ["url", "email"], "label_words": False},
            "chains": {"a": {"steps": [{step: STEPS[step]}]}},
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
    rows = 300
    lines = [[step, *(share(step, *data, rows) for data in DATA.values())] for step in STEPS]
    print_table(("step", *(f"{name}, {rows} rows" for name in DATA)), lines)


if __name__ == "__main__":
    main()
