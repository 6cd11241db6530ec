"""What a report shows of single variants does not hang on chunks, their order or the number of workers."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

from augcli.commands.past_run import report_of
from augcli.commands.report import report
from augcli.commands.verify import verify
from augcli.report.diversity import measure
from augcli.report.highlights import KEPT, Highlights
from tests.support.running import run_in

TEXTS = [f"the {adjective} card {number} of my {noun}" for number, (adjective, noun) in
         enumerate(permutations(["old", "new", "good", "bad", "big"], 2))]  # fmt: skip
CHAINS = {
    "a": {"variants": 2, "steps": [{"replace": {"map": "words.tsv", "rate": 0.5}}, {"typo": {"rate": 0.2}}]},
    "b": {"variants": 1, "steps": [{"random_delete": {"rate": 0.3}}], "checks": [{"length_ratio": {"min": 0.85}}]},
}


def told(folder: Path, chunk_rows: int) -> dict[str, Any]:
    """The report of a run in chunks of so many rows."""
    folder.mkdir()
    (folder / "words.tsv").write_text("card\tcredit\n", encoding="utf-8")
    rows = [{"id": f"r{number}", "text": text, "label": text.split()[1]} for number, text in enumerate(TEXTS)]
    (folder / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    keys = {"path": str(folder / "in.jsonl"), "label": "label", "id": "id"}
    output, _ = run_in(folder, keys, "rows.jsonl", chains=CHAINS, engine={"chunk_rows": chunk_rows, "workers": 1},
                       protect={"label_words": False})  # fmt: skip
    values: dict[str, Any] = json.loads(report_of(output).read_bytes())
    return values


def test_chunks_do_not_matter(tmp_path: Path) -> None:
    one, many = told(tmp_path / "one", 100), told(tmp_path / "many", 3)
    for key in ("replacements", "examples", "rejected", "diversity"):
        assert one[key] == many[key]
    steps = {entry["step"]: entry["commonest"] for entry in one["replacements"]["steps"]}
    assert steps["replace"][0][:2] == ["card", "credit"]
    assert all(old != new for step in steps.values() for old, new, _ in step)
    assert {*one["replacements"]["labels"]} == {"old", "new", "good", "bad", "big"}
    shown = [tuple(name) for items in one["examples"].values() for item in items for name in item["shows"]]
    for kind, name in [("step", "replace"), ("step", "random_delete"), ("label", "old"), ("label", "big")]:
        assert 0 < shown.count((kind, name)) <= KEPT[kind]
    (rejected, *_) = one["rejected"]["b"]
    assert rejected["reason"].startswith("length ")
    assert all(counts["requested"] == 12 for counts in one["labels"].values())


def test_merging_in_any_order() -> None:
    parts = []
    for number in range(4):
        found = Highlights(1)
        found.replacements["a", "typo", "x", "card", f"crad{number % 2}"] = number + 1
        for drawn in (7 * number % 5, 3 * number):
            found.keep(("label", "", "x"), (drawn, f"r{drawn}", {"number": drawn}))
        found.texts.append((number, "text", ["variant"]))
        parts.append(Highlights.of(json.loads(json.dumps(found.values()))))
    merged = []
    for order in permutations(parts):
        whole = Highlights()
        for part in order:
            whole.merge(part)
        merged.append((whole.counted, whole.replacements, whole.examples, sorted(whole.texts)))
    assert all(one == merged[0] for one in merged)
    assert [number for number, _, _ in merged[0][2]["label", "", "x"]] == [0, 1]


def test_the_page_is_made_anew(tmp_path: Path) -> None:
    told(tmp_path / "run", 100)
    output = tmp_path / "run" / "out" / "rows.jsonl"
    written = output.with_name("rows.report.html")
    again = report(output, tmp_path / "again.html").read_text(encoding="utf-8")
    assert "self-BLEU</td>" in again
    assert "self-BLEU</td>" not in written.read_text(encoding="utf-8")
    written.unlink()
    assert report(output) == written
    assert written.read_text(encoding="utf-8") == again
    assert "all hashes are right" in verify(output)
    bleu = json.loads(report_of(output).read_bytes())["diversity"]["self_bleu"]
    assert 0 < bleu["after"] < bleu["before"] <= 1


def test_diversity() -> None:
    rows = [("a good card", ["a good credit", "a card"]), ("a good film", ["a fine film"])]
    found = measure(rows, {"a", "good", "card", "film"})
    assert found
    assert found["distinct_1"] == {"before": round(4 / 6, 4), "after": round(5 / 6, 4)}
    assert found["distinct_2"] == {"before": 0.75, "after": 1.0}
    assert found["new_words"] == {"vocabulary": 4, "share": 0.25, "commonest": [("credit", 1), ("fine", 1)]}
    assert measure([], set()) is None
