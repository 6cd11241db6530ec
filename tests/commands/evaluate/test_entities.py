"""Entities, by spans and by tags of tokens."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from augcli.commands.evaluate.arms import OfConfig
from augcli.commands.evaluate.command import Command, evaluate_configs
from augcli.commands.evaluate.data import Data, Row, Split, read_data
from augcli.commands.evaluate.fits import Fit
from augcli.commands.evaluate.scores import gains
from augcli.config.builder import learners_of
from augcli.config.load import load
from augcli.config.sections import Evaluate
from augcli.errors import ConfigError, DataError
from augcli.models.taggers.entities import entity_f1

pytest.importorskip("pycrfsuite")
pytest.importorskip("seqeval")

CITIES = ["Paris", "Rome", "New York", "Oslo", "San Marino", "Lima"]
WAYS = ["fly to {} now", "the train from {} is late", "is it warm in {} ?", "{} was lovely", "we left {} at noon"]


def spoken(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Rows with the span of a city each."""
    draw = random.Random(seed)
    rows = []
    for at in range(count):
        city, way = draw.choice(CITIES), draw.choice(WAYS)
        start = way.index("{}")
        text = f"{draw.choice(['well', 'so', 'and'])} , " + way.format(city)
        start += len(text) - len(way.format(city))
        rows.append({"id": f"r{seed}-{at}", "text": text, "spans": [[start, start + len(city), "CITY"]]})
    return rows


def config(folder: Path, rows: list[dict[str, Any]], data: dict[str, Any], **more: Any) -> Path:
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    body = {
        "input": {"path": "rows.jsonl", "id": "id", **data},
        "output": {"path": str(folder / "out.jsonl")},
        "chains": {"typo": {"variants": 2, "steps": [{"typo": {"rate": 0.2}}]}},
        "evaluate": {"repeats": 1, "folds": 3, "output": str(folder / "evaluation"), **more},
        "engine": {"workers": 1},
    }
    file = folder / "typo.yaml"
    file.write_text(json.dumps(body), encoding="utf-8")
    return file


def command(file: Path) -> Command:
    pipeline = load(file)
    return Command(["typo"], [pipeline], pipeline.config.evaluate or Evaluate(), learners_of(pipeline), quiet=True)


