from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pyarrow import parquet

from augcli.commands.check import check
from augcli.commands.evaluate.arms import Arm, Example, Kind, Made, Nothing, OfConfig, Repeat
from augcli.commands.evaluate.command import Command, evaluate_configs, names_of
from augcli.commands.evaluate.data import Data, Row, read_data, splits
from augcli.commands.evaluate.fits import CS, FitWork, Item, held_out, linear
from augcli.commands.evaluate.outcome import findings
from augcli.commands.evaluate.statistics import over_folds
from augcli.config.load import load
from augcli.config.sections import Evaluate, Holdout
from augcli.errors import ConfigError, DataError

WORDS = {
    "good": ["fine", "bright", "lovely", "clever", "warm", "quick", "superb", "tasty", "fresh", "neat", "kind", "calm"],
    "bad": ["dull", "slow", "awful", "stale", "rude", "loud", "dirty", "weak", "broken", "cold", "grim", "late"],
}
PLAIN = [
    "the",
    "room",
    "staff",
    "film",
    "meal",
    "phone",
    "story",
    "music",
    "screen",
    "price",
    "table",
    "evening",
    "city",
]


def texts(count: int, seed: int = 1) -> list[dict[str, str]]:
    """Rows of two labels, told by a word or two."""
    draw = random.Random(seed)
    found = []
    for at in range(count):
        label = draw.choice(["good", "bad"])
        words = [*draw.choices(PLAIN, k=7), draw.choice(WORDS[label])]
        draw.shuffle(words)
        found.append({"id": f"r{seed}-{at}", "text": " ".join(words), "label": label})
    return found


