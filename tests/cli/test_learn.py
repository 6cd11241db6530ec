"""The commands to learn with: try, help, schema, and what help pages and the shell say."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from augcli.cli.app import app
from augcli.cli.commands import GROUPS
from augcli.cli.completion import complete_names
from augcli.commands.help import explain
from augcli.commands.try_text import Trial, try_text, without_marks
from augcli.config.chain_builder import COMPOSITIONS
from augcli.errors import ConfigError
from tests.support.helpers import ROOT
from tests.support.running import called

PHONE = "Where can I buy a cheap phone that takes good photos?"


def _tried(capsys: pytest.CaptureFixture[str], text: str, *steps: str, **more: object) -> tuple[list[str], list[str]]:
    """What is printed, and what is told of it."""
    given = {"config": None, "variants": 3, "language": None, "overrides": (), **more}
    told = try_text(Trial(text, steps, **given))  # type: ignore[arg-type]
    return capsys.readouterr().out.splitlines(), told


def test_a_text_is_tried_with_steps_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    shown, told = _tried(capsys, "It is late.", "contraction: {mode: contract}", "case: {mode: upper}")
    assert shown == ["It is late.", "  1  [-It is-]{+IT'S+} [-late-]{+LATE+}."]
    assert told == ["1 variant of 3 requested; 2 equal to another"]


def test_variants_of_a_text_differ_and_hang_on_the_seed(capsys: pytest.CaptureFixture[str]) -> None:
    shown, told = _tried(capsys, PHONE, "typo", variants=8)
    assert told == ["8 different variants of 8 requested"]
    assert len({*shown}) == 9
    assert _tried(capsys, PHONE, "typo", variants=8)[0] == shown
    assert _tried(capsys, PHONE, "typo", variants=8, overrides=[("--seed 2", "seed", "2")])[0] != shown


def test_parameters_of_a_tried_step_can_be_set(capsys: pytest.CaptureFixture[str]) -> None:
    key = ("--set", "chains.try.steps[0].typo.rate", "1")
    shown, _ = _tried(capsys, "these words have letters", "typo", overrides=[key], variants=1)
    assert shown[1].count("{+") == 4


def test_nothing_to_change_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert _tried(capsys, "ok", "typo")[1] == [
        "no variant of 3 requested; 3 unchanged: the steps found nothing to change"
    ]
    checked = [("--set", "chains.try.checks", "[{length_ratio: {min: 2, max: 3}}]")]
    assert _tried(capsys, PHONE, "typo", overrides=checked)[1] == [
        "no variant of 3 requested; 3 rejected by length_ratio"
    ]


def test_how_entities_are_marked_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert "mark entities, as in: fly to [New York](city)" in _tried(capsys, "I fly to Rome", "entity")[1]


def test_entities_are_marked_in_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert without_marks("[New York](city), [a](b c)") == ("New York, [a](b c)", [(0, 8, "city")])
    shown, _ = _tried(capsys, "From [Paris](city) to Rome", "entity: {lists: {city: cities}}", variants=1)
    assert re.fullmatch(r"  1  From \[-Paris-\]\{\+.+\+\} to Rome", shown[1])


def test_the_language_is_guessed_if_not_given(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match="does not work for language 'zh'"):
        _tried(capsys, "我想订一张明天去北京的火车票。", "contraction")
    with pytest.raises(ConfigError, match="does not work for language 'de'"):
        _tried(capsys, "It is late.", "contraction", language="de")


def test_chains_of_a_preset_and_of_a_config_are_tried(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert _tried(capsys, PHONE, config="aeda", variants=2)[1] == ["2 different variants of 2 requested"]
    file = tmp_path / "config.yaml"
    chains = "{a: {steps: [typo]}, b: {variants: {balance: max}, steps: [random_swap]}}"
    file.write_text(
        f"input: {{path: a, text: b, label: c}}\noutput: {{path: c.csv, columns: [aug_weight]}}\nchains: {chains}\n"
        "evaluate: {models: [linear]}\n"
    )
    shown, told = _tried(capsys, PHONE, config=str(file), variants=1)
    assert [line.partition(":")[0] for line in told] == ["a", "b"]
    assert [line.split()[0] for line in shown[1:]] == ["a.1", "b.1"]
    file.write_text(file.read_text().replace("typo", "{typo: {rate: 2}}"))
    with pytest.raises(ConfigError, match=r"config.yaml:3:.*2 is out of range"):
        _tried(capsys, PHONE, config=str(file))


@pytest.mark.parametrize(
    ("text", "steps", "more", "says"),
    [
        ("", ["typo"], {}, "there is no text"),
        (PHONE, ["tpyo"], {}, "--step tpyo: .*did you mean typo"),
        (PHONE, ["typo: {rate: 2}"], {}, "--step typo.*2 is out of range"),
        (PHONE, ["typo: {"], {}, "not valid YAML"),
        (PHONE, ["one_of: [typo, mix]"], {}, "mix puts two rows of a file together"),
        (PHONE, ["paraphrase"], {}, "a preset, not a step; try it with --config paraphrase"),
        (PHONE, ["tfidf"], {}, "learns from all rows"),
        ("caf\udce9", ["typo"], {}, "not UTF-8"),
        (PHONE, [], {"config": "gain"}, "it has a teacher"),
        (PHONE, [], {"config": "robbust"}, "did you mean robust"),
        (PHONE, [], {"config": "none.yaml"}, "there is no such file"),
        (PHONE, [], {"config": str(ROOT)}, "this is a folder"),
        (PHONE, [], {"config": str(ROOT / "sample_data/snips.jsonl")}, "this is data, not a config"),
        (PHONE, [], {"config": str(ROOT / "configs/adapt.yaml")}, "has no chains to try"),
    ],
)
def test_what_cannot_be_tried_is_told(
    capsys: pytest.CaptureFixture[str], text: str, steps: list[str], more: dict[str, object], says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        _tried(capsys, text, *steps, **more)


def test_try_reads_stdin_and_tells_on_stderr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("It is late.\n"))
    done = called("try", "-", "--step", "contraction", "-n", "1", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"It is late.\n  1  It[- is-]{+'s+} late.\n")
    assert done.stderr == b"1 variant of 1 requested\n"
    assert b"give --step" in called("try", "a text", cwd=tmp_path).stderr


@pytest.mark.parametrize("columns", ["80", "120"])
def test_help_is_grouped_and_whole(tmp_path: Path, columns: str) -> None:
    told = called("--help", cwd=tmp_path, env={"COLUMNS": columns}).stdout.decode()
    assert re.findall(r"^(\w+):$", told, re.MULTILINE)[1:] == [*GROUPS]
    assert "..." not in told.partition("Start:")[2]
    for command in GROUPS["Start"] + GROUPS["Run"]:
        assert f"\n  {command.name} " in told
        page = called(command.name, "--help", cwd=tmp_path, env={"COLUMNS": columns}).stdout.decode()
        assert all(f"\n    {example}\n" in page for example in command.examples)


EXAMPLES = [(command.name, example) for group in GROUPS.values() for command in group for example in command.examples]


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_examples_of_help_have_options_that_there_are(name: str, example: str) -> None:
    words = shlex.split(example.partition(" > ")[0])
    assert words[:2] == ["augcli", name]
    command = get_command(app).commands[name]  # type: ignore[attr-defined]
    command.make_context(name, words[2:])
    assert len(example) < 77


def test_help_of_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    explain("chains.mine.attempts")
    shown = re.sub(" +\n", "\n", capsys.readouterr().out)
    assert "chains.NAME.attempts\n" in shown
    for fact in ("type     whole number\n", "range    from 1 to 100\n", "default  3\n", "NAME: {attempts: 5}\n"):
        assert fact in shown
    explain("attempts")
    assert re.sub(" +\n", "\n", capsys.readouterr().out) == shown


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("output", "output.keep_original"),
        ("encoding", "unlabeled.encoding"),
        ("chains.a.steps[0].typo.rate", "typo: {rate: 0.1}"),
        ("length_ratio", "checks"),
        ("one_of", "random_swap"),
        ("language", "input.language"),
        ("evaluate.test", "{holdout: 0.2}"),
    ],
)
def test_help_of_other_names(capsys: pytest.CaptureFixture[str], name: str, says: str) -> None:
    explain(name)
    assert says in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("input.txt", "did you mean input.text"),
        ("output.zzz", "output has path, shards"),
        ("keep_orignal", "did you mean output.keep_original"),
        ("typo.raet", "did you mean rate"),
        ("qqqqqq", "at the top there are seed, input"),
    ],
)
def test_help_of_an_unknown_name_proposes_others(name: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        explain(name)


def test_help_of_a_command_that_is_a_section_too_has_both(tmp_path: Path) -> None:
    done = called("help", "evaluate", cwd=tmp_path)
    assert b"--min-gain" in done.stdout
    assert b"evaluate.repeats" in done.stdout
    assert b"seed" in called("help", cwd=tmp_path).stdout


def test_schema_is_printed_and_init_names_it(tmp_path: Path) -> None:
    printed = called("schema", cwd=tmp_path).stdout
    assert json.loads(printed)["else"]["else"] == {"$ref": "#/$defs/Config"}
    first = called("init", "robust", cwd=tmp_path).stdout.decode()
    assert first.endswith("augcli help schema\n")
    (tmp_path / "augcli.schema.json").write_bytes(printed)
    again = called("init", "robust", cwd=tmp_path).stdout.decode()
    assert again.startswith("# yaml-language-server: $schema=augcli.schema.json\n# Noise of real text")
    assert yaml.safe_load(again) == yaml.safe_load(first)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("init para", ["paraphrase"]),
        ("steps mask", ["masked_lm"]),
        ("try text --step homo", ["homophone"]),
        ("help length_r", ["length_ratio"]),
        ("help unlabeled.gen", ["unlabeled.general"]),
        ("run {config} --set chains.rewrite.v", ["chains.rewrite.variants="]),
        ("preview nothing.yaml --set ch", []),
    ],
)
def test_the_shell_offers_names(
    line: str, offered: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["augcli", *line.format(config=ROOT / "configs/quickstart.yaml").split()]
    env = {"_AUGCLI_COMPLETE": "complete_bash", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        app(prog_name="augcli")
    assert capsys.readouterr().out.split() == offered


def test_the_shell_offers_compositions() -> None:
    assert {*COMPOSITIONS} <= {*complete_names("")}


def test_the_shell_offers_names_without_heavy_imports(tmp_path: Path) -> None:
    code = "import sys; from augcli.cli import completion as c\n"
    code += "c.complete_presets(''), c.complete_names('')\n"
    code += "print([name for name in ('augcli.config.config', 'torch', 'numpy', 'jieba') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True, env=os.environ)
    assert done.stdout.decode().strip() == "[]"