def tagged(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows as tokens and tags."""
    found = []
    for row in rows:
        ((start, end, _),) = row["spans"]
        before, city, after = row["text"][:start].split(), row["text"][start:end].split(), row["text"][end:].split()
        tags = ["O"] * len(before) + ["B-CITY", *["I-CITY"] * (len(city) - 1)] + ["O"] * len(after)
        found.append({"id": row["id"], "tokens": before + city + after, "tags": tags})
    return found


@pytest.mark.parametrize("form", ["spans", "tokens"])
def test_entities_are_found_and_counted_strictly(tmp_path: Path, form: str) -> None:
    rows = spoken(60)
    data = {"text": "text", "spans": "spans"} if form == "spans" else {"tokens": "tokens", "tags": "tags"}
    outcome = evaluate_configs(command(config(tmp_path, rows if form == "spans" else tagged(rows), data)))
    (finding,) = outcome.findings
    assert (finding.model, finding.measure) == ("crf", "F1")
    repeat = next(score for score in finding.scores if score.arm == "repeat")
    assert repeat.accuracy is None
    assert repeat.f1 is not None
    assert repeat.f1 > 80
    assert set(repeat.recalls) == {"CITY"}
    read = parquet.read_table(tmp_path / "evaluation/predictions.parquet").to_pylist()
    some = [row for row in read if row["arm"] == "repeat"]
    folds = {row["fold"] for row in some}
    by_fold = [[(row["truth"], row["predicted"]) for row in some if row["fold"] == fold] for fold in folds]
    scores = [100 * entity_f1(*zip(*pairs, strict=True)) for pairs in by_fold]
    assert sum(scores) / len(scores) == pytest.approx(repeat.f1)


def test_a_gain_is_the_difference_of_the_f1s() -> None:
    draw = random.Random(3)
    tests = [Row(str(at), "", "", {}, None, ("a", "b"), draw.choice([("O", "O"), ("B-X", "I-X")])) for at in range(40)]
    data = Data([], tests, "en", tagged=True)
    split = Split(10, 0, 0, tuple(range(10)), tuple(range(40)))

    def fit() -> Fit:
        said = [draw.choice([["O", "O"], ["B-X", "I-X"], ["B-X", "O"]]) for _ in tests]
        return Fit("crf", "arm", split, 10, {}, said, [0.5] * 40, 0)

    ours, theirs = fit(), fit()
    truth = [row.tags for row in tests]
    wanted = 100 * (entity_f1(truth, ours.predicted) - entity_f1(truth, theirs.predicted))
    gain, losses = gains(data, [ours], [theirs], 0)
    assert gain.mean == pytest.approx(wanted)
    assert losses.mean == 0


def test_variants_keep_their_entities(tmp_path: Path) -> None:
    pipeline = load(config(tmp_path, spoken(40), {"text": "text", "spans": "spans"}))
    rows = read_data(pipeline.config, Evaluate(folds=3), tagged=True).rows
    made = OfConfig("typo", pipeline, "").make(rows, 1, ()).examples
    assert len(made) > len(rows)
    for variant in made:
        assert len(variant.tokens) == len(variant.tags)
        city = [token for token, tag in zip(variant.tokens, variant.tags, strict=True) if tag != "O"]
        source = rows[variant.source]
        assert city == [token for token, tag in zip(source.tokens, source.tags, strict=True) if tag != "O"]


def test_chinese_tokens_are_characters(tmp_path: Path) -> None:
    rows = [{"id": str(at), "text": "我去北京2020年", "spans": [[2, 4, "LOC"]]} for at in range(40)]
    file = config(tmp_path, rows, {"text": "text", "spans": "spans", "language": "zh"})
    pipeline = load(file, [("--set", "chains.typo.steps[0]", "random_delete")])
    row = read_data(pipeline.config, Evaluate(folds=3), tagged=True).rows[0]
    assert row.tokens == ("我", "去", "北", "京", "2020", "年")
    assert row.tags == ("O", "O", "B-LOC", "I-LOC", "O", "O")


def test_too_few_entities(tmp_path: Path) -> None:
    rows = [row | {"spans": []} for row in spoken(30)]
    with pytest.raises(DataError, match="no entity in any of the 30 rows"):
        evaluate_configs(command(config(tmp_path, rows, {"text": "text", "spans": "spans"})))
    rows[:3] = spoken(3)
    with pytest.raises(DataError, match="only 3 of 30 rows have an entity; 3 folds need 6"):
        evaluate_configs(command(config(tmp_path, rows, {"text": "text", "spans": "spans"})))


@pytest.mark.parametrize(
    ("models", "data", "message"),
    [
        (["crf", "linear"], {"spans": "spans", "label": "id"}, "are evaluated apart"),
        (["crf"], {}, r"models of entities need input\.spans"),
        (["linear"], {"spans": "spans"}, r"models of labels need input\.label"),
        ([{"crf": {"c3": 1}}], {"spans": "spans"}, r"models\[0\]\.crf\.c3: unknown key"),
        ([{"linear": {"c": 1}}], {"label": "id"}, "the linear model has no settings"),
        (["cnn", {"cnn": {"epochs": 3}}], {"label": "id"}, "cnn is listed twice"),
        (
            ["crff"],
            {"spans": "spans"},
            "there is no model called 'crff'; there are linear, cnn, .*, crf, token_classifier",
        ),
    ],
)
def test_models_that_do_not_fit(tmp_path: Path, models: list[Any], data: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(config(tmp_path, spoken(3), {"text": "text", **data}, models=models))