def write(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def config(folder: Path, rows: Sequence[dict[str, Any]], name: str = "swap", **more: Any) -> Path:
    write(folder / "rows.jsonl", rows)
    file = folder / f"{name}.yaml"
    file.write_text(
        json.dumps(
            {
                "seed": 3,
                "input": {"path": "rows.jsonl", "text": "text", "label": "label", "id": "id"},
                "output": {"path": str(folder / "out.jsonl")},
                "chains": {"swap": {"variants": 2, "steps": [{"random_swap": {"rate": 0.2}}]}},
                "evaluate": {"repeats": 2, "output": str(folder / "evaluation")},
                "engine": {"workers": 1},
                **more,
            }
        ),
        encoding="utf-8",
    )
    return file


def run(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "augcli", "evaluate", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_from_the_command_line(tmp_path: Path) -> None:
    file = config(tmp_path, texts(80))
    done = run(file, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    first = done.stdout.splitlines()[0]
    assert "swap" in first
    assert "80 rows" in first
    document = json.loads((tmp_path / "evaluation/evaluation.json").read_bytes())
    (finding,) = document["findings"]
    names = [score["arm"] for score in finding["scores"]]
    assert names == ["none", "repeat", "eda", "swap", "placebo 1", "placebo 2", "placebo 3"]
    assert document["headline"] == finding["sentence"] == first
    assert "swap" in (tmp_path / "evaluation/evaluation.html").read_text(encoding="utf-8")
    predictions = parquet.read_table(tmp_path / "evaluation/predictions.parquet").to_pylist()
    assert len(predictions) == 7 * 2 * 80
    of_swap = [row for row in predictions if row["arm"] == "swap"]
    right = sum(row["predicted"] == row["truth"] for row in of_swap) / len(of_swap)
    score = next(score for score in finding["scores"] if score["arm"] == "swap")
    assert score["accuracy"] == pytest.approx(100 * right)
    assert run(file, "--min-gain", 90, folder=tmp_path).returncode == 5


@pytest.mark.slow
def test_same_numbers_for_any_number_of_workers_and_after_a_stop(tmp_path: Path) -> None:
    file = config(tmp_path, texts(60))
    once = evaluate_configs(command(file, tmp_path / "one"))
    fits = sorted((tmp_path / "one/fits").iterdir())
    again = command(file, tmp_path / "two", workers=2)
    (tmp_path / "two/fits").mkdir(parents=True)
    for kept in fits[::2]:
        (tmp_path / "two/fits" / kept.name).write_bytes(kept.read_bytes())
    assert evaluate_configs(again).document() == once.document()


def command(file: Path, output: Path, workers: int = 1, **settings: Any) -> Command:
    pipeline = load(file, workers=workers)
    evaluate = Evaluate(repeats=1, output=str(output), **settings)
    return Command(["swap"], [pipeline], evaluate, {"linear": None}, quiet=True)


@dataclass(frozen=True)
class _True(Arm):
    """Rows of another file, with their labels as they are or shuffled."""

    kind: ClassVar[Kind] = "config"
    name: str
    rows: tuple[Row, ...]
    shuffled: bool = False

    def make(self, rows: Sequence[Row], seed: int, tested: Sequence[Row]) -> Made:
        labels = [row.label for row in self.rows]
        if self.shuffled:
            random.Random(seed).shuffle(labels)
        return Made(
            [
                Example(row.text, label, at % len(rows))
                for at, (row, label) in enumerate(zip(self.rows, labels, strict=True))
            ]
        )


class _Again(Repeat):
    """The same as repetition, under another name."""

    kind: ClassVar[Kind] = "config"


def data(rows: Sequence[dict[str, str]], tests: Sequence[dict[str, str]] | None = None) -> Data:
    made = [[Row(row["id"], row["text"], row["label"], dict(row)) for row in some] for some in (rows, tests or ())]
    return Data(made[0], made[1] if tests else None, "en")


def fits_of(found: Data, arms: Sequence[Arm], folder: Path, settings: Evaluate, seed: int = 0) -> Iterator[Any]:
    folder.mkdir(exist_ok=True)
    work = FitWork(found, {"linear": None}, seed, folder)
    for split in splits(found, settings, seed):
        for arm in arms:
            yield from work(Item(split, arm, ("linear",)))


def test_true_rows_help_and_shuffled_labels_hurt(tmp_path: Path) -> None:
    found = data(texts(40), texts(600, 2))
    more = tuple(data(texts(400, 3)).rows)
    arms = [Repeat(4.0), _True("true", more), _True("shuffled", more, shuffled=True)]
    fits = list(fits_of(found, arms, tmp_path, Evaluate(test="any", repeats=3)))
    (finding,) = findings(found, arms, fits, 0)
    gains = {score.arm: score.gain for score in finding.scores if score.gain}
    assert gains["true"].low > 0
    assert gains["shuffled"].high < 0
    assert finding.sentence.startswith("true, best of 2, helps the linear model by ")


def test_repetition_against_itself_is_no_gain(tmp_path: Path) -> None:
    found = data(texts(60))
    for seed in range(3):
        arms = [Repeat(4.0), _Again(4.0, name="again")]
        fits = list(fits_of(found, arms, tmp_path / str(seed), Evaluate(repeats=2)))
        (finding,) = findings(found, arms, fits, seed)
        again = finding.scores[1].gain
        assert again
        assert (again.low, again.high) == (0, 0)


def test_near_duplicates_are_never_on_both_sides() -> None:
    rows = texts(60)
    rows += [row | {"id": f"{row['id']}-again", "text": f"{row['text']}!"} for row in rows[:30]]
    found = data(rows)
    for split in splits(found, Evaluate(repeats=2), 0):
        assert not {found.groups[at] for at in split.training} & {found.groups[at] for at in split.tested}


def test_holdout_is_drawn_anew_each_time() -> None:
    drawn = splits(data(texts(100)), Evaluate(test=Holdout(holdout=0.2), repeats=3), 0)
    assert [split.repeat for split in drawn] == [0, 1, 2]
    assert all(15 <= len(split.tested) <= 25 for split in drawn)
    assert len({split.tested for split in drawn}) == 3


def test_variants_come_from_the_training_part_alone(tmp_path: Path) -> None:
    pipeline = load(config(tmp_path, texts(50)))
    found = read_data(pipeline.config, Evaluate(), tagged=False)
    split = splits(found, Evaluate(repeats=1), 0)[0]
    rows = [found.rows[place] for place in split.training]
    made = OfConfig("swap", pipeline, "").make(rows, 1, ()).examples
    assert len(made) > len(rows)
    for example in made:
        assert sorted(example.text.split()) == sorted(rows[example.source].text.split())
        assert example.label == rows[example.source].label


def test_rows_of_the_test_file_are_found_and_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUGCLI_CACHE", str(tmp_path / "cache"))
    rows, tests = texts(80), texts(60, 2)
    tests += [row | {"text": row["text"].upper() + "."} for row in rows[:7]]
    file = config(tmp_path, rows)
    write(tmp_path / "test.jsonl", tests)
    outcome = evaluate_configs(command(file, tmp_path / "out", test=str(tmp_path / "test.jsonl")))
    assert outcome.left_out == 7
    assert outcome.rows == 73
    assert "r1-0" in outcome.notes[0]
    assert outcome.test
    assert (outcome.test.rows, outcome.test.used) == (67, 1)
    again = evaluate_configs(command(file, tmp_path / "again", test=str(tmp_path / "test.jsonl")))
    assert again.test == outcome.test
    more = evaluate_configs(command(file, tmp_path / "more", test=str(tmp_path / "test.jsonl"), sizes=[50]))
    assert more.notes[0].startswith("2 evaluations have used this test file")
    assert more.test == outcome.test._replace(used=2)
    assert json.loads((tmp_path / "again/evaluation.json").read_bytes())["test"]["sha256"] == outcome.test.sha256


def test_linear_model_is_tuned_on_originals() -> None:
    found = data(texts(60))
    split = splits(found, Evaluate(repeats=1), 0)[0]
    training = [Example(found.rows[at].text, found.rows[at].label, place) for place, at in enumerate(split.training)]
    item = Item(split, Nothing(), ("linear",))
    plain = linear(found, item, training, held_out(found, item, 3, 0))
    heavy = linear(found, item, training * 3, held_out(found, item, 3, 0))
    assert plain.settings["C"] in CS
    assert heavy.rows == 3 * plain.rows


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (texts(30)[:3], "evaluate needs 5 rows of each label"),
        ([row | {"label": "good"} for row in texts(30)], "a classifier needs rows of two labels"),
        ([*texts(30), {"id": "x", "text": "a", "label": "rare"}], "fewer have 'rare'"),
    ],
)
def test_too_few_rows(tmp_path: Path, rows: list[dict[str, str]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        evaluate_configs(command(config(tmp_path, rows), tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_rows_without_a_label_are_left_out_and_told(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [row | {"label": None} if at < 4 else row for at, row in enumerate(texts(50))]
    outcome = evaluate_configs(command(config(tmp_path, rows), tmp_path / "out"))
    assert outcome.rows == 46
    assert "4 rows without a label were left out: r1-0, r1-1, r1-2, r1-3" in outcome.notes


def test_rows_that_do_not_fit_a_config_are_refused_as_by_a_run(tmp_path: Path) -> None:
    rows = [row | {"found": [[0, len(row["text"].split()[0]), "FIRST"]]} for row in texts(50)]
    with pytest.raises(ConfigError, match="column 'found' holds entity spans in 50 of 50 rows"):
        evaluate_configs(command(config(tmp_path, rows), tmp_path / "out"))


def test_the_test_file_may_not_be_the_input(tmp_path: Path) -> None:
    file = config(tmp_path, texts(30))
    with pytest.raises(DataError, match=r"30 of 30 rows of the input stand in evaluate\.test"):
        evaluate_configs(command(file, tmp_path / "out", test=str(tmp_path / "rows.jsonl")))


def test_labels_are_needed(tmp_path: Path) -> None:
    file = config(tmp_path, texts(30), input={"path": "rows.jsonl", "text": "text"})
    with pytest.raises(ConfigError, match=r"input\.label"):
        evaluate_configs(command(file, tmp_path / "out"))


def test_more_rows_than_there_are(tmp_path: Path) -> None:
    file = config(tmp_path, texts(30))
    with pytest.raises(ConfigError, match=r"there are 30 labelled rows, fewer than 500"):
        evaluate_configs(command(file, tmp_path / "out", sizes=[500]))


def test_check_refuses_to_augment_tested_rows(tmp_path: Path) -> None:
    rows = texts(40)
    write(tmp_path / "test.jsonl", [*texts(30, 2), rows[4] | {"text": rows[4]["text"] + " !"}])
    file = config(tmp_path, rows, evaluate={"test": str(tmp_path / "test.jsonl")})
    with pytest.raises(DataError, match=r"rows of the input stand in evaluate\.test, or nearly so; 1 in all: r1-4\."):
        check(load(file))
    write(tmp_path / "test.jsonl", texts(30, 2))
    assert "the config is right" in check(load(file))


def test_a_few_rows_that_agree_by_chance_are_no_certainty() -> None:
    found = over_folds([5.0, 5.0], 1.0, least=5.0)
    assert found.low < 0 < found.high


def test_configs_that_make_nothing_are_named(tmp_path: Path) -> None:
    chains = {
        "never": {"variants": 2, "steps": ["random_swap"], "checks": [{"length_ratio": {"min": 5.0, "max": 9.0}}]}
    }
    outcome = evaluate_configs(command(config(tmp_path, texts(40), chains=chains), tmp_path / "out"))
    assert "swap made no variant in 5 of 5 splits: all were rejected or unchanged." in outcome.findings[0].remarks


def test_labels_that_only_the_test_file_has_are_named(tmp_path: Path) -> None:
    file = config(tmp_path, texts(40))
    write(tmp_path / "test.jsonl", [*texts(40, 2), {"id": "x", "text": "another one", "label": "odd"}])
    outcome = evaluate_configs(command(file, tmp_path / "out", test=str(tmp_path / "test.jsonl")))
    assert any("no model can know them: 'odd'" in note for note in outcome.notes)


@pytest.mark.slow
def test_a_fit_that_was_cut_is_made_anew(tmp_path: Path) -> None:
    file = config(tmp_path, texts(40))
    once = evaluate_configs(command(file, tmp_path / "out"))
    cut = next((tmp_path / "out/fits").iterdir())
    cut.write_bytes(cut.read_bytes()[:20])
    assert evaluate_configs(command(file, tmp_path / "out")).document() == once.document()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sizes", "5"], "evaluate.sizes"),
        (["--models", "foo"], "evaluate.models"),
        (["--test", "nowhere.jsonl"], "evaluate.test: nothing to read at nowhere.jsonl"),
        (["--output", "rows.jsonl"], "no folder can be made"),
    ],
)
def test_mistakes_on_the_command_line_have_messages(tmp_path: Path, arguments: list[str], message: str) -> None:
    done = run(config(tmp_path, texts(30)), *arguments, folder=tmp_path)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_labels_with_few_rows_each_leave_no_folds_to_tune_on() -> None:
    rows = [{"id": str(at), "text": f"word{at} here", "label": f"label {at}"} for at in range(12)]
    found = data(rows, texts(10))
    (split,) = splits(found, Evaluate(test="any", repeats=1), 0)
    training = [Example(row.text, row.label, at) for at, row in enumerate(found.rows)]
    item = Item(split, Nothing(), ("linear",))
    assert linear(found, item, training, held_out(found, item, 3, 0)).settings == {"C": 10.0}


def test_more_variants_in_another_arm_leave_finished_fits_as_they_are(tmp_path: Path) -> None:
    found = data(texts(40))
    item = Item(splits(found, Evaluate(repeats=1), 0)[0], Nothing(), ("linear",))
    for times in (4, 40):
        FitWork(found, {"linear": None}, 0, tmp_path, times)(item)
    assert len(list(tmp_path.iterdir())) == 1


def test_rows_of_one_group_are_on_one_side(tmp_path: Path) -> None:
    rows = [row | {"author": f"a{at % 12}"} for at, row in enumerate(texts(60))]
    rows += [row | {"id": f"{row['id']}-again", "author": "late"} for row in rows[:3]]
    found = read_data(load(config(tmp_path, rows)).config, Evaluate(group="author"), tagged=False)
    authors = [row.values.get("author") or row.group for row in found.rows]
    assert len({found.groups[at] for at, author in enumerate(authors) if author in ("a0", "a1", "a2", "late")}) == 1
    for split in splits(found, Evaluate(repeats=2), 0):
        assert not {authors[at] for at in split.training} & {authors[at] for at in split.tested}
    with pytest.raises(ConfigError, match=r"evaluate\.group: .* has no column 'autor'.*did you mean author"):
        read_data(
            load(config(tmp_path, [*rows, texts(1, 9)[0] | {"author": None}])).config,
            Evaluate(group="autor"),
            tagged=False,
        )


def test_one_group_of_rows_leaves_no_folds(tmp_path: Path) -> None:
    rows = [row | {"author": "same"} for row in texts(40)]
    with pytest.raises(DataError, match="no folds can be made"):
        evaluate_configs(command(config(tmp_path, rows), tmp_path / "out", group="author"))


def several(folder: Path, rows: Sequence[dict[str, Any]], **settings: Any) -> Command:
    """Five configs, one of which makes the labels of its rows useless."""
    steps = {"swap": "random_swap", "delete": "random_delete", "case": "case", "blank": "blank", "mark": "punctuation"}
    files = [
        config(folder, rows, name, chains={name: {"variants": 2, "steps": [step]}}) for name, step in steps.items()
    ]
    evaluate = Evaluate(repeats=2, choose=True, output=str(folder / "out"), **settings)
    return Command(list(steps), [load(file) for file in files], evaluate, {"linear": None}, quiet=True)


@pytest.mark.slow
def test_a_race_leaves_three_and_is_measured_on_rows_that_had_no_part_in_it(tmp_path: Path) -> None:
    outcome = evaluate_configs(several(tmp_path, texts(60), folds=3))
    choice = outcome.choice
    assert choice
    assert [len(rung) for rung in choice.rungs] == [5, 3]
    assert choice.rungs[1].keys() <= choice.rungs[0].keys()
    assert list(choice.rungs[0].values()) == sorted(choice.rungs[0].values())
    assert choice.chosen in choice.rungs[1]
    assert len(choice.picked) == 3
    assert choice.gain
    assert outcome.headline == choice.sentence
    assert "Choosing among 5 configs" in outcome.headline
    configs = [score.arm for score in outcome.findings[0].scores if score.kind == "config"]
    assert set(configs) == set(choice.rungs[1])
    assert outcome.findings[0].remarks[0].startswith("These configs were chosen on the same folds")
    rows = parquet.read_table(tmp_path / "out/predictions.parquet").to_pylist()
    assert {row["arm"] for row in rows} >= {"swap", "delete", "case", "blank", "mark"}

    def accuracy(arm: str, fold: int) -> Any:
        some = [row for row in rows if (row["arm"], row["repeat"], row["fold"]) == (arm, 0, fold)]
        return 100 * sum(row["predicted"] == row["truth"] for row in some) / len(some)

    by_fold = [accuracy(arm, fold) - accuracy("repeat", fold) for fold, arm in enumerate(choice.picked)]
    assert choice.gain.mean == pytest.approx(sum(by_fold) / 3)
    assert outcome.below(99)


@pytest.mark.slow
def test_a_test_file_has_no_part_in_a_race(tmp_path: Path) -> None:
    write(tmp_path / "test.jsonl", texts(60, 2))
    outcome = evaluate_configs(several(tmp_path, texts(60), test=str(tmp_path / "test.jsonl"), folds=3))
    assert outcome.choice
    assert outcome.choice.gain is None
    configs = [score.arm for score in outcome.findings[0].scores if score.kind == "config"]
    assert configs == [outcome.choice.chosen]
    tested = parquet.read_table(tmp_path / "out/predictions.parquet").to_pylist()
    assert {row["id"].split("-")[0] for row in tested} == {"r2"}


def test_a_race_needs_two_configs_and_one_size(tmp_path: Path) -> None:
    file = config(tmp_path, texts(40))
    with pytest.raises(ConfigError, match="there is one config"):
        evaluate_configs(command(file, tmp_path / "out", choose=True))
    with pytest.raises(ConfigError, match="configs race at one size"):
        evaluate_configs(several(tmp_path, texts(40), sizes=[20, "all"]))


def test_a_short_time_leaves_one_repeat(tmp_path: Path) -> None:
    file = config(tmp_path, texts(40))
    settings = command(file, tmp_path / "out").settings.model_copy(update={"repeats": 4, "limit_minutes": 1e-6})
    outcome = evaluate_configs(Command(["swap"], [load(file)], settings, {"linear": None}, quiet=True))
    assert (outcome.repeats, outcome.splits) == (1, 5)
    assert "1 of 4 repeats were made in 1e-06 minutes" in outcome.notes[0]


def test_configs_have_names_of_their_own() -> None:
    files = [Path("a.yaml"), Path("x/b.yaml"), Path("y/b.yaml"), Path("eda.yaml")]
    assert names_of(files) == ["a", "x/b.yaml", "y/b.yaml", "eda.yaml"]


@dataclass(frozen=True)
class _Uneven(Arm):
    """Many copies of a few rows, and none of the others."""

    kind: ClassVar[Kind] = "config"
    name: str = "uneven"

    def make(self, rows: Sequence[Row], seed: int, tested: Sequence[Row]) -> Made:
        return Made([Example(row.text, row.label, at) for at, row in enumerate(rows[:5]) for _ in range(50)])


def test_by_sources_a_row_with_many_variants_counts_no_more_than_one_with_none(tmp_path: Path) -> None:
    found = data(texts(60))
    split = splits(found, Evaluate(repeats=1), 0)[0]
    likely = {}
    for by_source in (False, True):
        work = FitWork(found, {"linear": None}, 0, tmp_path, by_source=by_source)
        for arm in (Nothing(), _Uneven()):
            (fit,) = work(Item(split, arm, ("linear",)))
            likely[by_source, arm.name] = fit.likely
            assert fit.rows == len(split.training) + (250 if arm.name == "uneven" else 0)
    assert likely[True, "uneven"] == pytest.approx(likely[True, "none"], abs=1e-3)
    assert likely[False, "uneven"] != pytest.approx(likely[False, "none"], abs=0.02)


def test_a_test_file_needs_no_groups_and_its_rows_without_a_label_are_told(tmp_path: Path) -> None:
    rows = [row | {"author": f"a{at % 9}"} for at, row in enumerate(texts(50))]
    write(tmp_path / "test.jsonl", [*texts(30, 2), {"id": "bare", "text": "no label here", "label": ""}])
    test = str(tmp_path / "test.jsonl")
    outcome = evaluate_configs(command(config(tmp_path, rows), tmp_path / "out", test=test, group="author"))
    assert outcome.test
    assert outcome.test.rows == 30
    assert any("1 row without a label was left out: bare" in note for note in outcome.notes)
