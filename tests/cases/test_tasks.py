"""Five tasks that people come with: each takes at most two commands and one edit."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

import augcli
from tests.support.helpers import CROSSWOZ, ROOT, SNIPS, rows
from tests.support.running import called

REVIEWS = [*csv.DictReader(io.StringIO((ROOT / "sample_data/reviews.csv").read_text(encoding="utf-8")))]


def _done(folder: Path, *arguments: str) -> bytes:
    done = called(*arguments, cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def _init(folder: Path, preset: str, file: str) -> None:
    (folder / "config.yaml").write_bytes(_done(folder, "init", preset, "--from", file))


def test_an_unbalanced_csv_of_windows(tmp_path: Path) -> None:
    some = [row for row in REVIEWS if row["label"] == "positive"][:30]
    some += [row for row in REVIEWS if row["label"] == "negative"][:8]
    lines = ['"Review";"Sentiment"', *(f'"{row["text"]} 5 € – “ok”";{row["label"]}' for row in some)]
    (tmp_path / "reviews.csv").write_bytes("\r\n".join([*lines, ""]).encode("cp1252"))
    _init(tmp_path, "balance", "reviews.csv")
    _done(tmp_path, "run", "config.yaml")
    written = (tmp_path / "out/reviews.csv").read_bytes()
    assert written.count(b"\r\n") == written.count(b"\n") > 50
    made = [*csv.DictReader(io.StringIO(written.decode("cp1252")), delimiter=";")]
    assert Counter(row["Sentiment"] for row in made) == {"positive": 30, "negative": 30}
    assert all(row["Review"].endswith("5 € – “ok”") for row in made)


def test_entities_of_doccano(tmp_path: Path) -> None:
    some = [{"id": place, "text": row["text"], "label": row["spans"]} for place, row in enumerate(rows(SNIPS)[:60])]
    (tmp_path / "doccano.jsonl").write_text("".join(json.dumps(row) + "\n" for row in some), encoding="utf-8")
    _init(tmp_path, "ner", "doccano.jsonl")
    config = (tmp_path / "config.yaml").read_text().replace("      - masked_lm", "      # - masked_lm")  # no model here
    (tmp_path / "config.yaml").write_text(config)
    _done(tmp_path, "run", "config.yaml")
    known = {(row["text"][start:end].lower(), kind) for row in some for start, end, kind in row["label"]}
    made = rows(tmp_path / "out/doccano.jsonl")
    assert len(made) > 150
    framed = [(row["text"][start:end].lower(), kind) for row in made for start, end, kind in row["label"]]
    assert sum(found in known for found in framed) > 0.8 * len(framed)  # segments are shuffled within some
    assert all(text == text.strip() for text, _ in framed)


def test_chinese_reviews_in_gbk(tmp_path: Path) -> None:
    texts = [row["text"].replace('"', "") for row in rows(CROSSWOZ)[:40]]
    lines = ["label,review", *(f'{place % 2},"{text}"' for place, text in enumerate(texts))]
    (tmp_path / "reviews.csv").write_text("\n".join([*lines, ""]), encoding="gbk")
    _init(tmp_path, "chinese", "reviews.csv")
    _done(tmp_path, "run", "config.yaml")
    made = [*csv.DictReader(io.StringIO((tmp_path / "out/reviews.csv").read_text("gbk")))]
    assert [row["review"] for row in made if not row["aug_chain"]] == texts
    assert sum(bool(row["aug_chain"]) for row in made) > 40


def test_a_pipe_in_a_ci_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _init(tmp_path, "starter", str(SNIPS))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(SNIPS.read_bytes())))
    pipe = (
        "--input",
        "-",
        "--input-format",
        "jsonl",
        "--output",
        "-",
        "--output-format",
        "jsonl",
        "--min-yield",
        "0.5",
    )
    out = _done(tmp_path, "run", "config.yaml", *pipe, "--summary", "summary.json")
    made = [json.loads(line) for line in out.splitlines()]
    told = json.loads((tmp_path / "summary.json").read_bytes())
    assert len(made) == told["rows"]["written"] > 300
    assert not (tmp_path / "out").exists()


def test_a_data_frame() -> None:
    frame = pd.DataFrame(REVIEWS)
    made = augcli.augment(frame, "paraphrase", label="label")
    assert made.columns[:3].tolist() == frame.columns.tolist()
    assert len(made) > 1.5 * len(frame)
